import { describe, expect, it } from 'vitest';
import type { VisitView } from '../../api/types';
import { blank, draftOf, isBlank, unreadable } from './new-visit';
import { already, knownHosts, knownVisitors } from './suggest';
import { instant } from './zoned';

const place = { zone: 'Asia/Almaty', today: '2026-10-14', dayEnd: '23:59' };

describe('what is typed', () => {
  it('leaves to the core what was not typed', () => {
    const typed = { ...blank(), visitor: ' Ли Ян ', host: 'Ким' };
    expect(draftOf(typed, place)).toEqual({
      visitor: 'Ли Ян',
      host: 'Ким',
      purpose: null,
      person_no: null,
      card_no: null,
      document: null,
      iin: null,
      phone: null,
      from: null,
      until: null,
      profile: 'single',
    });
  });

  it('means the wall clock of the site', () => {
    const typed = { ...blank(), from: '9:30', until: '1800' };
    expect(draftOf(typed, place)).toMatchObject({ from: '2026-10-14T04:30:00Z', until: '2026-10-14T13:00:00Z' });
  });

  it('on a later day goes from its beginning to its end', () => {
    const typed = { ...blank(), day: '2026-10-20' };
    expect(draftOf(typed, place)).toMatchObject({ from: '2026-10-19T19:00:00Z', until: '2026-10-20T18:59:00Z' });
  });

  it('of several days ends on the last of them, and only when one may come again', () => {
    const typed = { ...blank(), many: true, last_day: '2026-10-16' };
    expect(draftOf(typed, place)).toMatchObject({ from: null, until: '2026-10-16T18:59:00Z', profile: 'multiple' });
    expect(draftOf({ ...typed, many: false }, place).until).toBeNull();
  });

  it('is told when a time cannot be read', () => {
    expect(unreadable({ ...blank(), from: 'утром', until: '25:00' })).toEqual(['from', 'until']);
    expect(unreadable(blank())).toEqual([]);
    expect(isBlank(blank())).toBe(true);
    expect(isBlank({ ...blank(), host: 'Ким' })).toBe(false);
  });
});

it('a time is that of the zone, also where the clock changes', () => {
  expect(instant('2026-03-29', '01:30', 'Europe/Berlin')).toBe('2026-03-29T00:30:00Z');
  expect(instant('2026-03-29', '03:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00Z');
  expect(instant('2026-10-25', '04:00', 'Europe/Berlin')).toBe('2026-10-25T03:00:00Z');
});

const visit = (visitor: string, host: string, from: string, status: VisitView['status']): VisitView =>
  ({ visitor, host, purpose: null, from, status }) as VisitView;

describe('what is offered', () => {
  const found = [
    visit('Ли Ян', 'Ким', '2026-01-01T00:00:00Z', 'checked_out'),
    visit('ли ян', 'Сатпаев Қ.', '2026-05-01T00:00:00Z', 'expected'),
    visit('Лион', 'Ким', '2026-03-01T00:00:00Z', 'checked_out'),
  ];

  it('is each visitor once, by the newest visit', () => {
    expect(knownVisitors(found).map((known) => [known.visitor, known.host])).toEqual([
      ['ли ян', 'Сатпаев Қ.'],
      ['Лион', 'Ким'],
    ]);
  });

  it('is hosts of whose name a word begins so, the most visited first', () => {
    expect(knownHosts('', found)).toEqual(['Ким', 'Сатпаев Қ.']);
    expect(knownHosts('қ', found)).toEqual(['Сатпаев Қ.']);
    expect(knownHosts('Ким', found)).toEqual([]);
  });

  it('tells of a visit that is there already', () => {
    expect(already('Ли Ян', found)?.host).toBe('Сатпаев Қ.');
    expect(already('Лион', found)).toBeNull();
  });
});

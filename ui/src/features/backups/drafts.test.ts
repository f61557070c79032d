import { describe, expect, it } from 'vitest';
import type { BackupSchedule, BackupTarget } from '../../api/types';
import { blank, draftOf as draftOfPlace, requestOf, triable } from './place-draft';
import { draftOf, readKept, same, scheduleOf, unusable, withTime } from './schedule-draft';

const usual: BackupSchedule = { days: Array.from({ length: 7 }, () => true), times: ['03:00'], keep: { daily: 7, weekly: 5, monthly: 12 } };

describe('a schedule', () => {
  it('is sent as it was read', () => {
    expect(scheduleOf(draftOf(usual))).toEqual(usual);
    expect(same(usual, { ...usual, times: ['03:00', '15:00'] })).toBe(false);
  });

  it('has a day and a time at least', () => {
    const draft = draftOf(usual);
    expect(unusable({ ...draft, days: draft.days.map(() => false), times: [] })).toEqual(['days', 'times']);
    expect(scheduleOf({ ...draft, times: [] })).toBeNull();
  });

  it('has times in order, and each once', () => {
    expect(withTime(['03:00', '22:30'], '09:15')).toEqual(['03:00', '09:15', '22:30']);
    expect(withTime(['03:00'], '03:00')).toEqual(['03:00']);
  });

  it.each([
    ['daily', '0', null],
    ['daily', '1', 1],
    ['weekly', '0', 0],
    ['monthly', ' 366 ', 366],
    ['monthly', '367', null],
    ['daily', '', null],
    ['daily', '1.5', null],
    ['daily', '-1', null],
  ] as const)('keeps %s “%s” as %s', (kind, text, number) => {
    expect(readKept(kind, text)).toBe(number);
  });

  it('that cannot be used says which field', () => {
    expect(unusable({ ...draftOf(usual), daily: '0', monthly: 'x' })).toEqual(['daily', 'monthly']);
  });
});

describe('a place', () => {
  const cloud: BackupTarget = {
    id: '1',
    name: 'Cloud',
    kind: 's3',
    endpoint: 'https://s3.example.kz',
    region: 'kz-1',
    bucket: 'watch',
    prefix: '',
    path_style: false,
    access_key: 'AK',
    authority: null,
  };

  it('is sent as it was read, and its secret stays where none is typed', () => {
    const { id: _, name, ...place } = cloud;
    expect(requestOf(draftOfPlace(cloud))).toEqual({ name, place, secret: null });
    expect(requestOf({ ...draftOfPlace(cloud), secret: ' s ' }).secret).toBe(' s ');
  });

  it('that is a folder takes no secret along', () => {
    expect(requestOf({ ...blank(), name: ' Disk ', path: ' /mnt/backup ', secret: 'typed before' })).toEqual({
      name: 'Disk',
      place: { kind: 'folder', path: '/mnt/backup' },
      secret: null,
    });
  });

  it('has its bucket in the path, unless it is said otherwise', () => {
    expect(blank().path_style).toBe(true);
  });

  it('can be tried once its secret is known', () => {
    expect(triable({ kind: 'folder', secret: '' })).toBe(true);
    expect(triable({ kind: 's3', secret: '' })).toBe(false);
    expect(triable({ kind: 's3', secret: 's' })).toBe(true);
  });
});

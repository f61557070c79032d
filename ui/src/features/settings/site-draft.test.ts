import { describe, expect, it } from 'vitest';
import type { SiteSettings } from '../../api/types';
import { draftOf, readTime, same, siteOf, unreadable } from './site-draft';
import { findZones, zoneOf, zones, zoneWords } from './zones';

const site: SiteSettings = {
  name: 'КазНУ',
  zone: null,
  zone_in_force: 'Asia/Almaty',
  day_end: '23:59',
  hours: [{ from: '09:00', until: '18:00' }, { from: '22:00', until: '06:00' }, null, null, null, null, null],
  holidays: ['2026-12-16', '2027-01-01'],
};

describe('the draft of a site', () => {
  it('becomes what it was made of', () => {
    expect(same(siteOf(draftOf(site), site), site)).toBe(true);
  });

  it('keeps the hours of a day that is closed by mistake and opened again', () => {
    const draft = draftOf(site);
    const monday = draft.hours[0];
    if (monday === undefined) throw new Error('a week has seven days');
    monday.open = false;
    expect(siteOf(draft, site).hours[0]).toBeNull();
    monday.open = true;
    expect(siteOf(draft, site)).toEqual(site);
  });

  it('sorts holidays and keeps each once', () => {
    const draft = draftOf(site);
    draft.holidays.push('2026-03-21', '2027-01-01');
    expect(siteOf(draft, site).holidays).toEqual(['2026-03-21', '2026-12-16', '2027-01-01']);
  });

  it('reads times as people write them', () => {
    expect(['8:30', '0830', '8.30', ' 08:30 '].map(readTime)).toEqual(Array.from({ length: 4 }, () => '08:30'));
    expect(['24:00', '8', '', '12:60', 'утро'].map(readTime)).toEqual([null, null, null, null, null]);
  });

  it('names the fields that cannot be read, but not those of a closed day', () => {
    const draft = draftOf(site);
    draft.day_end = 'x';
    for (const day of draft.hours) day.until = 'x';
    expect(unreadable(draft)).toEqual(['day_end', 'hours.0.until', 'hours.1.until']);
  });
});

const ids = (text: string): string[] => findZones(zones('ru-RU'), text, 30).map((zone) => zone.id);

describe('zones', () => {
  it("are found by the city in the user's language, by the identifier and in a forgotten layout", () => {
    expect(ids('москва')).toContain('Europe/Moscow');
    expect(ids('new york')).toContain('America/New_York');
    expect(ids('vjcrdf')).toContain('Europe/Moscow');
    expect(ids('фдьфен')).toContain('Asia/Almaty');
    expect(ids('актау')).toContain('Asia/Aqtau');
  });

  it('are called by a city and an offset in the language of who reads them', () => {
    expect(zoneWords('ru-RU', 'Asia/Almaty')).toBe('Алматы, UTC+05:00');
    expect(zoneWords('en-GB', 'Asia/Almaty')).toBe('Almaty, UTC+05:00');
    expect(zoneWords('en-GB', 'Europe/Kiev')).toMatch(/^Kyiv, UTC/);
    expect(zoneWords('ru-RU', 'Asia/Tashkent')).toMatch(/^Ташкент.*, UTC\+05:00$/);
    expect(ids('ташкент')).toContain('Asia/Tashkent');
    expect(ids('узбекистан')).toContain('Asia/Tashkent');
  });

  it('come first when it is their name that begins so', () => {
    for (const { words } of findZones(zones('ru-RU'), 'а', 10)) expect(words).toMatch(/(?:^|[ ,])А/);
    expect(ids('алм')).toEqual(['Asia/Almaty']);
  });

  it('have no Latin name in Russian', () => {
    for (const { id, words } of zones('ru-RU')) if (!words.startsWith('GMT')) expect(words, id).toMatch(/^[^A-Za-z]+$/);
  });

  it('that the engine does not know are left as they are written', () => {
    expect(zoneOf('ru-RU', 'Mars/Olympus')).toEqual({ id: 'Mars/Olympus', words: 'Mars/Olympus', offset: '' });
  });
});

import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { live } from '../../api/live.svelte';
import type { Settings } from '../../api/types';
import { clock } from '../clock.svelte';
import { duration, relative, time, when } from './format';
import { firstOf, locale } from './locale.svelte';
import { m } from './words';

type Message = string | { match: Record<string, string> }[];

function messages(name: string): Record<string, Message> {
  const { $schema: _, ...words } = JSON.parse(readFileSync(`messages/${name}.json`, 'utf8')) as Record<string, Message>;
  return words;
}

const forms = (message: Message): string[] =>
  typeof message === 'string' ? [message] : message.flatMap((each) => Object.values(each.match));
const holes = (text: string): string => (text.match(/\{\w+\}/g) ?? []).toSorted().join();

describe('the words', () => {
  const ru = messages('ru');
  const en = messages('en');

  it('are the same in Russian and English', () => {
    expect(Object.keys(en)).toEqual(Object.keys(ru));
  });

  it('are sorted, so that two who add words do not meet at the end', () => {
    expect(Object.keys(ru)).toEqual(Object.keys(ru).toSorted());
  });

  it.each(Object.keys(ru))('%s takes the same in each form and language', (key) => {
    const all = [...forms(ru[key] ?? ''), ...forms(en[key] ?? '')].map(holes);
    expect(new Set(all).size).toBe(1);
  });

  it('in Kazakh are none that Russian lacks', () => {
    expect(Object.keys(messages('kk')).filter((key) => !(key in ru))).toEqual([]);
  });
});

const counted = (counts: number[]): string[] => counts.map((count) => m.search_found({ count }));

describe('plurals', () => {
  afterEach(() => locale.choose('ru'));

  it('are those of the language', () => {
    locale.choose('ru');
    expect(counted([1, 3, 5, 11, 21])).toEqual([
      'Найден 1 визит',
      'Найдено 3 визита',
      'Найдено 5 визитов',
      'Найдено 11 визитов',
      'Найден 21 визит',
    ]);
    locale.choose('en');
    expect(counted([1, 2])).toEqual(['1 visit found', '2 visits found']);
  });

  it('fall back to Russian words with Russian plurals in Kazakh', () => {
    locale.current = 'kk';
    expect(counted([1, 3, 5])).toEqual(['Найден 1 визит', 'Найдено 3 визита', 'Найдено 5 визитов']);
  });
});

// The same cases stand in src-tauri/crates/notify/src/announcement.rs.
it.each([
  [['de-DE', 'en-GB', 'ru'], 'en'],
  [['kk-KZ', 'en-US'], 'ru'],
  [['ru-RU', 'en-US'], 'ru'],
  [['C'], 'ru'],
  [['de-DE'], 'ru'],
  [[], 'ru'],
])('the language of a system that wishes %j is %s', (wished, language) => {
  expect(firstOf(wished)).toBe(language);
});

describe('times', () => {
  // 09:00 in Almaty.
  const now = Date.parse('2026-10-14T04:00:00Z');

  beforeEach(() => {
    vi.useFakeTimers({ now });
    live.settings = { site: { zone_in_force: 'Asia/Almaty' } } as Settings;
    locale.choose('ru');
    clock.tick();
  });
  afterEach(() => {
    live.settings = null;
    vi.useRealTimers();
  });

  it('are those of the site, not of this machine', () => {
    expect(time(now)).toBe('09:00');
    live.settings = { site: { zone_in_force: 'Europe/London' } } as Settings;
    expect(time(now)).toBe('05:00');
  });

  it('say the day where it is not today at the site', () => {
    expect(when('2026-10-13T19:30:00Z')).toBe('00:30');
    expect(when('2026-10-13T12:52:00Z')).toBe('вчера 17:52');
    expect(when('2026-10-15T04:00:00Z')).toBe('завтра 09:00');
    expect(when('2026-10-01T04:00:00Z')).toBe('1 окт. 09:00');
  });

  it('are said as ages and durations', () => {
    expect(relative(now - 500, now)).toBe('только что');
    expect(relative(now - 4000, now)).toMatch(/^4 сек/);
    expect(relative(now - 3 * 60_000, now)).toMatch(/^3 мин/);
    expect(duration(57 * 60_000)).toBe('57 мин');
    expect(duration(89 * 60_000)).toBe('1 ч 29 мин');
    expect(duration(125 * 60_000)).toBe('2 ч 05 мин');
  });
});

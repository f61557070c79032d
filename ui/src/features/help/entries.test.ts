import { beforeEach, expect, it } from 'vitest';
import { locale } from '../../shared/i18n/locale.svelte';
import type { Shortcut } from '../../shared/keys.svelte';
import { deskKeys } from '../visits/keys';
import { entries } from './entries';

beforeEach(() => locale.choose('en'));

const key = (code: string, words: string, more: Partial<Shortcut> = {}): Shortcut => ({ code, words: () => words, run: () => undefined, ...more });

it('lists an action once, with its keys', () => {
  const found = entries([key('ArrowDown', 'next'), key('F2', 'new'), key('KeyJ', 'next'), key('ArrowDown', 'next')], false);
  expect(found).toEqual([
    { words: 'next', ways: [{ caps: ['↓'], off: false }, { caps: ['J'], off: false }] },
    { words: 'new', ways: [{ caps: ['F2'], off: false }] },
  ]);
});

it('says of a letter that is off which key it is, not which action', () => {
  const [next] = entries([key('ArrowDown', 'next'), key('KeyJ', 'next')], true);
  expect(next?.ways.map((way) => way.off)).toEqual([false, true]);
});

it('repeats none of the keys of the desk, and loses none', () => {
  const bound = deskKeys({ undo: () => undefined, leave: () => undefined });
  const found = entries(bound, false);
  expect(new Set(found.map((entry) => entry.words)).size).toBe(found.length);
  expect(found.flatMap((entry) => entry.ways)).toHaveLength(bound.length);
});

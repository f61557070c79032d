import { afterEach, expect, it } from 'vitest';
import type { WithdrawnBecause } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
import { withdrawnWords } from './words';

afterEach(() => locale.choose('ru'));

it('why an incident was taken back is said in the language of the page', () => {
  locale.choose('ru');
  expect(withdrawnWords('entry_read_later')).toBe('Снято: вход прочитан позже');
  expect(withdrawnWords('nobody_went_through')).toContain('никто не прошёл');
  expect(withdrawnWords('other')).toBe('Снято программой');
  locale.choose('en');
  expect(withdrawnWords('nobody_went_through')).toContain('nobody went through');
});

it('a reason that this page does not know is said to be the program’s', () => {
  locale.choose('ru');
  expect(withdrawnWords('of_tomorrow' as WithdrawnBecause)).toBe('Снято программой');
});

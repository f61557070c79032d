import { afterEach, beforeEach, expect, it } from 'vitest';
import { live } from '../../api/live.svelte';
import type { Settings } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
import { deviceTime } from './words';

beforeEach(() => {
  live.settings = { site: { zone_in_force: 'Asia/Almaty' } } as Settings;
});
afterEach(() => {
  live.settings = null;
  locale.choose('ru');
});

it('what the clock of a device showed is said in words, and no zone moves it', () => {
  locale.choose('en');
  expect(deviceTime('2026-10-14T23:59:08+03:00')).toBe('14 Oct 2026, 23:59:08 UTC+03:00');
  expect(deviceTime('2026-10-14T23:59:08.250-0330')).toBe('14 Oct 2026, 23:59:08 UTC−03:30');
  expect(deviceTime('2026-10-14T23:59:08Z')).toBe('14 Oct 2026, 23:59:08 UTC');
  expect(deviceTime('2026-10-14 23:59')).toBe('14 Oct 2026, 23:59:00');
  locale.choose('ru');
  expect(deviceTime('2026-10-14T23:59:08')).toMatch(/^14 окт\. 2026\s?г\., 23:59:08$/);
});

it('what cannot be read as a time is told as it is', () => {
  expect(deviceTime('yesterday')).toBe('yesterday');
  expect(deviceTime('2026-13-45T23:59:08')).toBe('2026-13-45T23:59:08');
});

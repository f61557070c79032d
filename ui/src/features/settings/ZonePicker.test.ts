import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { live } from '../../api/live.svelte';
import type { Settings } from '../../api/types';
import { clock } from '../../shared/clock.svelte';
import { locale } from '../../shared/i18n/locale.svelte';
import ZonePicker from './ZonePicker.svelte';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-27T09:00:00Z') });
  clock.tick();
  locale.choose('ru');
});
afterEach(() => {
  cleanup();
  live.settings = null;
  vi.useRealTimers();
});

const stands = (zone: string | null, zone_in_force: string): void => {
  live.settings = { site: { zone, zone_in_force } } as Settings;
};
const field = (): string => screen.getByRole<HTMLInputElement>('combobox').value;

it('tells the time in the zone that was chosen, not in the one in force', () => {
  stands(null, 'UTC');
  render(ZonePicker, { value: 'Asia/Almaty', problem: null });
  expect(field()).toBe('Алматы, UTC+05:00');
  expect(screen.getByText(/^Алматы, UTC\+05:00: сейчас 14:00\./)).toBeTruthy();
});

it('and at the first start, before anything is in force', () => {
  render(ZonePicker, { value: 'Asia/Tashkent', problem: null });
  expect(screen.getByText(/^Ташкент.*: сейчас 14:00\./)).toBeTruthy();
});

it('tells of the machine’s own only while it is known', async () => {
  stands(null, 'Asia/Almaty');
  const { rerender } = render(ZonePicker, { value: null, problem: null });
  expect(screen.getByText(/^Алматы, .*: сейчас 14:00\./)).toBeTruthy();
  stands('Europe/Moscow', 'Europe/Moscow');
  await rerender({ value: null });
  expect(screen.queryByText(/сейчас/)).toBeNull();
});

import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { live } from '../../api/live.svelte';
import type { Settings } from '../../api/types';
import { clock } from '../clock.svelte';
import { locale } from '../i18n/locale.svelte';
import DayField from './DayField.svelte';

beforeEach(() => {
  // At the site it is the next day already.
  vi.useFakeTimers({ now: Date.parse('2026-10-14T22:00:00Z') });
  live.settings = { site: { zone_in_force: 'Asia/Almaty' } } as Settings;
  clock.tick();
  locale.choose('en');
});
afterEach(() => {
  live.settings = null;
  vi.useRealTimers();
});

const field = (): HTMLInputElement => screen.getByLabelText('From');

it('says of an empty day that it is not set, and nothing over one that is', async () => {
  const { rerender } = render(DayField, { label: 'From', value: '' });
  expect(screen.getByText('not set')).toBeDefined();
  await rerender({ label: 'From', value: '2026-10-01' });
  expect(screen.queryByText('not set')).toBeNull();
});

it('begins by keys at the day of the site, not of the machine', async () => {
  const onchange = vi.fn();
  render(DayField, { label: 'From', value: '', onchange });
  await fireEvent.keyDown(field(), { key: 'ArrowUp' });
  expect(field().value).toBe('2026-10-15');
  expect(onchange).toHaveBeenCalledOnce();
  await fireEvent.keyDown(field(), { key: 'ArrowUp' });
  expect(onchange).toHaveBeenCalledOnce();
});

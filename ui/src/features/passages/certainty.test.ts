import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { live } from '../../api/live.svelte';
import type { Certainty, PassageView } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
import PassagePanel from './PassagePanel.svelte';
import PassageRow from './PassageRow.svelte';

const passage = (certainty: Certainty): PassageView => ({
  row: 1, device: 'Gate', serial: 1, epoch: 1, major: 5, minor: 75, meaning: null, at: '2026-10-14T04:00:00Z',
  certainty, device_time: null, received: '2026-10-14T04:00:00Z', live: true, direction: 'in', reader_no: null,
  door_no: null, person_no: null, card_no: '7', verdict: 'granted', visit: null, visitor: 'Li Yan', picture: null,
});

beforeEach(() => locale.choose('en'));
afterEach(() => {
  live.passages = [];
});

const inRow = (certainty: Certainty): string => {
  const { container } = render(PassageRow, { passage: passage(certainty), lines: 1 });
  return container.textContent ?? '';
};
const inPanel = (certainty: Certainty): void => {
  live.passages = [passage(certainty)];
  render(PassagePanel, { row: 1, onclose: vi.fn(), visitAddress: String, onnew: vi.fn() });
};

it('a time of our own receipt is marked in the row by a word, and told in full without a pointer', () => {
  const text = inRow('received');
  expect(text).toContain('as received');
  expect(text).toContain('This is when it was received');
  expect(screen.getByText('as received').title).toContain('This is when it was received');
});

it('and in the panel, where it is read without a pointer', () => {
  inPanel('received');
  expect(screen.getByText('time as received')).toBeDefined();
  expect(screen.getByText(/^This is when it was received/)).toBeDefined();
});

it('a time that is uncertain is marked too, and a checked one is not', () => {
  expect(inRow('uncertain')).toMatch(/uncertain\s+≈/);
  expect(inRow('measured')).not.toMatch(/received|uncertain|≈/);
  cleanup();
  inPanel('measured');
  expect(screen.queryByText(/^This is/)).toBeNull();
});

import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { VisitView } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
import { leaves, meant } from './scan';
import { search } from './search.svelte';
import SearchField from './SearchField.svelte';

const { call } = vi.hoisted(() => ({ call: vi.fn() }));
vi.mock('../../api/client', () => ({ call }));
vi.mock('../../api/access.svelte', () => ({ access: {}, may: () => true }));

const NOW = Date.parse('2026-10-14T04:00:00Z');

const visit = (more: Partial<VisitView>): VisitView =>
  ({
    id: 'v1',
    row: 1,
    visitor: 'Иванов Пётр',
    host: 'Ким Д.',
    purpose: null,
    status: 'expected',
    from: '2026-10-14T04:00:00Z',
    until: '2026-10-14T14:00:00Z',
    entered: null,
    inside: null,
    left: null,
    turns: null,
    card_no: null,
    person_no: null,
    actions: ['check_in', 'cancel'],
    ...more,
  }) as VisitView;

let found: VisitView[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  locale.choose('ru');
  found = [visit({})];
  call.mockReset();
  call.mockImplementation((command: string) =>
    Promise.resolve(command === 'search' ? { visits: found } : visit({ status: 'checked_in', actions: ['check_out'] })),
  );
  render(SearchField);
});
afterEach(() => {
  cleanup();
  search.clear();
  vi.useRealTimers();
});

const field = (): HTMLInputElement => screen.getByRole('combobox');

async function type(text: string): Promise<void> {
  field().value = text;
  field().dispatchEvent(new InputEvent('input', { bubbles: true }));
  await vi.advanceTimersByTimeAsync(0);
}

async function press(code: string, more: KeyboardEventInit = {}): Promise<void> {
  field().dispatchEvent(new KeyboardEvent('keydown', { code, bubbles: true, cancelable: true, ...more }));
  await vi.advanceTimersByTimeAsync(0);
}

const acted = (): unknown[] => call.mock.calls.filter(([command]) => command === 'visit_act').map(([, what]) => what);

describe('the one field', () => {
  it('shows what was found, with the best one chosen', async () => {
    await type('ива');
    await vi.advanceTimersByTimeAsync(60);
    expect(field().getAttribute('aria-expanded')).toBe('true');
    const [best] = screen.getAllByRole('option');
    expect(best?.textContent).toContain('Иванов Пётр');
    expect(best?.getAttribute('aria-selected')).toBe('true');
    expect(field().getAttribute('aria-activedescendant')).toBe(best?.id);
  });

  it('does what comes next by Enter, and is empty again', async () => {
    await type('ива');
    await vi.advanceTimersByTimeAsync(60);
    await press('Enter');
    expect(acted()).toEqual([{ id: 'v1', action: 'check_in' }]);
    expect(field().value).toBe('');
    expect(field().getAttribute('aria-expanded')).toBe('false');
  });

  it('takes an Enter before the answer for the only one found', async () => {
    await type('ива');
    await press('Enter');
    expect(acted()).toEqual([]);
    await vi.advanceTimersByTimeAsync(60);
    expect(acted()).toHaveLength(1);
  });

  it('does not guess among several when Enter came before the answer', async () => {
    found = [visit({}), visit({ id: 'v2', row: 2, visitor: 'Иванова Анна' })];
    await type('ива');
    await press('Enter');
    await vi.advanceTimersByTimeAsync(60);
    expect(acted()).toEqual([]);
    expect(screen.getAllByRole('option')[1]?.textContent).toContain('Иванова Анна');
  });

  it('cancels nothing by Enter, and opens by Ctrl Enter', async () => {
    found = [visit({ id: 'v9', status: 'requested', actions: ['cancel'] })];
    await type('ива');
    await vi.advanceTimersByTimeAsync(60);
    await press('Enter');
    expect(acted()).toEqual([]);
    expect(location.hash).toBe('#/desk?visit=v9');
  });

  it('is cleared by Escape', async () => {
    await type('ива');
    await vi.advanceTimersByTimeAsync(60);
    await press('Escape');
    expect(field().value).toBe('');
    expect(screen.queryAllByRole('option')).toEqual([]);
  });

  it('says that nobody was found, and offers a new visit of that name', async () => {
    found = [];
    await type('Жумабаев');
    await vi.advanceTimersByTimeAsync(60);
    expect(screen.getByText('Никого не нашли')).toBeTruthy();
    expect(screen.getByRole('option').textContent).toContain('Новый визит: «Жумабаев»');
  });
});

describe('a scanned code', () => {
  it('means who has exactly that number, whatever zeros stand before it', () => {
    const one = visit({ card_no: '0041700' });
    const other = visit({ id: 'v2', card_no: '417001' });
    expect(meant('41700', [other, one])).toBe(one);
    expect(meant('4170', [other, one])).toBeNull();
  });

  it('means who may use the card now', () => {
    const before = visit({ id: 'v0', card_no: '7', status: 'checked_out', actions: ['reopen'] });
    const now = visit({ card_no: '7' });
    expect(meant('7', [before, now])).toBe(now);
    expect(meant('7', [visit({ id: 'a', card_no: '7' }), now])).toBeNull();
  });

  it('lets out who is inside, but not who has just come in by the same scan', () => {
    const inside = visit({ status: 'checked_in', actions: ['check_out'], entered: '2026-10-14T03:00:00Z' });
    expect(leaves(inside, NOW)).toBe(true);
    expect(leaves({ ...inside, entered: '2026-10-14T03:59:30Z' }, NOW)).toBe(false);
    expect(leaves(visit({}), NOW)).toBe(false);
  });
});

import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditEntry, AuditRequest } from '../../api/types';
import { Journal } from './journal.svelte';
import { EVERYTHING, PAGE, requestOf } from './request';

const call = vi.hoisted(() => vi.fn<(command: string, request: AuditRequest) => Promise<AuditEntry[]>>());
vi.mock('../../api/client', () => ({ call }));

const entry = (seq: number): AuditEntry => ({
  seq,
  at: '2026-11-26T10:00:00Z',
  author: 'clock',
  author_name: null,
  kind: 'visit.fact',
  entity: 'x',
  entity_name: null,
  fields: '{}',
});
const page = (from: number, count: number): AuditEntry[] => Array.from({ length: count }, (_, at) => entry(from - at));
const ask = (before: number | null): AuditRequest => requestOf(EVERYTHING, before, (day) => day);
const settle = (): Promise<void> => new Promise((done) => setTimeout(done));

beforeEach(() => call.mockReset());

describe('the journal', () => {
  it('is read a page at a time, each beginning before the last entry', async () => {
    call.mockResolvedValueOnce(page(500, PAGE)).mockResolvedValueOnce(page(500 - PAGE, 3));
    const journal = new Journal();
    journal.begin(ask);
    journal.more();
    await settle();
    expect(call).toHaveBeenCalledTimes(1);
    expect(journal).toMatchObject({ busy: false, whole: false });
    journal.more();
    await settle();
    expect(call.mock.lastCall?.[1].before).toBe(500 - PAGE + 1);
    expect(journal.entries.map(({ seq }) => seq)).toEqual(page(500, PAGE + 3).map(({ seq }) => seq));
    expect(journal.whole).toBe(true);
    journal.more();
    expect(call).toHaveBeenCalledTimes(2);
  });

  it('keeps what it has when the next page fails, and asks again only when told', async () => {
    call.mockResolvedValueOnce(page(500, PAGE)).mockRejectedValueOnce(new Error('away')).mockResolvedValueOnce([]);
    const journal = new Journal();
    journal.begin(ask);
    await settle();
    journal.more();
    await settle();
    expect(journal.failure).not.toBeNull();
    expect(journal.entries).toHaveLength(PAGE);
    journal.more();
    expect(call).toHaveBeenCalledTimes(2);
    journal.retry();
    await settle();
    expect(journal).toMatchObject({ failure: null, whole: true, busy: false });
  });

  it('keeps what is shown until other entries are there, and not when they cannot be read', async () => {
    call.mockResolvedValueOnce(page(9, 2)).mockResolvedValueOnce(page(5, 1)).mockRejectedValueOnce(new Error('away'));
    const journal = new Journal();
    journal.begin(ask);
    await settle();
    journal.begin(ask);
    expect(journal).toMatchObject({ busy: true, beginning: 1 });
    expect(journal.entries).toHaveLength(2);
    await settle();
    expect(journal).toMatchObject({ busy: false, beginning: 2 });
    expect(journal.entries).toHaveLength(1);
    journal.begin(ask);
    await settle();
    expect(journal.failure).not.toBeNull();
    expect(journal.entries).toEqual([]);
  });

  it('shows nothing of what was asked before', async () => {
    const late: ((entries: AuditEntry[]) => void)[] = [];
    call.mockReturnValueOnce(new Promise((done) => late.push(done))).mockResolvedValueOnce(page(9, 1));
    const journal = new Journal();
    journal.begin(ask);
    journal.begin(ask);
    await settle();
    late[0]?.(page(99, 5));
    await settle();
    expect(journal.entries.map(({ seq }) => seq)).toEqual([9]);
  });
});

import { describe, expect, it } from 'vitest';
import type { VisitStatus, VisitView } from '../../api/types';
import { awaitedRows, byHost, dueNow, isHead, keyOf, lateBy, overstays } from './groups';

const NOW = Date.parse('2026-10-14T04:00:00Z');
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();

function visit(id: string, status: VisitStatus, minutes: number, more: Partial<VisitView> = {}): VisitView {
  return {
    row: 1,
    id,
    visitor: id,
    host: 'Host',
    purpose: null,
    status,
    from: at(minutes),
    until: at(minutes + 60),
    profile: 'single',
    person_no: null,
    card_no: null,
    entered: null,
    inside: null,
    entered_by: null,
    left: null,
    left_by: null,
    turns: null,
    actions: [],
    ...more,
  };
}

const shown = (rows: ReturnType<typeof awaitedRows>): string[] =>
  rows.map((row) => (isHead(row) ? `${row.head} ${row.count}` : keyOf(row)));

describe('those who are awaited', () => {
  it('are due now from half an hour before', () => {
    const expected = [-100, -5, 29, 30, 31, 200].map((minutes) => visit(String(minutes), 'expected', minutes));
    expect(dueNow(expected, NOW)).toBe(4);
    expect(dueNow([], NOW)).toBe(0);
  });

  it('lie in groups, of which none is empty', () => {
    const rows = awaitedRows(
      {
        expected: [visit('late', 'expected', -41), visit('evening', 'expected', 300)],
        away: [visit('out', 'away', -200)],
        over: [visit('gone', 'checked_out', -200), visit('missed', 'no_show', -300), visit('off', 'cancelled', 0)],
      },
      NOW,
    );
    expect(shown(rows)).toEqual(['now 1', 'late', 'away 1', 'out', 'later 1', 'evening', 'no_show 1', 'missed']);
    expect(awaitedRows({ expected: [], away: [], over: [] }, NOW)).toEqual([]);
  });

  it('are late after a quarter of an hour, on the day itself only', () => {
    expect(lateBy(visit('a', 'expected', -14), NOW, () => true)).toBeNull();
    expect(lateBy(visit('a', 'expected', -41), NOW, () => true)).toBe(41 * 60_000);
    expect(lateBy(visit('a', 'expected', -41), NOW, () => false)).toBeNull();
    expect(lateBy(visit('a', 'no_show', -41), NOW, () => true)).toBeNull();
  });
});

describe('those who are inside', () => {
  it('are too long there once the window is over', () => {
    expect(overstays(visit('a', 'checked_in', -61), NOW)).toBe(true);
    expect(overstays(visit('a', 'checked_in', -59), NOW)).toBe(false);
    expect(overstays(visit('a', 'checked_out', -61), NOW)).toBe(false);
  });

  it('lie under their hosts in the order of the alphabet, longest first within', () => {
    const inside = [visit('1', 'checked_in', -90, { host: 'Б' }), visit('2', 'checked_in', -60, { host: 'А' }), visit('3', 'checked_in', -30, { host: 'Б' })];
    const rows = byHost(inside, new Intl.Collator('ru').compare);
    expect(rows.map((row) => (isHead(row) ? row.host : row.id))).toEqual(['А', '2', 'Б', '1', '3']);
  });
});

it('ten thousand are grouped within a frame', () => {
  const expected = Array.from({ length: 10_000 }, (_, index) => visit(String(index), 'expected', index - 5000));
  const began = performance.now();
  for (let round = 0; round < 50; round += 1) awaitedRows({ expected, away: [], over: [] }, NOW);
  expect((performance.now() - began) / 50).toBeLessThan(8);
});

// How the visits of the day lie in the two lists of the desk. Pure: the lists come sorted.
import type { VisitView } from '../../api/types';

export type GroupName = 'now' | 'away' | 'later' | 'no_show' | 'host';

/** A heading between rows. */
export type Head = { head: GroupName; key: string; count: number; /** Whose group it is. */ host?: string };
export type Row = VisitView | Head;

/** Who is due within half an hour is awaited now. */
const SOON_MS = 30 * 60_000;
/** A little late is not late: nobody is on the minute. */
const LATE_MS = 15 * 60_000;

export const isHead = (row: Row): row is Head => 'head' in row;
export const keyOf = (row: Row): string => (isHead(row) ? row.key : row.id);
export const nameOf = (row: Row): string => (isHead(row) ? '' : row.visitor);

const head = (name: GroupName, visits: readonly VisitView[]): Row[] =>
  visits.length === 0 ? [] : [{ head: name, key: `head-${name}`, count: visits.length }];

export type Awaited = {
  /** Sorted by when they are due. */
  expected: readonly VisitView[];
  away: readonly VisitView[];
  /** Among others those who did not come. */
  over: readonly VisitView[];
};

/** How many of those who are expected are due now; the list is sorted by when they are due. */
export function dueNow(expected: readonly VisitView[], now: number): number {
  let low = 0;
  let high = expected.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (Date.parse(expected[middle]?.from ?? '') <= now + SOON_MS) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function awaitedRows({ expected, away, over }: Awaited, now: number): Row[] {
  const due = dueNow(expected, now);
  const soon = expected.slice(0, due);
  const later = expected.slice(due);
  const missed = over.filter((visit) => visit.status === 'no_show');
  return [
    ...head('now', soon),
    ...soon,
    ...head('away', away),
    ...away,
    ...head('later', later),
    ...later,
    ...head('no_show', missed),
    ...missed,
  ];
}

/** By how much somebody is late; null for who is not, or whose day of coming is not today. */
export function lateBy(visit: VisitView, now: number, isToday: (moment: string) => boolean): number | null {
  if (visit.status !== 'expected') return null;
  const late = now - Date.parse(visit.from);
  return late >= LATE_MS && isToday(visit.from) ? late : null;
}

/** Is somebody inside for longer than the visit's window? */
export const overstays = (visit: VisitView, now: number): boolean =>
  visit.status === 'checked_in' && Date.parse(visit.until) < now;

/** Those inside under whom they visit, whoever has been there longest first within each. */
export function byHost(inside: readonly VisitView[], compare: (a: string, b: string) => number): Row[] {
  const groups = new Map<string, VisitView[]>();
  for (const visit of inside) {
    const group = groups.get(visit.host);
    if (group === undefined) groups.set(visit.host, [visit]);
    else group.push(visit);
  }
  const rows: Row[] = [];
  for (const [host, visits] of [...groups].toSorted(([a], [b]) => compare(a, b))) {
    rows.push({ head: 'host', key: `head-host-${host}`, count: visits.length, host }, ...visits);
  }
  return rows;
}

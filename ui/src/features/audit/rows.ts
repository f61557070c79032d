import type { AuditEntry } from '../../api/types';

/** A day, above its entries. */
export type DayHead = { day: string; at: string };
export type Row = DayHead | AuditEntry;

export const isHead = (row: Row): row is DayHead => 'day' in row;
export const keyOf = (row: Row): string => (isHead(row) ? `day-${row.day}` : `seq-${row.seq}`);

/**
 * Entries with a heading above each day. They lie in the order of the journal, which a clock that was
 * moved back does not have: then a day has two headings, and the second is told by its entry.
 */
export function byDay(entries: readonly AuditEntry[], dayOf: (at: string) => string): Row[] {
  const rows: Row[] = [];
  const seen = new Set<string>();
  let last: string | null = null;
  for (const entry of entries) {
    const day = dayOf(entry.at);
    if (day !== last) {
      rows.push({ day: seen.has(day) ? `${day}/${entry.seq}` : day, at: entry.at });
      seen.add(day);
    }
    rows.push(entry);
    last = day;
  }
  return rows;
}

import type { AuditRequest } from '../../api/types';
import { GROUPS } from './words';
import type { Group } from './words';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
export const PAGE = 100;

/** What of the audit is wanted, as the address of the screen has it. */
export type Wanted = { group: Group | ''; author: string; from: string; until: string };

export function wanted(of: Record<string, string> = {}): Wanted {
  const group = of['kind'] ?? '';
  return {
    group: group in GROUPS ? (group as Group) : '',
    author: of['by'] ?? '',
    from: DAY.test(of['from'] ?? '') ? (of['from'] ?? '') : '',
    until: DAY.test(of['until'] ?? '') ? (of['until'] ?? '') : '',
  };
}

export function filters({ group, author, from, until }: Wanted): Record<string, string> {
  const all = { kind: group, by: author, from, until };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

/** `instant` gives the moment of the beginning of a day at the site; `days` later. */
export function requestOf(
  want: Wanted,
  before: number | null,
  instant: (day: string, days: number) => string,
): AuditRequest {
  return {
    author: want.author === '' ? null : want.author,
    kinds: want.group === '' ? [] : [...GROUPS[want.group]],
    entity: null,
    from: want.from === '' ? null : instant(want.from, 0),
    until: want.until === '' ? null : instant(want.until, 1),
    before,
    limit: PAGE,
  };
}

import type { AuditRequest } from '../../api/types';
import { GROUPS } from './words';
import type { Group } from './words';

export const PAGE = 200;

/** What of the audit is wanted, as the address of the screen has it; what is empty does not narrow. */
export type Wanted = { group: Group | ''; author: string; entity: string; from: string; until: string };

export const EVERYTHING: Wanted = { group: '', author: '', entity: '', from: '', until: '' };

/** 2026-11-26, of a year in which there was a Vakhta: a date that is half-typed has another. */
export function isDay(text: string): boolean {
  if (!/^2\d{3}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

const isGroup = (text: string): text is Group => Object.hasOwn(GROUPS, text);

/** Reads the address; what cannot be read does not narrow. */
export function wanted(of: Record<string, string> = {}): Wanted {
  const day = (name: string): string => (isDay(of[name] ?? '') ? (of[name] ?? '') : '');
  const group = of['kind'] ?? '';
  return {
    group: isGroup(group) ? group : '',
    author: of['by'] ?? '',
    entity: of['of'] ?? '',
    from: day('from'),
    until: day('until'),
  };
}

/** The same for the address. */
export function filters({ group, author, entity, from, until }: Wanted): Record<string, string> {
  const all = { kind: group, by: author, of: entity, from, until };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

export const narrows = (want: Wanted): boolean => Object.keys(filters(want)).length > 0;

/** The last day is before the first. */
export const upsideDown = ({ from, until }: Wanted): boolean => from !== '' && until !== '' && until < from;

const DAY_MS = 86_400_000;
const dayAfter = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

/** `midnight` gives the moment at which a day begins at the site. Both days are wanted whole. */
export function requestOf(want: Wanted, before: number | null, midnight: (day: string) => string): AuditRequest {
  const { group, author, entity, from, until } = want;
  return {
    author: author === '' ? null : author,
    kinds: group === '' ? [] : [...GROUPS[group]],
    entity: entity === '' ? null : entity,
    from: from === '' ? null : midnight(from),
    until: until === '' ? null : midnight(dayAfter(until)),
    before,
    limit: PAGE,
  };
}

/** What a name of a file may not have, on any system. */
// eslint-disable-next-line no-control-regex
const NOT_IN_A_NAME = /[\u0000-\u001f\u007f<>:"/\\|?*]+/g;
const SITE_AT_MOST = 60;

/** `vakhta-audit_Site_2026-11-01_2026-11-26.csv`: whose, and of which days. */
export function fileName(site: string, { from, until }: Wanted, today: string): string {
  const whose = site.replaceAll(NOT_IN_A_NAME, ' ').trim().replaceAll(/\s+/g, '-').slice(0, SITE_AT_MOST);
  const days = [from === '' ? 'start' : from, until === '' ? today : until];
  return `${['vakhta-audit', whose, ...days].filter((part) => part !== '').join('_')}.csv`;
}

// What is offered while a name is typed. Pure.
import type { VisitView } from '../../api/types';
import { fold } from '../../shared/layout';

/** A visitor who came before: what is known is filled in. */
export type Known = { visitor: string; host: string; purpose: string | null; visit: VisitView };

const AT_MOST = 6;

/** The newest visit of each name, in the order in which they were found. */
export function knownVisitors(found: readonly VisitView[]): Known[] {
  const newest = new Map<string, VisitView>();
  for (const visit of found) {
    const key = fold(visit.visitor);
    // Somebody who was erased.
    if (key === '') continue;
    const other = newest.get(key);
    if (other === undefined || Date.parse(visit.from) > Date.parse(other.from)) newest.set(key, visit);
  }
  return [...newest.values()]
    .slice(0, AT_MOST)
    .map((visit) => ({ visitor: visit.visitor, host: visit.host, purpose: visit.purpose, visit }));
}

/** Hosts whose name has a word that begins so, those visited most first. */
export function knownHosts(text: string, visits: Iterable<VisitView>): string[] {
  const wanted = fold(text);
  const times = new Map<string, number>();
  for (const { host } of visits) times.set(host, (times.get(host) ?? 0) + 1);
  return [...times]
    .filter(([host]) => ` ${fold(host)}`.includes(` ${wanted}`) && fold(host) !== wanted)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, AT_MOST)
    .map(([host]) => host);
}

/** A visit of the same name that is expected or inside: perhaps it is the one that is wanted. */
export const already = (name: string, found: readonly VisitView[]): VisitView | null =>
  found.find(
    (visit) =>
      fold(visit.visitor) === fold(name) && ['requested', 'expected', 'checked_in', 'away'].includes(visit.status),
  ) ?? null;

import type { Origin, VisitView } from '../api/types';

/** The present stay; of somebody who is out, the first entry. Who may come twice has more than one. */
export function stayOf(visit: VisitView): { since: string; by: Origin | null } | null {
  if (visit.inside !== null) return visit.inside;
  return visit.entered === null ? null : { since: visit.entered, by: visit.entered_by };
}

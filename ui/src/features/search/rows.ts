import type { DeskAction, VisitView } from '../../api/types';
import type { Action } from './actions';

export type Row =
  | { kind: 'visit'; key: string; visit: VisitView; /** What Enter does; null: it opens the visit. */ enter: DeskAction | null }
  | { kind: 'action'; key: string; action: Action };

/** Enter does what comes next at a desk. What takes something back is never one careless key away. */
function enterOf(visit: VisitView): DeskAction | null {
  const first = visit.actions[0];
  return first === 'check_in' || first === 'check_out' ? first : null;
}

export function rows(visits: readonly VisitView[], actions: readonly Action[]): Row[] {
  return [
    ...visits.map((visit): Row => ({ kind: 'visit', key: visit.id, visit, enter: enterOf(visit) })),
    ...actions.map((action): Row => ({ kind: 'action', key: action.id, action })),
  ];
}

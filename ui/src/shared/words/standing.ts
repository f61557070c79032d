import { stayOf } from '../stay';
import type { Origin, VisitView } from '../../api/types';
import { when } from '../i18n/format';
import { m } from '../i18n/words';

const BY: Record<Origin, () => string> = {
  desk: m.visit_by_desk,
  door: m.visit_by_door,
  automatic: m.visit_by_automatic,
  import: m.visit_by_import,
};

export const byWord = (origin: Origin | null): string => (origin === null ? m.visit_by_unknown() : BY[origin]());

/** A visit that the clock has closed: nobody saw anybody leave, and it is never said so. */
export const closedByClock = (visit: Pick<VisitView, 'status' | 'left_by'>): boolean =>
  visit.status === 'checked_out' && visit.left_by === 'automatic';

/** How it stands with a visit, in words: «внутри с 09:12, отмечено на посту». */
export function standing(visit: VisitView): string {
  const from = when(visit.from);
  const until = when(visit.until);
  const stay = stayOf(visit);
  const left = visit.left === null ? m.age_unknown() : when(visit.left);
  switch (visit.status) {
    case 'checked_in':
      return m.visit_is_checked_in({
        when: stay === null ? m.age_unknown() : when(stay.since),
        by: byWord(stay?.by ?? null),
      });
    case 'away':
      return m.visit_is_away({ when: left });
    case 'checked_out':
      return closedByClock(visit)
        ? m.visit_is_closed({ when: left })
        : m.visit_is_checked_out({ when: left, by: byWord(visit.left_by) });
    case 'expected':
      return m.visit_is_expected({ from, until });
    case 'no_show':
      return m.visit_is_no_show({ until });
    case 'requested':
      return m.visit_is_requested();
    case 'cancelled':
      return m.visit_is_cancelled();
    case 'declined':
      return m.visit_is_declined();
  }
}

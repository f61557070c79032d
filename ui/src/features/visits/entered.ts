import type { VisitView } from '../../api/types';
import { when } from '../../shared/i18n/format';
import { stayOf } from '../../shared/stay';
import { originShort } from '../../shared/words/visit';

/** Since when somebody is inside and who says so, as it stands in a row: «вчера 11:16», «дверь». */
export function enteredWords(visit: VisitView): string[] | null {
  const stay = stayOf(visit);
  if (stay === null) return null;
  return stay.by === null ? [when(stay.since)] : [when(stay.since), originShort(stay.by)];
}

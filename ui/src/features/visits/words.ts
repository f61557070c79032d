import { duration } from '../../shared/i18n/format';
import { m } from '../../shared/i18n/words';

const MINUTE_MS = 60_000;
const DAYS_FROM_H = 48;

/** «41 мин», «1 ч 46»: as short as a column of a list needs it. */
export function shortly(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / MINUTE_MS);
  const h = Math.floor(minutes / 60);
  if (h === 0 || h >= DAYS_FROM_H) return duration(ms);
  return m.desk_hm({ h, m: String(minutes % 60).padStart(2, '0') });
}

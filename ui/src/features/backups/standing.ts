import type { BackupsView } from '../../api/types';
import { isHere } from './words';

const HOUR_MS = 3_600_000;
/** Older than this, the newest verified backup is too old: a day and two hours, as the core has it. */
const OLD_HOURS = 26;

export type Lack = 'elsewhere' | 'kit';

/** Why a lost machine could not be restored. `kit`: whether the recovery kit is confirmed; null: not known. */
export function lacks({ recoverable, targets }: Pick<BackupsView, 'recoverable' | 'targets'>, kit: boolean | null): Lack[] {
  if (recoverable) return [];
  const elsewhere = targets.some((target) => !isHere(target) && target.copies.some(({ verified }) => verified !== null));
  return [
    ...(elsewhere ? [] : ['elsewhere' as const]),
    // Where a copy lies elsewhere it can be nothing but the kit.
    ...(elsewhere || kit === false ? ['kit' as const] : []),
  ];
}

export const isOld = (verified: string, now: number): boolean => now - Date.parse(verified) >= OLD_HOURS * HOUR_MS;

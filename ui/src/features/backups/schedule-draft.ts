// When backups are made, as it is being edited: numbers are text until they can be read.
import type { BackupSchedule, Keep } from '../../api/types';

/** As the core has them. */
export const TIMES_AT_MOST = 24;
const MOST = 366;
export const KEPT = {
  daily: { least: 1, most: MOST },
  weekly: { least: 0, most: MOST },
  monthly: { least: 0, most: MOST },
} as const;

export type Kept = keyof typeof KEPT;
export const KINDS = Object.keys(KEPT) as Kept[];

export type ScheduleDraft = { days: boolean[]; times: string[] } & Record<Kept, string>;
export type ScheduleField = 'days' | 'times' | Kept;

const DAYS = 7;

export const draftOf = ({ days, times, keep }: BackupSchedule): ScheduleDraft => ({
  days: Array.from({ length: DAYS }, (_, day) => days[day] ?? false),
  times: [...times],
  daily: String(keep.daily),
  weekly: String(keep.weekly),
  monthly: String(keep.monthly),
});

/** A whole number within its limits; null for what is none. */
export function readKept(kind: Kept, text: string): number | null {
  if (!/^\d{1,3}$/.test(text.trim())) return null;
  const number = Number(text);
  const { least, most } = KEPT[kind];
  return number >= least && number <= most ? number : null;
}

/** In order, and each once. */
export const withTime = (times: readonly string[], time: string): string[] => [...new Set([...times, time])].toSorted();

/** What cannot be used. */
export const unusable = (draft: ScheduleDraft): ScheduleField[] => [
  ...(draft.days.includes(true) ? [] : ['days' as const]),
  ...(draft.times.length > 0 ? [] : ['times' as const]),
  ...KINDS.filter((kind) => readKept(kind, draft[kind]) === null),
];

/** What is sent; null while something cannot be used. */
export function scheduleOf(draft: ScheduleDraft): BackupSchedule | null {
  const keep: Keep = { daily: 0, weekly: 0, monthly: 0 };
  for (const kind of KINDS) {
    const number = readKept(kind, draft[kind]);
    if (number === null) return null;
    keep[kind] = number;
  }
  return unusable(draft).length > 0 ? null : { days: [...draft.days], times: [...draft.times], keep };
}

export const same = (a: BackupSchedule, b: BackupSchedule): boolean => JSON.stringify(draftOf(a)) === JSON.stringify(draftOf(b));

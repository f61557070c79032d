// What signing in demands, as it is being edited: numbers are text until they can be read.
import type { Role, SecuritySettings } from '../../api/types';
import { ROLES } from '../access/words';

/** Defaults and limits, as the core has them. */
export const LIMITS = {
  lock_after_minutes: { usual: 5, least: 1, most: 60 },
  session_idle_hours: { usual: 10, least: 1, most: 72 },
  session_hours: { usual: 24, least: 1, most: 168 },
} as const;

export type NumberField = keyof typeof LIMITS;
export const NUMBERS = Object.keys(LIMITS) as NumberField[];

export const USUAL: SecuritySettings = {
  factor_roles: ['security', 'administrator'],
  lock_after_minutes: LIMITS.lock_after_minutes.usual,
  session_idle_hours: LIMITS.session_idle_hours.usual,
  session_hours: LIMITS.session_hours.usual,
  pins: true,
};

export type SecurityDraft = { factor_roles: readonly Role[]; pins: boolean } & Record<NumberField, string>;

const ordered = (roles: readonly Role[]): Role[] => ROLES.filter((role) => roles.includes(role));

export const draftOf = (of: SecuritySettings): SecurityDraft => ({
  factor_roles: ordered(of.factor_roles),
  pins: of.pins,
  lock_after_minutes: String(of.lock_after_minutes),
  session_idle_hours: String(of.session_idle_hours),
  session_hours: String(of.session_hours),
});

/** A whole number within its limits; null for what is none. */
export function readNumber(field: NumberField, text: string): number | null {
  if (!/^\d{1,4}$/.test(text.trim())) return null;
  const number = Number(text);
  const { least, most } = LIMITS[field];
  return number >= least && number <= most ? number : null;
}

/** Which of the numbers cannot be used. */
export const unusable = (draft: SecurityDraft): NumberField[] =>
  NUMBERS.filter((field) => readNumber(field, draft[field]) === null);

/** What is sent; null while a number cannot be used. */
export function settingsOf(draft: SecurityDraft): SecuritySettings | null {
  const [lock, idle, longest] = NUMBERS.map((field) => readNumber(field, draft[field]));
  if (typeof lock !== 'number' || typeof idle !== 'number' || typeof longest !== 'number') return null;
  return {
    factor_roles: ordered(draft.factor_roles),
    lock_after_minutes: lock,
    session_idle_hours: idle,
    session_hours: longest,
    pins: draft.pins,
  };
}

export const same = (a: SecuritySettings, b: SecuritySettings): boolean =>
  JSON.stringify(draftOf(a)) === JSON.stringify(draftOf(b));

/** A session that ends before it could be idle for so long. */
export function idleNeverComes(draft: SecurityDraft): boolean {
  const settings = settingsOf(draft);
  return settings !== null && settings.session_idle_hours >= settings.session_hours;
}

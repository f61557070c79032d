// The form of a new visit as it is typed, and what it asks of the core. Pure.
import type { VisitDraft } from '../../api/types';
import { readTime } from '../settings/site-draft';
import { instant } from './zoned';

export type Typed = {
  visitor: string;
  host: string;
  purpose: string;
  card_no: string;
  person_no: string;
  document: string;
  iin: string;
  phone: string;
  /** 2026-10-14; empty: today. */
  day: string;
  /** As typed; empty: now, or the beginning of a later day. */
  from: string;
  /** As typed; empty: the end of the site's day. */
  until: string;
  /** Of a visit of several days. */
  last_day: string;
  many: boolean;
};

export type Place = { zone: string; today: string; dayEnd: string };

export type Field = keyof Typed;

export const blank = (): Typed => ({
  visitor: '',
  host: '',
  purpose: '',
  card_no: '',
  person_no: '',
  document: '',
  iin: '',
  phone: '',
  day: '',
  from: '',
  until: '',
  last_day: '',
  many: false,
});

export const isBlank = (typed: Typed): boolean =>
  Object.values(typed).every((value) => value === false || (typeof value === 'string' && value.trim() === ''));

/** The form as it was kept, by whatever version of this page: only what it still has, of the right type. */
export function readTyped(kept: unknown): Typed | null {
  if (typeof kept !== 'object' || kept === null) return null;
  const fields = Object.entries(blank()).map(([field, empty]) => {
    const value = (kept as Record<string, unknown>)[field];
    return [field, typeof value === typeof empty ? value : empty];
  });
  return Object.fromEntries(fields) as Typed;
}

/** What may be kept for a reload: numbers of documents rest nowhere but with the core. */
export const keepable = (typed: Typed): Typed => ({ ...typed, document: '', iin: '', phone: '' });

const given = (text: string): string | null => (text.trim() === '' ? null : text.trim());

/** Fields whose time cannot be read: the core would never see what was typed. */
export function unreadable(typed: Typed): Field[] {
  return (['from', 'until'] as const).filter((field) => given(typed[field]) !== null && readTime(typed[field]) === null);
}

export function draftOf(typed: Typed, { zone, today, dayEnd }: Place): VisitDraft {
  const day = given(typed.day) ?? today;
  const lastDay = typed.many ? (given(typed.last_day) ?? day) : day;
  const from = readTime(typed.from);
  const until = readTime(typed.until);
  const later = day !== today;
  return {
    visitor: typed.visitor.trim(),
    host: typed.host.trim(),
    purpose: given(typed.purpose),
    person_no: given(typed.person_no),
    card_no: given(typed.card_no),
    document: given(typed.document),
    iin: given(typed.iin),
    phone: given(typed.phone),
    // Left to the core where it can be: its clock and its day count, not those of this page.
    from: from === null && !later ? null : instant(day, from ?? '00:00', zone),
    until: until === null && !later && lastDay === day ? null : instant(lastDay, until ?? dayEnd, zone),
    profile: typed.many ? 'multiple' : 'single',
  };
}

/** Where the core's name for a field is not that of the form. */
export const fieldOf = (name: string): Field | null => (name in blank() ? (name as Field) : null);

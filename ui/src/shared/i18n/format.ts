// Numbers, times and durations in the user's language and in the zone of the SITE: a desk that is
// looked at from another place still shows the time at its door.
import { live } from '../../api/live.svelte';
import { clock } from '../clock.svelte';
import { locale } from './locale.svelte';
import { m } from './words';

export type Moment = string | number;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const styles = {
  time: { hour: '2-digit', minute: '2-digit' },
  seconds: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  date: { weekday: 'short', day: 'numeric', month: 'short' },
  short: { day: 'numeric', month: 'short' },
  full: { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

type Style = keyof typeof styles;

// Making a formatter costs a hundred times what using it does.
const formats = new Map<string, Intl.DateTimeFormat>();

/** A locked desk still shows the time at its door. */
let known: string | undefined;

/** The zone of the site; before anything is known, that of this machine. */
export function zone(): string {
  known = live.settings?.site.zone_in_force ?? known;
  return known ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function format(style: Style, moment: Moment, timeZone = zone()): string {
  const key = `${locale.region} ${timeZone} ${style}`;
  let found = formats.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat(locale.region, { ...styles[style], timeZone, hourCycle: 'h23' });
    formats.set(key, found);
  }
  return found.format(new Date(moment));
}

/** 09:41 */
export const time = (moment: Moment): string => format('time', moment);
/** 09:41 somewhere else. */
export const timeIn = (moment: Moment, timeZone: string): string => format('time', moment, timeZone);
/** 09:41:07 */
export const timeWithSeconds = (moment: Moment): string => format('seconds', moment);
/** вт, 14 окт. */
export const date = (moment: Moment): string => format('date', moment);
/** Everything, for a title. */
export const fullTime = (moment: Moment): string => format('full', moment);

const days = new Map<string, Intl.DateTimeFormat>();

/** 2026-10-14: which day it is at the site. */
export function day(moment: Moment): string {
  const timeZone = zone();
  let found = days.get(timeZone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat('sv-SE', { timeZone });
    days.set(timeZone, found);
  }
  return found.format(new Date(moment));
}

/** 09:41 today, «вчера 17:52», «14 окт. 09:41». Drawn anew as the day changes. */
export function when(moment: Moment): string {
  const then = new Date(moment).getTime();
  const now = clock.minute;
  const that = day(then);
  if (that === day(now)) return time(then);
  if (that === day(now - DAY)) return `${m.day_yesterday()} ${time(then)}`;
  if (that === day(now + DAY)) return `${m.day_tomorrow()} ${time(then)}`;
  return `${format('short', then)} ${time(then)}`;
}

/** 57 мин, 1 ч 29 мин: how long something takes or has taken. */
export function duration(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / MINUTE);
  const h = Math.floor(minutes / 60);
  if (h >= 48) return m.duration_d({ d: Math.floor(h / 24), h: h % 24 });
  if (h > 0) return m.duration_hm({ h, m: String(minutes % 60).padStart(2, '0') });
  return m.duration_m({ m: minutes });
}

/** 14 с, 57 мин: the same of what may be over soon. */
export const exactly = (ms: number): string =>
  ms < MINUTE ? m.duration_s({ s: number(Math.floor(Math.max(0, ms) / SECOND)) }) : duration(ms);

const relatives = new Map<string, Intl.RelativeTimeFormat>();

/** «4 с назад», «через 3 мин». */
export function relative(moment: Moment, now: number): string {
  const ms = new Date(moment).getTime() - now;
  const far = Math.abs(ms);
  if (far < 2 * SECOND) return m.age_now();
  let found = relatives.get(locale.region);
  if (found === undefined) {
    found = new Intl.RelativeTimeFormat(locale.region, { style: 'short', numeric: 'always' });
    relatives.set(locale.region, found);
  }
  if (far < MINUTE) return found.format(Math.trunc(ms / SECOND), 'second');
  if (far < HOUR) return found.format(Math.trunc(ms / MINUTE), 'minute');
  if (far < 2 * DAY) return found.format(Math.trunc(ms / HOUR), 'hour');
  return found.format(Math.trunc(ms / DAY), 'day');
}

const numbers = new Map<string, Intl.NumberFormat>();

export function number(value: number): string {
  let found = numbers.get(locale.region);
  if (found === undefined) {
    found = new Intl.NumberFormat(locale.region);
    numbers.set(locale.region, found);
  }
  return found.format(value);
}

const UNITS = [
  ['gigabyte', 1e9],
  ['megabyte', 1e6],
  ['kilobyte', 1e3],
] as const;

/** 340 МБ, 1,2 ГБ */
export function size(bytes: number): string {
  const [unit, by] = UNITS.find(([, least]) => bytes >= least) ?? ['byte', 1];
  const value = bytes / by;
  const maximumFractionDigits = value < 10 && by > 1 ? 1 : 0;
  return new Intl.NumberFormat(locale.region, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits }).format(value);
}

/** The names of the days, Monday first. */
export function weekdays(style: 'long' | 'short'): string[] {
  const named = new Intl.DateTimeFormat(locale.region, { weekday: style, timeZone: 'UTC' });
  // The 1st of January 2024 was a Monday.
  return Array.from({ length: 7 }, (_, at) => named.format(Date.UTC(2024, 0, 1 + at)));
}

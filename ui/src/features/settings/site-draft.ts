// The site as it is being edited: text that may not yet be right, and what it becomes.
import type { SiteSettings } from '../../api/types';

export type DayDraft = { open: boolean; from: string; until: string };
export type SiteDraft = {
  name: string;
  zone: string | null;
  day_end: string;
  hours: DayDraft[];
  holidays: string[];
};

const DAYS = 7;
const USUAL = { from: '09:00', until: '18:00' };
export const HOLIDAYS_AT_MOST = 366;
export const NAME_AT_MOST = 120;

export function draftOf(site: SiteSettings): SiteDraft {
  return {
    name: site.name,
    zone: site.zone,
    day_end: site.day_end,
    hours: Array.from({ length: DAYS }, (_, day) => {
      const hours = site.hours[day] ?? null;
      return { open: hours !== null, ...(hours ?? USUAL) };
    }),
    holidays: [...site.holidays],
  };
}

/** «8:30», «0830» and «8.30» are meant as 08:30; null: not a time. */
export function readTime(text: string): string | null {
  const [, h, m] = /^(\d{1,2})[:.\-\s]?(\d{2})$/.exec(text.trim()) ?? [];
  if (h === undefined || m === undefined || Number(h) > 23 || Number(m) > 59) return null;
  return `${h.padStart(2, '0')}:${m}`;
}

/** The fields that cannot be read: `day_end`, `hours.0.from` … */
export function unreadable(draft: SiteDraft): string[] {
  const bad = readTime(draft.day_end) === null ? ['day_end'] : [];
  for (const [day, hours] of draft.hours.entries()) {
    if (!hours.open) continue;
    for (const end of ['from', 'until'] as const) if (readTime(hours[end]) === null) bad.push(`hours.${day}.${end}`);
  }
  return bad;
}

export function siteOf(draft: SiteDraft, before: SiteSettings): SiteSettings {
  return {
    name: draft.name.trim(),
    zone: draft.zone,
    zone_in_force: before.zone_in_force,
    day_end: readTime(draft.day_end) ?? draft.day_end,
    hours: draft.hours.map(({ open, from, until }) =>
      open ? { from: readTime(from) ?? from, until: readTime(until) ?? until } : null,
    ),
    holidays: [...new Set(draft.holidays)].toSorted(),
  };
}

export const same = (a: SiteSettings, b: SiteSettings): boolean => JSON.stringify(a) === JSON.stringify(b);

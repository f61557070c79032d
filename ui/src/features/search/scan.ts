import { stayOf } from '../../shared/stay';
import { call } from '../../api/client';
import { live } from '../../api/live.svelte';
import type { DeskAction, VisitView } from '../../api/types';
import { m } from '../../shared/i18n/words';
import { toasts } from '../../shared/toasts.svelte';
import { actOn } from '../../shared/visit-act';
import { actionWord, statusTone, statusWord } from '../../shared/words/visit';

/** Who shows the same pass twice has not left in between. */
const TWICE_MS = 60_000;

const bare = (number: string): string => number.replace(/^0+(?=.)/, '');

/** The visit that a scanned code means without doubt. */
export function meant(code: string, visits: readonly VisitView[]): VisitView | null {
  const exact = visits.filter(
    (visit) => visit.id === code || [visit.card_no, visit.person_no].some((no) => no !== null && bare(no) === bare(code)),
  );
  if (exact.length <= 1) return exact[0] ?? null;
  // A card goes from hand to hand: what counts is who may use it now.
  const usable = exact.filter((visit) => visit.status === 'checked_in' || visit.actions.includes('check_in'));
  return usable.length === 1 ? (usable[0] ?? null) : null;
}

/** Leaving needs no key: who is inside and shows the pass leaves. Everything else is left to a key. */
export function leaves(visit: VisitView, now: number): boolean {
  const stay = stayOf(visit);
  return (
    visit.status === 'checked_in' &&
    visit.actions.includes('check_out') &&
    stay !== null &&
    now - Date.parse(stay.since) > TWICE_MS
  );
}

/** `show` puts the code into the one field; false when a dialog keeps it out of reach. */
export async function scanned(code: string, show: (code: string) => boolean): Promise<void> {
  let visits: VisitView[];
  try {
    ({ visits } = await call('search', { text: code, limit: 5 }));
  } catch (error) {
    toasts.sayError(error);
    return;
  }
  const visit = meant(code, visits);
  if (visit !== null && leaves(visit, live.now())) {
    await actOn(visit, 'check_out', true);
    return;
  }
  if (visits.length === 0) toasts.say(m.scan_nobody({ code }), { tone: 'warn' });
  if (show(code) || visit === null) return;
  const action: DeskAction | undefined = visit.actions[0];
  toasts.say(m.scan_found({ name: visit.visitor, status: statusWord(visit.status) }), {
    tone: statusTone(visit.status),
    ...(action === undefined ? {} : { action: { words: actionWord(action), run: () => void actOn(visit, action, true) } }),
  });
}

import { SvelteMap } from 'svelte/reactivity';
import { access } from '../../api/access.svelte';
import { live } from '../../api/live.svelte';
import type { DeskAction, VisitView } from '../../api/types';
import { acts } from '../../shared/acts.svelte';
import { onForget } from '../../shared/drafts';
import { m } from '../../shared/i18n/words';
import { theField } from '../../shared/the-field';
import { toasts } from '../../shared/toasts.svelte';
import { actErrorWords, actOn, Already, perform } from '../../shared/visit-act';

/** What went wrong, by visit: it is said where the action was. */
export const failures = new SvelteMap<string, string>();
onForget(() => failures.clear());

/** Long enough to be read; what is over is not said for ever. */
const SAID_MS = 15_000;

function fail(visit: string, words: string): void {
  failures.set(visit, words);
  setTimeout(() => {
    if (failures.get(visit) === words) failures.delete(visit);
  }, SAID_MS);
}

/** Why nothing can be done now; null when it can. */
export const hindrance = (): string | null => (live.connection.state === 'open' ? null : m.desk_no_actions());

/** Acts from a row or from the details. `byKeys`: the operator goes on in the list. */
export async function actHere(visit: VisitView, action: DeskAction, byKeys = false): Promise<void> {
  const hindered = hindrance();
  if (hindered !== null) {
    fail(visit.id, hindered);
    return;
  }
  failures.delete(visit.id);
  const by = access.now?.me?.id;
  try {
    await perform(visit, action);
  } catch (error) {
    if (access.now?.me?.id !== by) return;
    // The row may leave the list with its new state, so this is said beside the list too.
    if (error instanceof Already) toasts.say(actErrorWords(error), { tone: 'warn' });
    else fail(visit.id, actErrorWords(error));
  }
  if (!byKeys) theField.focus();
}

/** What Enter does to a row: what comes next at a desk. */
export function next(visit: VisitView): DeskAction | null {
  const first = visit.actions[0];
  return first === 'check_in' || first === 'check_out' ? first : null;
}

/** Takes back what this desk did last. */
export function undoLast(): void {
  acts.onceSettled(takeBack);
}

function takeBack(): void {
  const id = acts.undoable;
  const visit = id === undefined ? undefined : live.visits.byId.get(id);
  if (visit === undefined || !visit.actions.includes('undo')) {
    toasts.say(m.desk_nothing_to_undo());
    return;
  }
  const hindered = hindrance();
  if (hindered === null) void actOn(visit, 'undo', true);
  else toasts.say(hindered, { tone: 'danger' });
}

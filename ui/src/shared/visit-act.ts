import { access } from '../api/access.svelte';
import { call } from '../api/client';
import { Refused } from '../api/errors';
import { live } from '../api/live.svelte';
import type { DeskAction, VisitView } from '../api/types';
import { acts } from './acts.svelte';
import { m } from './i18n/words';
import { theField } from './the-field';
import { toasts } from './toasts.svelte';
import { errorWords } from './words/refusal';
import { standing } from './words/standing';

const DONE: Record<DeskAction, (visit: { name: string }) => string> = {
  check_in: m.acted_check_in,
  check_out: m.acted_check_out,
  cancel: m.acted_cancel,
  reopen: m.acted_reopen,
  undo: m.acted_undo,
};

/** Does what the desk asked for, shows it at once, and offers to take it back. Throws as `call` does. */
export async function perform(visit: VisitView, action: DeskAction): Promise<void> {
  if (acts.busy.has(visit.id)) return;
  acts.busy.add(visit.id);
  const by = access.now?.me?.id;
  try {
    const after = await live.answered(visit.id, call('visit_act', { id: visit.id, action }));
    // The desk was locked meanwhile: what was done is neither told nor taken back by who comes next.
    if (access.now?.me?.id !== by) return;
    if (action === 'undo') acts.undid(visit.id);
    else acts.did(visit.id);
    const undo = action !== 'undo' && after.actions.includes('undo');
    toasts.say(DONE[action]({ name: after.visitor }), {
      tone: 'ok',
      about: visit.id,
      ...(undo ? { action: { words: m.action_undo(), run: () => void actOn(after, 'undo') } } : {}),
    });
  } catch (error) {
    throw await explained(visit, error);
  } finally {
    acts.busy.delete(visit.id);
    acts.settle();
  }
}

/** A refusal by the visit's state is told by that state: «уже внутри с 09:12». */
export class Already extends Error {
  constructor(readonly visit: VisitView) {
    super('the visit is in another state');
  }
}

async function explained(visit: VisitView, error: unknown): Promise<unknown> {
  if (!(error instanceof Refused) || error.refusal.code !== 'wrong_state') return error;
  try {
    const ask = call('visit_detail', { id: visit.id }).then((detail) => detail.visit);
    return new Already(await live.answered(visit.id, ask));
  } catch {
    return error;
  }
}

/** What went wrong with an action, in words. */
export const actErrorWords = (error: unknown): string =>
  error instanceof Already
    ? m.visit_already({ name: error.visit.visitor, state: standing(error.visit) })
    : errorWords(error);

/**
 * The same, with errors said. `aside`: it was not what the operator was at (a scan during a form),
 * so the focus stays where it is.
 */
export async function actOn(visit: VisitView, action: DeskAction, aside = false): Promise<void> {
  try {
    await perform(visit, action);
  } catch (error) {
    toasts.say(actErrorWords(error), { tone: error instanceof Already ? 'warn' : 'danger' });
  }
  if (!aside) theField.focus();
}

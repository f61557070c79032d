import { call } from '../api/client';
import { live } from '../api/live.svelte';
import type { DeskAction, VisitView } from '../api/types';
import { m } from './i18n/words';
import { theField } from './the-field';
import { toasts } from './toasts.svelte';

const DONE: Record<DeskAction, (visit: { name: string }) => string> = {
  check_in: m.acted_check_in,
  check_out: m.acted_check_out,
  cancel: m.acted_cancel,
  reopen: m.acted_reopen,
  undo: m.acted_undo,
};

/**
 * Does what the desk asked for, shows it at once, and offers to take it back. `aside`: it was not
 * what the operator was at (a scan during a form), so the focus stays where it is.
 */
export async function actOn(visit: VisitView, action: DeskAction, aside = false): Promise<void> {
  try {
    const after = await call('visit_act', { id: visit.id, action });
    live.putVisit(after);
    const undo = action !== 'undo' && after.actions.includes('undo');
    toasts.say(DONE[action]({ name: after.visitor }), {
      tone: 'ok',
      ...(undo ? { action: { words: m.action_undo(), run: () => void actOn(after, 'undo') } } : {}),
    });
  } catch (error) {
    toasts.sayError(error);
  }
  if (!aside) theField.focus();
}

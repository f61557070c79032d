import { platform } from '../platform';
import type { Command, Reply, Request } from '../platform';
import { damage } from './damage.svelte';
import { NoSession, Refused } from './errors';

type Ask = {
  /** Commands that take nothing are called by their name alone. */
  <K extends Command>(command: K, ...request: Request<K> extends null ? [] : [Request<K>]): Promise<Reply<K>>;
};

type Guards = {
  /** Nobody is signed in any more, or the desk is locked: what is shown must give way. */
  turnedAway: () => void;
  /** Asks who is at work for a fresh proof; false when they would rather not. */
  proveAnew: () => Promise<boolean>;
};

let guards: Guards = { turnedAway: () => undefined, proveAnew: () => Promise.resolve(false) };

/** What happens when the core wants to know who is there. */
export function guard(by: Partial<Guards>): void {
  guards = { ...guards, ...by };
}

/** Nobody is signed in any more, or the desk is locked. */
export const isAway = (error: unknown): boolean =>
  error instanceof NoSession ||
  (error instanceof Refused && (error.refusal.code === 'sign_in' || error.refusal.code === 'locked'));

/**
 * Asks the core. Throws `Refused`, `Unreachable` or `NoSession`; `errorWords` says them in words. What
 * wants a fresh proof is asked again once it was given.
 */
export const call: Ask = async (command, ...request) => {
  const ask = () => platform.call(command, (request[0] ?? null) as Request<typeof command>);
  try {
    return await ask();
  } catch (error) {
    if (isAway(error)) guards.turnedAway();
    if (!(error instanceof Refused)) throw error;
    if (error.refusal.code === 'damaged') damage.known = true;
    if (error.refusal.code !== 'step_up') throw error;
    if (!(await guards.proveAnew())) throw error;
    return ask();
  }
};

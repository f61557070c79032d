import { SvelteSet } from 'svelte/reactivity';
import { onForget } from './drafts';

/** What this desk did, newest last: Ctrl+Z takes it back step by step. */
class Acts {
  /** The visit that was acted upon last, for the card that says so. */
  last = $state<string | null>(null);
  /** Visits for which the core has not answered yet. */
  readonly busy = new SvelteSet<string>();
  #done: string[] = [];
  #then: (() => void) | undefined;

  constructor() {
    // Whoever comes next does not take back what another did.
    onForget(() => {
      this.#done = [];
      this.#then = undefined;
      this.last = null;
      this.busy.clear();
    });
  }

  did(visit: string): void {
    this.#done.push(visit);
    this.last = visit;
  }

  /** It was taken back, by whatever way. */
  undid(visit: string): void {
    const at = this.#done.lastIndexOf(visit);
    if (at >= 0) this.#done.splice(at, 1);
    this.last = visit;
  }

  get undoable(): string | undefined {
    return this.#done.at(-1);
  }

  /** Once the core has answered everything: what was done last is not known before. */
  onceSettled(then: () => void): void {
    if (this.busy.size === 0) then();
    else this.#then = then;
  }

  /** An answer has come. */
  settle(): void {
    if (this.busy.size > 0) return;
    const then = this.#then;
    this.#then = undefined;
    then?.();
  }
}

export const acts = new Acts();

import { Refused } from '../../api/errors';
import type { ErrorCode } from '../../api/types';
import { clock } from '../../shared/clock.svelte';
import { m } from '../../shared/i18n/words';
import { accessWords } from './failure';

const SECOND = 1000;

/** What went wrong with showing who one is, for as long as it is so. */
export class Trouble {
  #error = $state.raw<unknown>(null);
  #until = $state(0);

  take(error: unknown): void {
    this.#error = error;
    const wait = error instanceof Refused && error.refusal.code === 'too_many' ? error.refusal.wait_s : null;
    this.#until = wait === null ? 0 : clock.second + wait * SECOND;
  }

  clear(): void {
    this.#error = null;
    this.#until = 0;
  }

  get code(): ErrorCode | null {
    return this.#error instanceof Refused ? this.#error.refusal.code : null;
  }

  /** Seconds until it is worth asking again. */
  get left(): number {
    return Math.max(0, Math.ceil((this.#until - clock.second) / SECOND));
  }

  get words(): string | null {
    if (this.#error === null) return null;
    if (this.#until === 0) return accessWords(this.#error);
    return this.left === 0 ? m.access_again_now() : m.access_too_many({ seconds: this.left });
  }
}

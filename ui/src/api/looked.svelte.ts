import type { Stop } from '../platform';
import { onForget } from '../shared/drafts';

/** What is only seen in passing may be so old. */
const NOW_AND_THEN_MS = 60_000;

/** Something of the core that no feed tells of: it is looked at again and again. */
export class Looked<T> {
  now = $state.raw<T | null>(null);
  /** Why it could not be read last; what was read before stays. */
  failure = $state.raw<unknown>(null);

  /** Counts who was at work: an answer to the one before is not for the next. */
  #life = 0;
  /** Counts what was asked: an answer to an older question is not believed. */
  #turn = 0;
  #watched = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `again`: while somebody looks at it, when it is read next; null: not before something is done. */
  constructor(
    private readonly ask: () => Promise<T>,
    private readonly again: (now: T | null) => number | null,
  ) {
    onForget(() => {
      this.#life += 1;
      this.#turn += 1;
      this.now = null;
      this.failure = null;
      clearTimeout(this.#timer);
    });
  }

  /** Keeps it up to date for whoever sees it in passing. */
  start(): Stop {
    void this.read();
    const timer = setInterval(() => void this.read(), NOW_AND_THEN_MS);
    return () => clearInterval(timer);
  }

  /** Somebody looks at it. */
  watch(): Stop {
    this.#watched += 1;
    void this.read();
    return () => {
      this.#watched -= 1;
      this.#arm();
    };
  }

  async read(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const now = await this.ask();
      if (turn === this.#turn) this.#take(now);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.failure = error;
      this.#arm();
    }
  }

  /** Shows what a command that changes it answers; where it was read meanwhile, it is read once more. */
  async settled(ask: Promise<T>): Promise<void> {
    const [life, turn] = [this.#life, ++this.#turn];
    const now = await ask;
    if (life !== this.#life) return;
    if (turn === this.#turn) this.#take(now);
    else await this.read();
  }

  #take(now: T): void {
    this.now = now;
    this.failure = null;
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const wait = this.#watched === 0 ? null : this.again(this.now);
    if (wait !== null) this.#timer = setTimeout(() => void this.read(), wait);
  }
}

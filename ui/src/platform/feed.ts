import type { EventBatch } from '../api/types';
import { Backoff } from './backoff';
import type { FeedListener, Stop } from './index';
import { Silence } from './silence';

/** A way on which batches come, opened as often as it must be. */
export type Line = {
  /** Whatever was open is closed before. */
  open: (after: number) => void;
  close: () => void;
  /** Before it is opened again: whether there is anybody to open it. */
  ask?: () => Promise<'there' | 'away' | 'no_session'>;
};

/** Follows the core over whatever line: from where the page has come to, again after each break. */
export class Feed {
  #next: number;
  #open = false;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  readonly #backoff = new Backoff();
  readonly #silence = new Silence((since) => this.lost(since));

  constructor(
    after: number,
    private readonly on: FeedListener,
    private readonly line: Line,
  ) {
    this.#next = after;
  }

  start(): Stop {
    this.#begin();
    return () => this.#end();
  }

  /** A batch. Only this says that the core is there: a line can be open to one that hangs. */
  take(batch: EventBatch): void {
    this.#silence.hear();
    this.#backoff.reset();
    this.#next = batch.next;
    if (!this.#open) {
      this.#open = true;
      this.on.state('open');
    }
    this.on.batch(batch);
  }

  /** The line broke, or has been silent since then. */
  lost(since = Date.now()): void {
    this.#end();
    this.#open = false;
    this.on.state('lost', since);
    this.#wait(this.#backoff.wait());
  }

  /** Whoever waits to try again tries now. */
  hurry(): void {
    if (this.#retry !== undefined) this.#wait(0);
  }

  #begin(): void {
    this.line.open(this.#next);
    this.#silence.hear();
  }

  #end(): void {
    this.#attempt += 1;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#silence.stop();
    this.line.close();
  }

  #wait(ms: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#again(), ms);
  }

  async #again(): Promise<void> {
    const mine = ++this.#attempt;
    const answer = (await this.line.ask?.()) ?? 'there';
    if (mine !== this.#attempt) return;
    this.#retry = undefined;
    if (answer === 'there') this.#begin();
    else if (answer === 'away') this.#wait(this.#backoff.wait());
    else this.on.state('no_session');
  }
}

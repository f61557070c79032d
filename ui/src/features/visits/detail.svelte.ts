import { call } from '../../api/client';
import { live } from '../../api/live.svelte';
import type { FeedItem, VisitDetail } from '../../api/types';

/** Changes come in bursts; the whole is read once for each. */
const GATHER_MS = 120;

/** All of one visit, read again whenever something of it changes. */
export class Detail {
  whole = $state.raw<VisitDetail | null>(null);
  failure = $state.raw<unknown>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading = false;
  #again = false;
  #stopped = false;

  constructor(private readonly id: string) {}

  start(): () => void {
    void this.read();
    const stop = live.onItem((item) => {
      if (concerns(item, this.id)) this.#soon();
    });
    return () => {
      this.#stopped = true;
      clearTimeout(this.#timer);
      stop();
    };
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.read(), GATHER_MS);
  }

  async read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    try {
      const whole = await call('visit_detail', { id: this.id });
      if (this.#stopped) return;
      this.whole = whole;
      this.failure = null;
    } catch (error) {
      // What was read before stays; it is said that it is old by the line above the lists.
      this.failure = error;
    } finally {
      this.#reading = false;
      if (this.#again && !this.#stopped) {
        this.#again = false;
        this.#soon();
      }
    }
  }
}

function concerns(item: FeedItem, visit: string): boolean {
  if (item.kind === 'visit') return item.item.visit.id === visit;
  if (item.kind === 'passage' || item.kind === 'picture' || item.kind === 'incident') return item.item.visit === visit;
  return false;
}

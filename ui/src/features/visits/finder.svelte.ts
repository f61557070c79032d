import { call } from '../../api/client';
import type { VisitView } from '../../api/types';

/** Less than a pause in typing. */
const WAIT_MS = 120;
const SHORTEST = 2;
const AT_MOST = 30;

/** Visits of whoever's name is being typed. It only offers: when the core does not answer, nothing is said. */
export class Finder {
  found = $state.raw<readonly VisitView[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  type(text: string): void {
    clearTimeout(this.#timer);
    const wanted = text.trim();
    const mine = ++this.#asked;
    if (wanted.length < SHORTEST) {
      this.found = [];
      return;
    }
    this.#timer = setTimeout(() => void this.#look(wanted, mine), WAIT_MS);
  }

  async #look(text: string, mine: number): Promise<void> {
    try {
      const { visits } = await call('search', { text, limit: AT_MOST });
      if (mine === this.#asked) this.found = visits;
    } catch {
      if (mine === this.#asked) this.found = [];
    }
  }
}

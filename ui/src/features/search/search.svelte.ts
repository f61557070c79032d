import { call } from '../../api/client';
import type { VisitView } from '../../api/types';
import { onForget } from '../../shared/drafts';

/** Less than a person notices, more than the gap between two keys of a scanner. */
const WAIT_MS = 40;
const AT_MOST = 12;

type Ask = (text: string) => Promise<VisitView[]>;

const askCore: Ask = async (text) => (await call('search', { text, limit: AT_MOST })).visits;

/** What is typed into the one field and what was found for it. An answer to an older text is dropped. */
export class Search {
  text = $state('');
  found = $state.raw<VisitView[]>([]);
  /** The text that `found` answers. */
  answered = $state('');
  failure = $state.raw<unknown>(null);
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #whenAnswered: (() => void) | undefined;

  constructor(private readonly ask: Ask = askCore) {}

  /** Is what is shown the answer to what is typed? */
  get fresh(): boolean {
    return this.answered === this.text.trim();
  }

  type(text: string): void {
    this.text = text;
    this.#whenAnswered = undefined;
    clearTimeout(this.#timer);
    const wanted = text.trim();
    if (wanted === '') {
      this.clear();
      return;
    }
    this.#timer = setTimeout(() => void this.#look(wanted), WAIT_MS);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#whenAnswered = undefined;
    this.text = '';
    this.found = [];
    this.answered = '';
    this.failure = null;
  }

  /** Once the answer to what is typed now is there; never, when something else is typed first. */
  onceFresh(then: () => void): void {
    if (this.fresh) then();
    else this.#whenAnswered = then;
  }

  async #look(text: string): Promise<void> {
    const mine = ++this.#asked;
    try {
      const found = await this.ask(text);
      if (mine !== this.#asked) return;
      this.found = found;
      this.failure = null;
    } catch (error) {
      if (mine !== this.#asked) return;
      this.found = [];
      this.failure = error;
    }
    this.answered = text;
    const then = this.#whenAnswered;
    this.#whenAnswered = undefined;
    then?.();
  }
}

export const search = new Search();
onForget(() => search.clear());

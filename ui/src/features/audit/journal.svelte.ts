import { call } from '../../api/client';
import type { AuditEntry, AuditRequest } from '../../api/types';

/** Entries as they were read so far, newest first, a page at a time. */
export class Journal {
  entries = $state.raw<readonly AuditEntry[]>([]);
  busy = $state(true);
  failure = $state.raw<unknown>(null);
  /** There are no older ones. */
  whole = $state(false);
  /** Goes on when what is shown begins anew. */
  beginning = $state(0);

  #request: ((before: number | null) => AuditRequest) | null = null;
  /** What was asked before is not wanted any more. */
  #turn = 0;

  /** Begins with the newest of what is wanted. What is shown stays until that is there. */
  begin(request: (before: number | null) => AuditRequest): void {
    this.#request = request;
    void this.#read(null);
  }

  /** The next older ones, unless they are being read already. */
  more(): void {
    if (this.busy || this.whole || this.failure !== null) return;
    void this.#read(this.entries.at(-1)?.seq ?? null);
  }

  /** Once more, where it failed. */
  retry(): void {
    void this.#read(this.entries.at(-1)?.seq ?? null);
  }

  /** Whatever is under way is for nobody. */
  stop(): void {
    this.#turn += 1;
  }

  async #read(before: number | null): Promise<void> {
    if (this.#request === null) return;
    const mine = ++this.#turn;
    const request = this.#request(before);
    this.busy = true;
    this.failure = null;
    try {
      const page = await call('audit', request);
      if (mine !== this.#turn) return;
      if (before === null) this.beginning += 1;
      this.entries = before === null ? page : [...this.entries, ...page];
      this.whole = page.length < request.limit;
    } catch (error) {
      if (mine !== this.#turn) return;
      this.failure = error;
      // What was wanted before would be taken for what is wanted now.
      if (before === null) this.entries = [];
    }
    this.busy = false;
  }
}

// Whether anybody is there. A socket can be dead, or the core hang, without anything having been
// closed; then the page must not go on looking as if all were well.

/** The core sends a batch at least every 5 s, an empty one when nothing has happened. */
export const SILENT_MS = 12_000;
/** A timer that comes later than this says that the page itself was held back: it slept, or is hidden. */
const LATE_MS = 2000;
/** What came meanwhile may still wait to be handed over, and whoever lives speaks within this time. */
const GRACE_MS = 6000;

/** Judges by what has come. Its timer only looks; it is never the evidence. */
export class Silence {
  #heard = 0;
  #due = 0;
  #spared = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `tell`: nothing has come since then. Told once; `hear` begins anew. */
  constructor(private readonly tell: (since: number) => void) {}

  /** Something came, or is awaited from now on. */
  hear(): void {
    this.#heard = Date.now();
    this.#spared = false;
    if (this.#timer === undefined) this.#look(SILENT_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(after: number): void {
    this.#due = Date.now() + after;
    this.#timer = setTimeout(() => this.#judge(), after);
  }

  #judge(): void {
    this.#timer = undefined;
    const now = Date.now();
    // A clock that was set back must not make a silence of hours.
    this.#heard = Math.min(this.#heard, now);
    const left = this.#heard + SILENT_MS - now;
    if (left > 0) {
      this.#look(left);
    } else if (now - this.#due > LATE_MS && !this.#spared) {
      this.#spared = true;
      this.#look(GRACE_MS);
    } else {
      this.tell(this.#heard);
    }
  }
}

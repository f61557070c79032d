const FIRST_MS = 250;
const LONGEST_MS = 5000;

/** Waits that double, with jitter, so that many pages do not come back in the same moment. */
export class Backoff {
  #next = FIRST_MS;

  constructor(private readonly random: () => number = Math.random) {}

  wait(): number {
    const wait = this.#next * (0.5 + this.random() / 2);
    this.#next = Math.min(this.#next * 2, LONGEST_MS);
    return wait;
  }

  reset(): void {
    this.#next = FIRST_MS;
  }
}

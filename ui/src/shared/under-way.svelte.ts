/** Something that takes its time: its seconds are counted, and it need not be waited for. */
export class UnderWay<T> {
  result = $state.raw<T | null>(null);
  failure = $state.raw<unknown>(null);
  /** Seconds since it began; null: none is under way. */
  seconds = $state<number | null>(null);
  #timer: ReturnType<typeof setInterval> | undefined;
  #mine = 0;

  get running(): boolean {
    return this.seconds !== null;
  }

  async run(ask: () => Promise<T>): Promise<void> {
    const mine = ++this.#mine;
    this.result = null;
    this.failure = null;
    this.seconds = 0;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => (this.seconds = (this.seconds ?? 0) + 1), 1000);
    try {
      const result = await ask();
      if (mine === this.#mine) this.result = result;
    } catch (error) {
      if (mine === this.#mine) this.failure = error;
    } finally {
      if (mine === this.#mine) this.#end();
    }
  }

  /** The answer is ignored when it comes. */
  stop(): void {
    this.#mine += 1;
    this.#end();
  }

  forget(): void {
    this.stop();
    this.result = null;
    this.failure = null;
  }

  #end(): void {
    clearInterval(this.#timer);
    this.seconds = null;
  }
}

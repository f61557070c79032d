import type { DeviceReport } from '../../api/types';

/** A test under way: it takes up to 20 s, is counted, and need not be waited for. */
export class Trial {
  report = $state.raw<DeviceReport | null>(null);
  failure = $state.raw<unknown>(null);
  /** Seconds since it began; null: none is under way. */
  seconds = $state<number | null>(null);
  #timer: ReturnType<typeof setInterval> | undefined;
  #mine = 0;

  get running(): boolean {
    return this.seconds !== null;
  }

  async run(ask: () => Promise<DeviceReport>): Promise<void> {
    const mine = ++this.#mine;
    this.report = null;
    this.failure = null;
    this.seconds = 0;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => (this.seconds = (this.seconds ?? 0) + 1), 1000);
    try {
      const report = await ask();
      if (mine === this.#mine) this.report = report;
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
    this.report = null;
    this.failure = null;
  }

  #end(): void {
    clearInterval(this.#timer);
    this.seconds = null;
  }
}

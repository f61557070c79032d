import { live } from '../api/live.svelte';

/** What time it is, by the core's clock. Whoever reads `second` in a template is drawn each second. */
class Clock {
  second = $state(live.now());
  minute = $state(Math.floor(live.now() / 60_000) * 60_000);

  start(): () => void {
    const timer = setInterval(() => this.tick(), 1000);
    return () => clearInterval(timer);
  }

  tick(): void {
    this.second = live.now();
    this.minute = Math.floor(this.second / 60_000) * 60_000;
  }
}

export const clock = new Clock();

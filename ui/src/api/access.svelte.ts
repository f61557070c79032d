import { platform } from '../platform';
import type { Stop } from '../platform';
import { call, guard } from './client';
import type { Access as View, Permission } from './types';

const RETRY_MS = 2000;
/** The core is told of a hand on the desk at most so often. */
const TOUCH_MS = 30_000;
const LOOK_MS = 5_000;
/** No place of any journal: only what comes from now on. */
const FROM_NOW = Number.MAX_SAFE_INTEGER;

const HANDS = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;

/** Who sits before this page, as the core sees it. */
export class Access {
  now = $state.raw<View | null>(null);
  /** Why it cannot be told. */
  failure = $state.raw<unknown>(null);
  /** Incidents that came while the desk was locked. */
  alarms = $state(0);
  /** Hears of each of them. */
  onAlarm: () => void = () => undefined;

  #retry: ReturnType<typeof setTimeout> | undefined;
  #hand = Date.now();
  #told = 0;

  start(): Stop {
    guard({ turnedAway: () => void this.refresh() });
    const hand = (): void => this.#handed();
    for (const kind of HANDS) window.addEventListener(kind, hand, { passive: true, capture: true });
    const looking = setInterval(() => this.#look(), LOOK_MS);
    void this.refresh();
    return () => {
      clearTimeout(this.#retry);
      clearInterval(looking);
      for (const kind of HANDS) window.removeEventListener(kind, hand, { capture: true });
    };
  }

  async refresh(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      this.take(await platform.call('access', null));
    } catch (error) {
      this.failure = error;
      this.#retry = setTimeout(() => void this.refresh(), RETRY_MS);
    }
  }

  /** What a command that changes it has answered. */
  take(access: View): void {
    if (access.stage === 'signed_in' && this.now?.stage !== 'signed_in') {
      this.#hand = Date.now();
      this.#told = Date.now();
    }
    if (access.stage !== 'locked') this.alarms = 0;
    this.failure = null;
    this.now = access;
  }

  async lock(): Promise<void> {
    this.take(await call('lock'));
  }

  async signOut(): Promise<void> {
    this.take(await call('sign_out'));
  }

  /** Whether who is at work may; what they may not is not shown. The core decides all the same. */
  may(permission: Permission): boolean {
    return this.now?.me?.permissions.includes(permission) ?? false;
  }

  /** A locked desk hears that something is wrong, and of nobody. */
  listen(): Stop {
    return platform.events(FROM_NOW, {
      batch: (batch) => {
        const fresh = batch.behind ? 0 : batch.items.filter((item) => item.kind === 'incident').length;
        if (fresh === 0) return;
        this.alarms += fresh;
        this.onAlarm();
      },
      state: (state) => {
        if (state === 'no_session') void this.refresh();
      },
    });
  }

  #handed(): void {
    this.#hand = Date.now();
    if (this.now?.stage !== 'signed_in' || this.#hand - this.#told < TOUCH_MS) return;
    this.#told = this.#hand;
    // A locked desk, or a core that is away, is noticed elsewhere.
    call('touch').catch(() => undefined);
  }

  /** A machine that slept wakes to a locked desk: the clock has gone on. */
  #look(): void {
    if (this.now?.stage !== 'signed_in') return;
    if (Date.now() - this.#hand < this.now.lock_after_minutes * 60_000) return;
    this.lock().catch(() => undefined);
  }
}

export const access = new Access();
/** Whether who is at work may; see `Access.may`. */
export const may = (permission: Permission): boolean => access.may(permission);

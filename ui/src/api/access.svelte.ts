import { platform } from '../platform';
import type { Stop } from '../platform';
import { call, guard, isAway } from './client';
import type { Access as View, EventBatch, Permission, Severity } from './types';

const RETRY_MS = 2000;
/** The core is told of a hand on the desk at most so often. */
const TOUCH_MS = 30_000;
const LOOK_MS = 5_000;
/** No place of any journal: only what comes from now on. */
const FROM_NOW = Number.MAX_SAFE_INTEGER;

/** Where the pages of one seat tell each other of hands. */
const HANDS_CHANNEL = 'vakhta.hand';
/** A hand that goes on is told of at most so often: much less than any desk waits before it locks. */
const TELL_MS = 1000;

const HANDS = ['pointerdown', 'pointermove', 'keydown', 'wheel'] as const;

/** Who sits before this page, as the core sees it. */
export class Access {
  now = $state.raw<View | null>(null);
  /** Why it cannot be told. */
  failure = $state.raw<unknown>(null);
  /** Incidents that came while the desk was locked, and are not over: how bad, by which they are. */
  alarms = $state.raw<ReadonlyMap<string, Severity>>(new Map());
  /** Hears that there is one more of them. */
  onAlarm: () => void = () => undefined;

  #retry: ReturnType<typeof setTimeout> | undefined;
  #hand = Date.now();
  #told = 0;
  /** The last hand on another page of this seat: whoever works there sits here too. */
  #elsewhere = 0;
  #channel: BroadcastChannel | undefined;
  #spread = 0;
  /** Counts what was learned: an answer to an older question is not believed. */
  #turn = 0;
  /** The page is locked, and the core has not heard of it yet. */
  #unsaid = false;

  constructor(private readonly core: Pick<typeof platform, 'call' | 'events'> = platform) {}

  start(): Stop {
    guard({ turnedAway: () => void this.refresh() });
    const hand = (): void => this.#handed();
    const look = (): void => this.#look();
    for (const kind of HANDS) window.addEventListener(kind, hand, { passive: true, capture: true });
    document.addEventListener('visibilitychange', look);
    const looking = setInterval(look, LOOK_MS);
    const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(HANDS_CHANNEL);
    this.#channel = channel;
    const heard = ({ data }: MessageEvent<unknown>): void => {
      // A page that was asleep hears late: what counts is when it was.
      if (typeof data === 'number') this.#elsewhere = Math.max(this.#elsewhere, Math.min(data, Date.now()));
    };
    channel?.addEventListener('message', heard);
    void this.refresh();
    return () => {
      clearTimeout(this.#retry);
      channel?.removeEventListener('message', heard);
      channel?.close();
      this.#channel = undefined;
      clearInterval(looking);
      document.removeEventListener('visibilitychange', look);
      for (const kind of HANDS) window.removeEventListener(kind, hand, { capture: true });
    };
  }

  async refresh(): Promise<void> {
    clearTimeout(this.#retry);
    const turn = ++this.#turn;
    try {
      // A core that has not heard of a lock would say that somebody is at work.
      const access = await this.core.call(this.#unsaid ? 'lock' : 'access', null);
      if (turn === this.#turn) this.take(access);
    } catch (error) {
      if (turn !== this.#turn) return;
      if (this.#unsaid && isAway(error)) {
        // Where nobody is signed in any more there is nothing to lock.
        this.#unsaid = false;
        return this.refresh();
      }
      this.failure = error;
      this.#retry = setTimeout(() => void this.refresh(), RETRY_MS);
    }
  }

  /** What a command that changes it has answered. */
  take(access: View): void {
    clearTimeout(this.#retry);
    this.#turn += 1;
    this.#unsaid = false;
    if (access.stage === 'signed_in' && this.now?.stage !== 'signed_in') {
      this.#hand = Date.now();
      this.#told = Date.now();
    }
    if (access.stage !== 'locked') this.alarms = new Map();
    this.failure = null;
    this.now = access;
  }

  /** At once, whether the core can be asked or not: what is shown must go. */
  lock(): Promise<void> {
    if (this.now?.stage === 'signed_in') {
      this.#unsaid = true;
      this.now = { ...this.now, stage: 'locked', me: null };
    }
    return this.refresh();
  }

  async signOut(): Promise<void> {
    try {
      this.take(await this.core.call('sign_out', null));
    } catch (error) {
      // It is over already, and what is shown must go all the same.
      if (!isAway(error)) throw error;
      await this.refresh();
    }
  }

  /** Whether who is at work may; what they may not is not shown. The core decides all the same. */
  may(permission: Permission): boolean {
    return this.now?.me?.permissions.includes(permission) ?? false;
  }

  /** A locked desk hears that something is wrong, and of nobody. */
  listen(): Stop {
    return this.core.events(FROM_NOW, {
      batch: (batch) => {
        if (!batch.behind) this.#hear(batch);
      },
      state: (state) => {
        if (state === 'no_session') void this.refresh();
      },
    });
  }

  #hear(batch: EventBatch): void {
    const alarms = new Map(this.alarms);
    for (const { kind, item } of batch.items) {
      if (kind !== 'incident') continue;
      if (item.withdrawn !== null || item.status === 'resolved' || item.status === 'false_alarm') alarms.delete(item.id);
      else if (item.status === 'new' && !item.late) alarms.set(item.id, item.severity);
    }
    const more = [...alarms.keys()].some((id) => !this.alarms.has(id));
    this.alarms = alarms;
    if (more) this.onAlarm();
  }

  /** The first hand after a long rest locks: it may be anybody's, and no timer runs in a machine that sleeps. */
  #handed(): void {
    if (this.#lockIdle()) return;
    this.#hand = Date.now();
    this.#spreadHand();
    this.#touch();
  }

  #spreadHand(): void {
    if (this.now?.stage !== 'signed_in' || this.#hand - this.#spread < TELL_MS) return;
    this.#spread = this.#hand;
    this.#channel?.postMessage(this.#hand);
  }

  #look(): void {
    if (!this.#lockIdle()) this.#touch();
  }

  #lockIdle(): boolean {
    if (this.now?.stage !== 'signed_in') return false;
    if (Date.now() - Math.max(this.#hand, this.#elsewhere) < this.now.lock_after_minutes * 60_000) return false;
    void this.lock();
    return true;
  }

  /** Tells of the last hand: the core's clock of an idle desk must not run ahead of this one. */
  #touch(): void {
    if (this.now?.stage !== 'signed_in' || this.#hand <= this.#told || Date.now() - this.#told < TOUCH_MS) return;
    this.#told = Date.now();
    // A core that is away is noticed elsewhere.
    call('touch').catch(() => undefined);
  }
}

export const access = new Access();
/** Whether who is at work may; see `Access.may`. */
export const may = (permission: Permission): boolean => access.may(permission);

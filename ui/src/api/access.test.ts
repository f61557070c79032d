import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedListener, Platform } from '../platform';
import { Access } from './access.svelte';
import { call, guard } from './client';
import { NoSession, Refused, Unreachable } from './errors';
import type { Access as View, ErrorCode, IncidentView, Me, Stage } from './types';

const ask = vi.hoisted(() => vi.fn());
vi.mock('../platform', () => ({ platform: { call: ask, events: vi.fn() } }));

const MINUTE = 60_000;
const me = { id: 'u1', name: 'Ким Д.', permissions: ['see_visits'] } as unknown as Me;

const view = (stage: Stage, more: Partial<View> = {}): View => ({
  stage,
  me: stage === 'signed_in' ? me : null,
  people: [{ id: 'u1', name: 'Ким Д.', pin: true }],
  site: 'Site',
  language: 'ru',
  theme: 'system',
  lock_after_minutes: 3,
  now: new Date().toISOString(),
  ...more,
});

const refusal = (code: ErrorCode): Refused =>
  new Refused({ code, field: null, problem: null, wait_s: null, by: null, message: '' });

const ignore = (): void => undefined;

let access: Access;
let stop: () => void;
let stage: Stage;
let listener: FeedListener;

const commands = (): string[] => ask.mock.calls.map(([command]) => command as string);
const later = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const hand = (): void => void window.dispatchEvent(new Event('pointerdown'));

const incident = (id: string, more: Partial<IncidentView> = {}): IncidentView =>
  ({ id, severity: 'high', status: 'new', withdrawn: null, late: false, ...more }) as IncidentView;
/** The channel between the pages of a seat: what one says all others hear, at once. */
class Channel extends EventTarget {
  static all = new Set<Channel>();
  said: unknown[] = [];

  constructor(readonly name: string) {
    super();
    Channel.all.add(this);
  }
  postMessage(data: unknown): void {
    this.said.push(data);
    for (const other of Channel.all) {
      if (other !== this && other.name === this.name) other.dispatchEvent(new MessageEvent('message', { data }));
    }
  }
  close(): void {
    Channel.all.delete(this);
  }
}

const tell = (...items: IncidentView[]): void =>
  listener.batch({
    locked: false,
    behind: false,
    items: items.map((item, seq) => ({ seq, written: '', kind: 'incident' as const, item })),
    next: 9,
    devices: null,
    devices_version: 1,
  });

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal('BroadcastChannel', Channel);
  stage = 'signed_in';
  ask.mockReset();
  ask.mockImplementation((command: string) => {
    if (command === 'lock') stage = 'locked';
    if (command === 'sign_out') stage = 'sign_in';
    return Promise.resolve(view(stage));
  });
  const core = {
    call: ask,
    events: (_: number, on: FeedListener) => {
      listener = on;
      return () => undefined;
    },
  } as unknown as Platform;
  access = new Access(core);
  stop = access.start();
  await later();
});

afterEach(() => {
  stop();
  guard({ turnedAway: () => undefined, proveAnew: () => Promise.resolve(false) });
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('an idle desk', () => {
  it('locks after its minutes without a hand', async () => {
    await later(3 * MINUTE - 1000);
    expect(access.now?.stage).toBe('signed_in');
    await later(6000);
    expect(access.now?.stage).toBe('locked');
    expect(commands().filter((command) => command === 'lock')).toHaveLength(1);
  });

  it('stays open under a hand, of which the core hears seldom', async () => {
    for (let i = 0; i < 60; i += 1) {
      await later(5000);
      hand();
    }
    expect(access.now?.stage).toBe('signed_in');
    const touches = commands().filter((command) => command === 'touch').length;
    expect(touches).toBeGreaterThan(5);
    expect(touches).toBeLessThanOrEqual(10);
  });

  it('tells of the last hand, though no other follows', async () => {
    await later(31_000);
    hand();
    await later(1000);
    hand();
    await later(40_000);
    expect(commands().filter((command) => command === 'touch')).toHaveLength(2);
    await later(60_000);
    expect(commands().filter((command) => command === 'touch')).toHaveLength(2);
  });

  it('stays open while somebody works on another page of the same seat', async () => {
    const other = new Channel('vakhta.hand');
    for (let i = 0; i < 60; i += 1) {
      await later(5000);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target
      other.postMessage(Date.now());
    }
    expect(access.now?.stage).toBe('signed_in');
    // It is the other page that tells the core.
    expect(commands()).not.toContain('touch');
    await later(3 * MINUTE + 6000);
    expect(access.now?.stage).toBe('locked');
    other.close();
  });

  it('tells the other pages of its hands, seldom, and of none that locked it', async () => {
    const [mine] = [...Channel.all];
    for (let i = 0; i < 20; i += 1) {
      await later(100);
      hand();
    }
    expect(mine?.said.length).toBeGreaterThanOrEqual(2);
    expect(mine?.said.length).toBeLessThanOrEqual(3);
    const before = mine?.said.length;
    vi.setSystemTime(Date.now() + 20 * MINUTE);
    hand();
    expect(mine?.said).toHaveLength(before ?? 0);
    expect(access.now?.stage).toBe('locked');
  });

  it('does without the other pages where there is no way to them', async () => {
    vi.stubGlobal('BroadcastChannel', undefined);
    const alone = new Access({ call: ask, events: vi.fn() } as unknown as Platform);
    const end = alone.start();
    await later();
    hand();
    expect(alone.now?.stage).toBe('signed_in');
    end();
  });

  it('is locked by the first hand after a sleep, in which no timer ran', async () => {
    vi.setSystemTime(Date.now() + 20 * MINUTE);
    hand();
    expect(access.now?.stage).toBe('locked');
    await later();
    expect(commands()).toContain('lock');
    expect(commands()).not.toContain('touch');
  });
});

describe('a lock', () => {
  it('shuts the page at once, and tells a core that is away as soon as it is there', async () => {
    ask.mockRejectedValue(new Unreachable('away'));
    void access.lock();
    expect(access.now).toMatchObject({ stage: 'locked', me: null });
    expect(access.may('see_visits')).toBe(false);
    await later(10_000);
    expect(access.now?.stage).toBe('locked');
    ask.mockReset();
    ask.mockResolvedValue(view('locked'));
    await later(2000);
    expect(commands()).toEqual(['lock']);
  });

  it('of a session that is over gives way to signing in', async () => {
    ask.mockImplementation((command: string) =>
      command === 'lock' ? Promise.reject(new NoSession()) : Promise.resolve(view('sign_in')),
    );
    await access.lock();
    expect(access.now?.stage).toBe('sign_in');
  });

  it('is not undone by an answer that was under way', async () => {
    let answer: (view: View) => void = ignore;
    ask.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
    void access.refresh();
    await access.lock();
    answer(view('signed_in'));
    await later();
    expect(access.now?.stage).toBe('locked');
  });
});

describe('signing out', () => {
  it.each([refusal('sign_in'), new NoSession()])('of a session that is over gives way to signing in: %s', async (error) => {
    ask.mockImplementation((command: string) => (command === 'sign_out' ? Promise.reject(error) : Promise.resolve(view('sign_in'))));
    await access.signOut();
    expect(access.now?.stage).toBe('sign_in');
  });

  it('that the core has not heard of is told to who asked for it', async () => {
    ask.mockRejectedValue(new Unreachable('away'));
    await expect(access.signOut()).rejects.toBeInstanceOf(Unreachable);
    expect(access.now?.stage).toBe('signed_in');
  });
});

describe('a locked desk', () => {
  it('counts each incident once, and those no more that are over', async () => {
    const alarm = vi.fn();
    access.onAlarm = alarm;
    await access.lock();
    access.listen();
    tell(incident('a'));
    tell(incident('a'), incident('b', { severity: 'low' }));
    expect([...access.alarms]).toEqual([['a', 'high'], ['b', 'low']]);
    expect(alarm).toHaveBeenCalledTimes(2);
    tell(incident('a', { status: 'resolved' }), incident('b', { withdrawn: 'entry_read_later' }));
    expect(access.alarms.size).toBe(0);
    tell(incident('old', { late: true }));
    expect(access.alarms.size).toBe(0);
    expect(alarm).toHaveBeenCalledTimes(2);
  });

  it('forgets them once somebody is at work', async () => {
    await access.lock();
    access.listen();
    tell(incident('a'));
    access.take(view('signed_in'));
    expect(access.alarms.size).toBe(0);
  });
});

describe('a call', () => {
  it.each([refusal('sign_in'), refusal('locked'), new NoSession()])('asks who is there when it is turned away: %s', async (error) => {
    stage = 'locked';
    ask.mockRejectedValueOnce(error);
    await expect(call('device_list')).rejects.toBe(error);
    await later();
    expect(access.now?.stage).toBe('locked');
  });

  it('is repeated once after a fresh proof', async () => {
    ask.mockRejectedValueOnce(refusal('step_up')).mockResolvedValueOnce([]);
    const proveAnew = vi.fn(() => Promise.resolve(true));
    guard({ proveAnew });
    await expect(call('users')).resolves.toEqual([]);
    expect(proveAnew).toHaveBeenCalledOnce();
    ask.mockRejectedValueOnce(refusal('step_up')).mockRejectedValueOnce(refusal('step_up'));
    await expect(call('users')).rejects.toBeInstanceOf(Refused);
    expect(proveAnew).toHaveBeenCalledTimes(2);
  });

  it('is refused when no proof is given', async () => {
    ask.mockClear();
    ask.mockRejectedValueOnce(refusal('step_up'));
    await expect(call('users')).rejects.toMatchObject({ refusal: { code: 'step_up' } });
    expect(commands()).toEqual(['users']);
  });
});

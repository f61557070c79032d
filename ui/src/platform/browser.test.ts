import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NoSession, Refused, Unreachable } from '../api/errors';
import type { EventBatch } from '../api/types';
import { Backoff } from './backoff';
import { browser } from './browser';

class Socket extends EventTarget {
  static all: Socket[] = [];
  closed = false;

  constructor(readonly url: string) {
    super();
    Socket.all.push(this);
  }

  close(): void {
    this.closed = true;
  }

  tell(batch: Partial<EventBatch>): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(batch) }));
  }
}

const answer = vi.fn<typeof fetch>();
const json = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status });

beforeEach(() => {
  vi.useFakeTimers();
  Socket.all = [];
  vi.stubGlobal('WebSocket', Socket);
  vi.stubGlobal('fetch', answer);
  answer.mockReset();
  let tickets = 0;
  answer.mockImplementation((url) =>
    Promise.resolve(url === '/ticket' ? json(200, { ticket: `t${++tickets}` }) : json(200, { reply: 'status', value: {} })),
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A socket is opened by its ticket, which is asked for first. */
const ticketed = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

const last = (): Socket => {
  const socket = Socket.all.at(-1);
  if (socket === undefined) throw new Error('no socket was opened');
  return socket;
};

describe('a call', () => {
  it('sends the command and gives the value', async () => {
    answer.mockResolvedValue(json(200, { reply: 'search', value: { visits: [] } }));
    await expect(browser.call('search', { text: 'ив', limit: 5 })).resolves.toEqual({ visits: [] });
    const [url, init] = answer.mock.calls[0] ?? [];
    expect(url).toBe('/rpc');
    expect(JSON.parse(String(init?.body))).toEqual({ command: 'search', with: { text: 'ив', limit: 5 } });
  });

  it('throws what the core refuses', async () => {
    const refused = { code: 'taken', field: 'name', problem: null, message: 'taken' };
    answer.mockResolvedValue(json(422, { refused }));
    await expect(browser.call('device_list', null)).rejects.toMatchObject(new Refused(refused as never));
  });

  it('tells a lost session from a core that does not answer', async () => {
    answer.mockResolvedValueOnce(json(401, {}));
    await expect(browser.call('status', null)).rejects.toBeInstanceOf(NoSession);
    answer.mockRejectedValueOnce(new TypeError('failed to fetch'));
    await expect(browser.call('status', null)).rejects.toBeInstanceOf(Unreachable);
    answer.mockResolvedValueOnce(new Response('<html>', { status: 502 }));
    await expect(browser.call('status', null)).rejects.toBeInstanceOf(Unreachable);
  });
});

describe('the feed', () => {
  it('comes back to the place that it had come to', async () => {
    const batch = vi.fn();
    const state = vi.fn();
    const stop = browser.events(7, { batch, state });
    await ticketed();
    expect(last().url).toBe('/ws?after=7&ticket=t1');
    expect(answer.mock.calls[0]?.[0]).toBe('/ticket');
    expect(answer.mock.calls[0]?.[1]).toMatchObject({ method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } });
    last().dispatchEvent(new Event('open'));
    last().tell({ items: [], next: 12, devices_version: 3 });
    expect(batch).toHaveBeenCalledOnce();
    last().dispatchEvent(new Event('close'));
    expect(state.mock.calls.map(([name]) => name as string)).toEqual(['open', 'lost']);
    await vi.advanceTimersByTimeAsync(300);
    // Of the devices it is told anew: whatever it knew is of before the break.
    // Each ticket opens one socket.
    expect(last().url).toMatch(/^\/ws\?after=12&ticket=t[2-9]$/);
    stop();
    expect(last().closed).toBe(true);
  });

  it('stops when the session is gone', async () => {
    const state = vi.fn();
    browser.events(0, { batch: vi.fn(), state });
    await ticketed();
    answer.mockImplementation(() => Promise.resolve(json(401, {})));
    last().dispatchEvent(new Event('close'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state.mock.calls.map(([name]) => name as string)).toEqual(['lost', 'no_session']);
    expect(Socket.all).toHaveLength(1);
  });

  it('is lost, since the last word, when nothing comes any more, and comes back once something does', async () => {
    const state = vi.fn();
    const stop = browser.events(0, { batch: vi.fn(), state });
    await ticketed();
    const first = last();
    first.tell({ items: [], next: 4 });
    const heard = Date.now();
    await vi.advanceTimersByTimeAsync(11_900);
    expect(state.mock.calls).toEqual([['open']]);
    // The core hangs: even the ordinary request gets no answer for a while.
    const late = json(200, { ticket: 'late' });
    answer.mockImplementationOnce(() => new Promise((resolve) => setTimeout(() => resolve(late), 3000)));
    await vi.advanceTimersByTimeAsync(600);
    expect(first.closed).toBe(true);
    expect(state.mock.calls.slice(1)).toEqual([['lost', heard]]);
    expect(Socket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3000);
    expect(last().url).toMatch(/^\/ws\?after=4&ticket=/);
    // A socket that is open says nothing of who is behind it.
    last().dispatchEvent(new Event('open'));
    expect(state).toHaveBeenCalledTimes(2);
    last().tell({ items: [], next: 4 });
    expect(state).toHaveBeenLastCalledWith('open');
    // What the old one still says is not heard.
    first.tell({ items: [], next: 99 });
    stop();
    expect(last().closed).toBe(true);
  });

  it('does not come back once it was stopped', async () => {
    const stop = browser.events(0, { batch: vi.fn(), state: vi.fn() });
    await ticketed();
    last().dispatchEvent(new Event('close'));
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Socket.all).toHaveLength(1);
  });

  it('opens nothing when it was stopped while its ticket was under way', async () => {
    const stop = browser.events(0, { batch: vi.fn(), state: vi.fn() });
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Socket.all).toHaveLength(0);
  });
});

it('waits longer and longer, with jitter, and never more than five seconds', () => {
  const steady = new Backoff(() => 1);
  expect(Array.from({ length: 7 }, () => steady.wait())).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
  expect(new Backoff(() => 0).wait()).toBe(125);
});

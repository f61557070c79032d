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
  answer.mockImplementation(() => Promise.resolve(json(200, { reply: 'status', value: {} })));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

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
    expect(last().url).toBe('/ws?after=7');
    last().dispatchEvent(new Event('open'));
    last().tell({ items: [], next: 12, devices_version: 3 });
    expect(batch).toHaveBeenCalledOnce();
    last().dispatchEvent(new Event('close'));
    expect(state.mock.calls.flat()).toEqual(['open', 'lost']);
    await vi.advanceTimersByTimeAsync(300);
    expect(last().url).toBe('/ws?after=12&devices=3');
    stop();
    expect(last().closed).toBe(true);
  });

  it('stops when the session is gone', async () => {
    const state = vi.fn();
    browser.events(0, { batch: vi.fn(), state });
    answer.mockResolvedValue(json(401, {}));
    last().dispatchEvent(new Event('close'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state.mock.calls.flat()).toEqual(['lost', 'no_session']);
    expect(Socket.all).toHaveLength(1);
  });

  it('opens another socket in place of one that went silent', async () => {
    const state = vi.fn();
    const stop = browser.events(0, { batch: vi.fn(), state });
    const first = last();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(first.closed).toBe(true);
    expect(Socket.all).toHaveLength(2);
    expect(state).not.toHaveBeenCalledWith('lost');
    stop();
  });

  it('does not come back once it was stopped', async () => {
    const stop = browser.events(0, { batch: vi.fn(), state: vi.fn() });
    last().dispatchEvent(new Event('close'));
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(Socket.all).toHaveLength(1);
  });
});

it('waits longer and longer, with jitter, and never more than five seconds', () => {
  const steady = new Backoff(() => 1);
  expect(Array.from({ length: 7 }, () => steady.wait())).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
  expect(new Backoff(() => 0).wait()).toBe(125);
});

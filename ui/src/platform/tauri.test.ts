import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { EventBatch } from '../api/types';
import { tauri } from './tauri';

const shell = vi.hoisted(() => {
  class Channel {
    static all: Channel[] = [];
    constructor(readonly tell: (batch: unknown) => void) {
      Channel.all.push(this);
    }
  }
  return { invoke: vi.fn(), Channel };
});
vi.mock('@tauri-apps/api/core', () => ({ ...shell, convertFileSrc: String }));

const calls = (command: string): unknown[] => shell.invoke.mock.calls.filter(([name]) => name === command).map(([, with_]) => with_);
const tell = (batch: Partial<EventBatch>): void => shell.Channel.all.at(-1)?.tell(batch);

beforeEach(() => {
  vi.useFakeTimers();
  shell.Channel.all = [];
  shell.invoke.mockReset();
  let id = 0;
  shell.invoke.mockImplementation((command: string) => Promise.resolve(command === 'subscribe' ? ++id : null));
});
afterEach(() => vi.useRealTimers());

it('subscribes again when the core hangs, and is not open until something comes', async () => {
  const state = vi.fn();
  const batch = vi.fn();
  const stop = tauri.events(7, { batch, state });
  await vi.advanceTimersByTimeAsync(0);
  tell({ items: [], next: 9 });
  const heard = Date.now();
  await vi.advanceTimersByTimeAsync(12_000);
  expect(state.mock.calls).toEqual([['open'], ['lost', heard]]);
  expect(calls('unsubscribe')).toEqual([{ id: 1 }]);
  // The shell takes a subscription at once, whether there is a core or not.
  await vi.advanceTimersByTimeAsync(300);
  expect(calls('subscribe')).toEqual([expect.objectContaining({ after: 7 }), expect.objectContaining({ after: 9 })]);
  expect(state).toHaveBeenCalledTimes(2);
  // What the first one still tells is not heard.
  shell.Channel.all[0]?.tell({ items: [], next: 50 });
  expect(batch).toHaveBeenCalledOnce();
  tell({ items: [], next: 11 });
  expect(state).toHaveBeenLastCalledWith('open');
  stop();
  expect(calls('unsubscribe')).toEqual([{ id: 1 }, { id: 2 }]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls('subscribe')).toHaveLength(2);
});

it('says that it is lost when the shell refuses, and tries again', async () => {
  const state = vi.fn();
  shell.invoke.mockRejectedValueOnce(new Error('no'));
  const stop = tauri.events(7, { batch: vi.fn(), state });
  await vi.advanceTimersByTimeAsync(300);
  expect(state.mock.calls.map(([name]) => name as string)).toEqual(['lost']);
  expect(calls('subscribe')).toHaveLength(2);
  stop();
});

it('takes back a subscription that comes after it was stopped', async () => {
  const stop = tauri.events(7, { batch: vi.fn(), state: vi.fn() });
  stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(calls('unsubscribe')).toEqual([{ id: 1 }]);
});

it('takes the language that the shell takes, and only without its word that of the web view', () => {
  expect(tauri.languages()).toBe(navigator.languages);
  vi.stubGlobal('vakhtaLanguage', 'ru');
  expect(tauri.languages()).toEqual(['ru']);
  vi.unstubAllGlobals();
});

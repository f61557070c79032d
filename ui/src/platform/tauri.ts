import { Channel, convertFileSrc, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { isRefusal, Refused, Unreachable } from '../api/errors';
import type { EventBatch } from '../api/types';
import { Backoff } from './backoff';
import type { Command, FeedListener, Platform, Reply, Request, ShellInfo, Stop } from './index';
import { timeoutOf } from './timeouts';

async function call<K extends Command>(command: K, request: Request<K>): Promise<Reply<K>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unreachable(`${command}: no answer`)), timeoutOf(command));
  });
  try {
    return await Promise.race([invoke<Reply<K>>('rpc', { command, with: request }), late]);
  } catch (error) {
    if (error instanceof Unreachable) throw error;
    if (isRefusal(error)) throw new Refused(error);
    throw new Unreachable(String(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function events(after: number, on: FeedListener): Stop {
  const backoff = new Backoff();
  let next = after;
  let devices: number | null = null;
  let stopped = false;
  let subscription: number | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;

  async function subscribe(): Promise<void> {
    const channel = new Channel<EventBatch>((batch) => {
      if (stopped) return;
      backoff.reset();
      next = batch.next;
      devices = batch.devices_version;
      on.batch(batch);
    });
    try {
      const id = await invoke<number>('subscribe', { after: next, devices, channel });
      if (stopped) void invoke('unsubscribe', { id });
      else {
        subscription = id;
        on.state('open');
      }
    } catch {
      if (stopped) return;
      on.state('lost');
      retry = setTimeout(() => void subscribe(), backoff.wait());
    }
  }

  void subscribe();
  return () => {
    stopped = true;
    clearTimeout(retry);
    if (subscription !== undefined) void invoke('unsubscribe', { id: subscription });
  };
}

export const tauri: Platform = {
  kind: 'window',
  call,
  events,
  pictureUrl: (name) => convertFileSrc(name, 'picture'),
  shell: () => invoke<ShellInfo>('shell_info'),
  reopen: () => invoke('reopen'),
  setAutostart: (on) => invoke('set_autostart', { on }),
  focusRequests(go) {
    const listening = listen<string>('go', (event) => go(event.payload));
    return () => void listening.then((stop) => stop());
  },
};

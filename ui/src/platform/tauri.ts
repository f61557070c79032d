import { Channel, convertFileSrc, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { isRefusal, Refused, Unreachable } from '../api/errors';
import type { EventBatch } from '../api/types';
import { Feed } from './feed';
import type { Line } from './feed';
import type { BackupAtHand, Command, FeedListener, Platform, Reply, Request, ShellInfo, Stop } from './index';
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

/** A subscription at a time. */
class Subscription implements Line {
  #current = 0;
  #id: number | undefined;

  constructor(
    private readonly take: (batch: EventBatch) => void,
    private readonly lost: () => void,
  ) {}

  open(after: number): void {
    this.close();
    const mine = this.#current;
    const channel = new Channel<EventBatch>((batch) => {
      if (mine === this.#current) this.take(batch);
    });
    invoke<number>('subscribe', { after, devices: null, channel }).then(
      (id) => {
        if (mine === this.#current) this.#id = id;
        else void invoke('unsubscribe', { id });
      },
      () => {
        if (mine === this.#current) this.lost();
      },
    );
  }

  close(): void {
    this.#current += 1;
    if (this.#id !== undefined) void invoke('unsubscribe', { id: this.#id });
    this.#id = undefined;
  }
}

function events(after: number, on: FeedListener): Stop {
  const line = new Subscription(
    (batch) => feed.take(batch),
    () => feed.lost(),
  );
  const feed = new Feed(after, on, line);
  return feed.start();
}

/** Which language the shell takes for the system's: its notifications and this page say the same. */
const told = (): string | undefined => (globalThis as { vakhtaLanguage?: string }).vakhtaLanguage;

export const tauri: Platform = {
  kind: 'window',
  call,
  events,
  pictureUrl: (name) => convertFileSrc(name, 'picture'),
  languages: () => {
    const language = told();
    return language === undefined ? navigator.languages : [language];
  },
  shell: () => invoke<ShellInfo>('shell_info'),
  reopen: () => invoke('reopen'),
  backupsAtHand: () => invoke<BackupAtHand[]>('backups_at_hand'),
  async rescue({ desk, name }) {
    try {
      await invoke('rescue', { desk, name });
    } catch (error) {
      throw isRefusal(error) ? new Refused(error) : error;
    }
  },
  setAutostart: (on) => invoke('set_autostart', { on }),
  focusRequests(go) {
    const listening = listen<string>('go', (event) => go(event.payload));
    return () => void listening.then((stop) => stop());
  },
};

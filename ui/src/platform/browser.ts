import { isRefusal, NoSession, Refused, Unreachable } from '../api/errors';
import type { EventBatch } from '../api/types';
import { Backoff } from './backoff';
import type { Command, FeedListener, Platform, Reply, Request, Stop } from './index';
import { timeoutOf } from './timeouts';

// A socket can be dead without anybody having closed it (a laptop that slept). The core sends an
// empty batch well within this time; after it a new socket is opened in place of the silent one.
const SILENT_MS = 60_000;

async function call<K extends Command>(command: K, request: Request<K>): Promise<Reply<K>> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch('/rpc', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ command, with: request }),
      signal: AbortSignal.timeout(timeoutOf(command)),
      credentials: 'same-origin',
      cache: 'no-store',
    });
    if (response.status === 401) throw new NoSession();
    body = await response.json();
  } catch (error) {
    if (error instanceof NoSession) throw error;
    throw new Unreachable(String(error), { cause: error });
  }
  if (typeof body === 'object' && body !== null) {
    if ('refused' in body && isRefusal(body.refused)) throw new Refused(body.refused);
    if (response.ok && 'value' in body) return body.value as Reply<K>;
  }
  throw new Unreachable(`status ${response.status}`);
}

function events(after: number, on: FeedListener): Stop {
  const backoff = new Backoff();
  let next = after;
  let devices: number | null = null;
  let socket: WebSocket | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  function listen(): void {
    clearTimeout(silence);
    silence = setTimeout(open, SILENT_MS);
  }

  function drop(): void {
    clearTimeout(retry);
    clearTimeout(silence);
    const old = socket;
    socket = undefined;
    old?.close();
  }

  function open(): void {
    drop();
    const version = devices === null ? '' : `&devices=${devices}`;
    const mine = new WebSocket(`/ws?after=${next}${version}`);
    socket = mine;
    listen();
    mine.addEventListener('open', () => {
      if (mine === socket) on.state('open');
    });
    mine.addEventListener('message', (message) => {
      if (mine !== socket) return;
      const batch = JSON.parse(String(message.data)) as EventBatch;
      backoff.reset();
      listen();
      next = batch.next;
      devices = batch.devices_version;
      on.batch(batch);
    });
    mine.addEventListener('close', () => {
      if (mine !== socket) return;
      drop();
      on.state('lost');
      retry = setTimeout(() => void again(), backoff.wait());
    });
  }

  // A refused handshake tells a page nothing; an ordinary request tells whether the session is gone.
  async function again(): Promise<void> {
    try {
      await call('status', null);
    } catch (error) {
      if (error instanceof NoSession) {
        on.state('no_session');
        return;
      }
      if (error instanceof Unreachable) {
        if (retry !== undefined) retry = setTimeout(() => void again(), backoff.wait());
        return;
      }
    }
    if (retry !== undefined) open();
  }

  function wake(): void {
    if (document.visibilityState === 'visible' && socket === undefined && retry !== undefined) {
      clearTimeout(retry);
      retry = setTimeout(() => void again(), 0);
    }
  }

  document.addEventListener('visibilitychange', wake);
  window.addEventListener('online', wake);
  open();
  return () => {
    document.removeEventListener('visibilitychange', wake);
    window.removeEventListener('online', wake);
    drop();
    retry = undefined;
  };
}

export const browser: Platform = {
  kind: 'browser',
  call,
  events,
  pictureUrl: (name) => `/picture/${encodeURIComponent(name)}`,
  shell: () => Promise.resolve({ tray: false, autostart: null }),
  reopen: () => Promise.resolve(),
  setAutostart: () => Promise.reject(new Error('a browser does not start with the system')),
  focusRequests: () => () => undefined,
};

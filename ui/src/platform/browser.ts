import { isRefusal, NoSession, Refused, Unreachable } from '../api/errors';
import type { EventBatch } from '../api/types';
import { Feed } from './feed';
import type { Line } from './feed';
import type { Command, FeedListener, Platform, Reply, Request, Stop } from './index';
import { timeoutOf } from './timeouts';

const TICKET_MS = 10_000;
/** As sockets call it. */
const CONNECTING = 0;

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

/** Opens one socket, once. A socket's address may be seen by others: no session stands in it. */
async function ticket(): Promise<string> {
  let response: Response;
  try {
    response = await fetch('/ticket', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(TICKET_MS),
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch (error) {
    throw new Unreachable(String(error), { cause: error });
  }
  if (response.status === 401) throw new NoSession();
  if (!response.ok) throw new Unreachable(`status ${response.status}`);
  const body = (await response.json()) as { ticket: string };
  return body.ticket;
}

/** A socket at a time. */
class SocketLine implements Line {
  #socket: WebSocket | undefined;
  /** What is under way for an earlier opening must not open anything. */
  #turn = 0;

  constructor(
    private readonly take: (batch: EventBatch) => void,
    private readonly lost: () => void,
  ) {}

  open(after: number): void {
    this.close();
    const mine = ++this.#turn;
    ticket().then(
      (opens) => {
        if (mine === this.#turn) this.#listen(after, opens);
      },
      () => {
        if (mine === this.#turn) this.lost();
      },
    );
  }

  #listen(after: number, opens: string): void {
    const mine = new WebSocket(`/ws?after=${after}&ticket=${opens}`);
    this.#socket = mine;
    mine.addEventListener('message', (message) => {
      if (mine === this.#socket) this.take(JSON.parse(String(message.data)) as EventBatch);
    });
    mine.addEventListener('close', () => {
      if (mine === this.#socket) this.lost();
    });
  }

  close(): void {
    this.#turn += 1;
    const old = this.#socket;
    this.#socket = undefined;
    if (old?.readyState === CONNECTING) {
      // A browser complains of a socket that is closed before it was open.
      old.addEventListener('open', () => old.close());
    } else old?.close();
  }

  // A refused handshake tells a page nothing; an ordinary request tells whether the session is gone.
  async ask(): Promise<'there' | 'away' | 'no_session'> {
    try {
      await ticket();
    } catch (error) {
      if (error instanceof NoSession) return 'no_session';
      if (error instanceof Unreachable) return 'away';
    }
    return 'there';
  }
}

function events(after: number, on: FeedListener): Stop {
  const line = new SocketLine(
    (batch) => feed.take(batch),
    () => feed.lost(),
  );
  const feed = new Feed(after, on, line);
  const wake = (): void => {
    if (document.visibilityState === 'visible') feed.hurry();
  };
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('online', wake);
  const stop = feed.start();
  return () => {
    document.removeEventListener('visibilitychange', wake);
    window.removeEventListener('online', wake);
    stop();
  };
}

export const browser: Platform = {
  kind: 'browser',
  call,
  events,
  pictureUrl: (name) => `/picture/${encodeURIComponent(name)}`,
  languages: () => navigator.languages,
  shell: () => Promise.resolve({ tray: false, autostart: null }),
  reopen: () => Promise.resolve(),
  backupsAtHand: () => Promise.resolve([]),
  rescue: () => Promise.reject(new Error('a browser has no data folder')),
  setAutostart: () => Promise.reject(new Error('a browser does not start with the system')),
  focusRequests: () => () => undefined,
};

// The only folder that knows where the page runs: in the window of the application or in a browser.
import type { Commands, EventBatch } from '../api/types';
import { browser } from './browser';
import { tauri } from './tauri';

export type Command = keyof Commands;
export type Request<K extends Command> = Commands[K]['request'];
export type Reply<K extends Command> = Commands[K]['reply'];

export type FeedState = 'open' | 'lost' | 'no_session';

export type FeedListener = {
  batch: (batch: EventBatch) => void;
  /** `since`: the last word of a core that was lost. */
  state: (state: FeedState, since?: number) => void;
};

export type Stop = () => void;

export type Platform = {
  kind: 'window' | 'browser';
  /** Throws `Refused`, `Unreachable` or `NoSession`. */
  call: <K extends Command>(command: K, request: Request<K>) => Promise<Reply<K>>;
  /** Everything after a place in the journal; opens itself again after each break. */
  events: (after: number, on: FeedListener) => Stop;
  pictureUrl: (name: string) => string;
  /** The languages that the person wishes of the system, the dearest first. */
  languages: () => readonly string[];
  /** What the shell around the page can do. A browser can do none of it. */
  shell: () => Promise<ShellInfo>;
  /** Tries once more to open a data folder that could not be opened. */
  reopen: () => Promise<void>;
  /** The backups in a data folder whose database cannot be opened, newest first. Only a window can reach them. */
  backupsAtHand: () => Promise<BackupAtHand[]>;
  /** Puts one of them in the place of the database, and opens it. Throws `Refused`. */
  rescue: (backup: BackupAtHand) => Promise<void>;
  setAutostart: (on: boolean) => Promise<void>;
  /** A notification was clicked: the address to go to, such as `#/desk?visit=…`. */
  focusRequests: (go: (address: string) => void) => Stop;
};

export type BackupAtHand = { desk: string; name: string; taken: string; size: number };

export type ShellInfo = {
  tray: boolean;
  /** null: cannot be started with the system from here. */
  autostart: boolean | null;
};

export const platform: Platform = '__TAURI_INTERNALS__' in globalThis ? tauri : browser;

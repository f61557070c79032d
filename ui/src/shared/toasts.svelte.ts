import { errorWords } from './words/refusal';
import type { Tone } from './words/tone';

export type Toast = {
  id: number;
  tone: Tone;
  words: string;
  action: { words: string; run: () => void } | undefined;
};

const SHORT_MS = 5000;
/** What can be undone, and what went wrong, stays long enough to be read and acted upon. */
const LONG_MS = 10_000;
const AT_MOST = 4;

class Toasts {
  all = $state.raw<readonly Toast[]>([]);
  #last = 0;

  say(words: string, options: { tone?: Tone; action?: Toast['action'] } = {}): void {
    const toast: Toast = { id: ++this.#last, tone: options.tone ?? 'plain', words, action: options.action };
    this.all = [...this.all, toast].slice(-AT_MOST);
    const long = toast.action !== undefined || toast.tone === 'danger';
    setTimeout(() => this.drop(toast.id), long ? LONG_MS : SHORT_MS);
  }

  /** Whatever `call` threw, said in words. */
  sayError(error: unknown, action?: Toast['action']): void {
    this.say(errorWords(error), { tone: 'danger', ...(action === undefined ? {} : { action }) });
  }

  drop(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();

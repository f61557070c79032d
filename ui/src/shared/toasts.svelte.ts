import { errorWords } from './words/refusal';
import type { Tone } from './words/tone';

export type Toast = {
  id: number;
  tone: Tone;
  words: string;
  action: { words: string; run: () => void } | undefined;
  /** What it is about: a newer one about the same takes its place. */
  about: string | undefined;
};

const SHORT_MS = 5000;
/** What can be undone, and what went wrong, stays long enough to be read and acted upon. */
const LONG_MS = 10_000;
const AT_MOST = 4;

class Toasts {
  all = $state.raw<readonly Toast[]>([]);
  #last = 0;

  say(words: string, options: { tone?: Tone; action?: Toast['action']; about?: string } = {}): void {
    const { tone = 'plain', action, about } = options;
    const toast: Toast = { id: ++this.#last, tone, words, action, about };
    const others = this.all.filter((other) => about === undefined || other.about !== about);
    this.all = [...others, toast].slice(-AT_MOST);
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

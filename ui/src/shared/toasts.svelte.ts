import { access } from '../api/access.svelte';
import { NoSession, Refused } from '../api/errors';
import type { Stage } from '../api/types';
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
const AT_MOST = 8;
/** The rest is a number: messages must not lie over what is being worked with. */
const SHOWN = 2;
const SHOWN_NARROW = 1;
const NARROW = '(max-width: 640px)';

/** The newest, but what went wrong is not pushed away by what went well. */
function chosen(all: readonly Toast[]): readonly Toast[] {
  const room = window.matchMedia(NARROW).matches ? SHOWN_NARROW : SHOWN;
  const wrong = all.findLast((toast) => toast.tone === 'danger');
  const others = all.filter((toast) => toast !== wrong).toReversed();
  const first = new Set((wrong === undefined ? others : [wrong, ...others]).slice(0, room));
  return all.filter((toast) => first.has(toast));
}

/** Nobody is at work: an answer that comes late must name nobody, neither here nor to who comes next. */
const NOBODY: ReadonlySet<Stage | undefined> = new Set(['locked', 'sign_in', 'not_let_in']);

/** Who declines to prove that it is them knows that they did; who is turned away sees another screen. */
const isSaidElsewhere = (error: unknown): boolean =>
  error instanceof NoSession || (error instanceof Refused && ['step_up', 'locked', 'sign_in'].includes(error.refusal.code));

class Toasts {
  all = $state.raw<readonly Toast[]>([]);
  /** What of them is seen. */
  shown = $state.raw<readonly Toast[]>([]);
  #last = 0;
  #everything = false;
  #held = false;
  #touched = -Infinity;

  say(words: string, options: { tone?: Tone; action?: Toast['action']; about?: string } = {}): void {
    if (NOBODY.has(access.now?.stage)) return;
    const { tone = 'plain', action, about } = options;
    const toast: Toast = { id: ++this.#last, tone, words, action, about };
    const others = this.all.filter((other) => about === undefined || other.about !== about);
    this.all = [...others, toast].slice(-AT_MOST);
    this.#arrange();
    const long = toast.action !== undefined || toast.tone === 'danger';
    this.#expire(toast.id, long ? LONG_MS : SHORT_MS);
  }

  /** Whatever `call` threw, said in words. */
  sayError(error: unknown, action?: Toast['action']): void {
    if (isSaidElsewhere(error)) return;
    this.say(errorWords(error), { tone: 'danger', ...(action === undefined ? {} : { action }) });
  }

  drop(id: number): void {
    this.all = this.all.filter((toast) => toast.id !== id);
    this.#arrange();
  }

  dropAll(): void {
    this.all = [];
    this.#arrange();
  }

  showAll(): void {
    this.#everything = true;
    this.#arrange();
  }

  /** The focus is among them: none of them goes, and none comes between. */
  hold(held: boolean): void {
    if (this.#held === held) return;
    this.#held = held;
    if (!held) this.#arrange();
  }

  /** The pointer moves over them: a button must not become another one under it. */
  touch(): void {
    this.#touched = Date.now();
  }

  get #inUse(): boolean {
    return this.#held || Date.now() - this.#touched < SHORT_MS;
  }

  #expire(id: number, after: number): void {
    setTimeout(() => {
      const toast = this.all.find((each) => each.id === id);
      if (toast === undefined) return;
      // Beneath a dialog no button can be pressed: what can be undone waits for its end.
      const beneath = toast.action !== undefined && document.querySelector('dialog[open]') !== null;
      if (this.#inUse || beneath) this.#expire(id, SHORT_MS);
      else this.drop(id);
    }, after);
  }

  #arrange(): void {
    if (this.all.length === 0) {
      this.#everything = false;
      this.#touched = -Infinity;
    }
    const staying = this.shown.filter((toast) => this.all.includes(toast));
    if (this.#everything) this.shown = this.all;
    else this.shown = this.#inUse && staying.length > 0 ? staying : chosen(this.all);
  }
}

export const toasts = new Toasts();

// A USB scanner is a very fast keyboard. It is told from a person by its timing, and read by the
// PHYSICAL keys, because it types as on an American keyboard whatever layout the operator has.
import { typing } from './typing';
import { characterOf } from './us-layout';

/** No person types four characters in a row this fast. */
const GAP_MS = 35;
const SHORTEST = 4;

export type ScanTaker = (text: string) => boolean | void;

type Field = HTMLInputElement | HTMLTextAreaElement;
type Kept = { field: Field; value: string; start: number | null; end: number | null };

export class Scanner {
  #text = '';
  #last = -Infinity;
  #kept: Kept | null = null;
  readonly #takers: ScanTaker[] = [];

  /** `now` as of `event.timeStamp`: the time of the key, not of a busy page that comes to it late. */
  constructor(private readonly now: (event: KeyboardEvent) => number = (event) => event.timeStamp) {}

  /** The last one to ask is asked first; one that gives `true` has taken the scan. */
  take(taker: ScanTaker): () => void {
    this.#takers.push(taker);
    return () => {
      const at = this.#takers.lastIndexOf(taker);
      if (at >= 0) this.#takers.splice(at, 1);
    };
  }

  start(): () => void {
    const listen = (event: KeyboardEvent): void => this.press(event);
    // Before anything else sees the key, so that a scan's Enter sends no form.
    window.addEventListener('keydown', listen, { capture: true });
    return () => window.removeEventListener('keydown', listen, { capture: true });
  }

  press(event: KeyboardEvent): void {
    if (isModifier(event.code)) return;
    if (isSecret(event.target)) {
      this.#forget();
      return;
    }
    const now = this.now(event);
    const fast = now - this.#last <= GAP_MS;
    this.#last = now;
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) {
      this.#forget();
      return;
    }
    if (event.code === 'Enter' || event.code === 'NumpadEnter') {
      const text = this.#text;
      if (fast && text.length >= SHORTEST) {
        event.preventDefault();
        event.stopImmediatePropagation();
        this.#putBack();
        this.#hand(text);
      }
      this.#forget();
      return;
    }
    const character = characterOf(event.code, event.shiftKey);
    if (character === null) {
      this.#forget();
      return;
    }
    if (!fast || this.#text === '') {
      this.#forget();
      this.#kept = keep(event.target);
    }
    this.#text += character;
    // Nor is a focused button pressed by a space within a scan.
    if (this.#text.length > 1 && !typing(event.target)) event.preventDefault();
  }

  #forget(): void {
    this.#text = '';
    this.#kept = null;
  }

  /** A half-typed form stays as it was before the scanner typed into it. */
  #putBack(): void {
    if (this.#kept === null) return;
    const { field, value, start, end } = this.#kept;
    if (field.value === value) return;
    field.value = value;
    if (start !== null) field.setSelectionRange(start, end);
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }

  #hand(text: string): void {
    for (const taker of this.#takers.toReversed()) if (taker(text) === true) return;
  }
}

const isModifier = (code: string): boolean => /^(Shift|Control|Alt|Meta|CapsLock|NumLock)/.test(code);

/** A password manager types as fast as a scanner, and what it types is for nobody's eyes. */
const isSecret = (target: EventTarget | null): boolean =>
  target instanceof HTMLInputElement && (target.type === 'password' || target.dataset['secret'] !== undefined);

function keep(target: EventTarget | null): Kept | null {
  if (!(target instanceof HTMLInputElement) && !(target instanceof HTMLTextAreaElement)) return null;
  let start: number | null = null;
  let end: number | null = null;
  try {
    start = target.selectionStart;
    end = target.selectionEnd;
  } catch {
    // A date or number field has no caret to speak of.
  }
  return { field: target, value: target.value, start, end };
}

export const scanner = new Scanner();

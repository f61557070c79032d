// Shortcuts by PHYSICAL key (event.code): the operator's layout is Russian, English or Kazakh, and
// the key in the same place must do the same. F1 lists what is registered here.
import { untrack } from 'svelte';
import { live } from '../api/live.svelte';
import { typing } from './typing';

/** `always`: over a dialog too. `everywhere`: on every screen, while no dialog is open. */
export type Scope = 'always' | 'everywhere' | 'desk' | 'devices' | 'people' | 'settings' | 'dialog';

export type Shortcut = {
  /** As event.code: 'F2', 'KeyK', 'ArrowDown'. */
  code: string;
  ctrl?: boolean;
  shift?: boolean;
  alt?: boolean;
  /** What it does, for the list. */
  words: () => string;
  /** false: not mine after all; the key goes on to whoever else wants it. */
  run: (event: KeyboardEvent) => void | false;
};

type Bound = Shortcut & { scope: Scope };

/** A scanner types its next character sooner than this; a letter key waits for so long. */
const LETTER_WAIT_MS = 45;

class Keys {
  bound = $state.raw<readonly Bound[]>([]);
  #letter: ReturnType<typeof setTimeout> | undefined;

  /** Adds shortcuts; gives what takes them away again, so that it can be an effect's answer. */
  bind(scope: Scope, shortcuts: readonly Shortcut[]): () => void {
    const mine = shortcuts.map((shortcut) => ({ ...shortcut, scope }));
    // Bound within effects, which must not run again because of it.
    this.bound = [...untrack(() => this.bound), ...mine];
    return () => {
      this.bound = untrack(() => this.bound).filter((each) => !mine.includes(each));
    };
  }

  start(): () => void {
    const listen = (event: KeyboardEvent): void => this.press(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }

  press(event: KeyboardEvent): void {
    clearTimeout(this.#letter);
    if (event.defaultPrevented || event.isComposing) return;
    const inDialog = document.querySelector('dialog[open]') !== null;
    // The latest bound is the nearest to the user, and comes first.
    for (const shortcut of this.bound.toReversed()) {
      if (!matches(shortcut, event)) continue;
      if (shortcut.scope !== 'always' && inDialog !== (shortcut.scope === 'dialog')) continue;
      if (isLetter(shortcut)) {
        if (typing(event.target) || event.repeat || live.settings?.desk.letter_keys === false) continue;
        event.preventDefault();
        this.#letter = setTimeout(() => shortcut.run(event), LETTER_WAIT_MS);
        return;
      }
      // A caret moves and Enter ends a line where text is typed; the field itself binds what it wants.
      if (plain(shortcut) && typing(event.target) && !/^F\d/.test(shortcut.code)) continue;
      if (shortcut.run(event) === false) continue;
      event.preventDefault();
      return;
    }
  }
}

const plain = (shortcut: Shortcut): boolean => !shortcut.ctrl && !shortcut.alt;

/** A single character without Ctrl or Alt: it can be turned off in the settings. */
export function isLetter(shortcut: Shortcut): boolean {
  return plain(shortcut) && /^(Key|Digit)|^(Slash|Period|Comma|Minus|Equal)$/.test(shortcut.code);
}

function matches(shortcut: Shortcut, event: KeyboardEvent): boolean {
  return (
    event.code === shortcut.code &&
    (event.ctrlKey || event.metaKey) === (shortcut.ctrl ?? false) &&
    event.altKey === (shortcut.alt ?? false) &&
    event.shiftKey === (shortcut.shift ?? false)
  );
}

const NAMES: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  Slash: '/',
  Period: '.',
  Comma: ',',
  Delete: 'Del',
  Space: '␣',
};

/** How a shortcut is written on its cap: Ctrl K. */
export function capsOf(shortcut: Pick<Shortcut, 'code' | 'ctrl' | 'shift' | 'alt'>): string[] {
  const caps: string[] = [];
  if (shortcut.ctrl) caps.push('Ctrl');
  if (shortcut.alt) caps.push('Alt');
  if (shortcut.shift) caps.push('Shift');
  caps.push(NAMES[shortcut.code] ?? shortcut.code.replace(/^(Key|Digit)/, ''));
  return caps;
}

export const keys = new Keys();

// What F1 lists: each action once, with all its keys. Pure.
import { capsOf, isLetter } from '../../shared/keys.svelte';
import type { Shortcut } from '../../shared/keys.svelte';

/** One way to press it; `off`: letters were turned off. */
export type Way = { caps: string[]; off: boolean };
export type Entry = { words: string; ways: Way[] };

/** In the order in which they were bound; the same words are the same action. */
export function entries(bound: readonly Shortcut[], lettersOff: boolean): Entry[] {
  const found = new Map<string, Map<string, Way>>();
  for (const shortcut of bound) {
    const words = shortcut.words();
    const ways = found.get(words) ?? new Map<string, Way>();
    const caps = capsOf(shortcut);
    ways.set(caps.join(' '), { caps, off: lettersOff && isLetter(shortcut) });
    found.set(words, ways);
  }
  return [...found].map(([words, ways]) => ({ words, ways: [...ways.values()] }));
}

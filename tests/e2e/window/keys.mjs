// Keys as they come from a keyboard: from the X server, by their place, through the layout that the
// desk has, into whatever window has the focus.

import { execFileSync } from 'node:child_process';
import { PAUSE_MS, PLACES } from '../keys.mjs';

/** Where the rows of keys begin in the numbers of X. */
const ROWS = [
  [10, ['Digit1', 'Digit2', 'Digit3', 'Digit4', 'Digit5', 'Digit6', 'Digit7', 'Digit8', 'Digit9', 'Digit0', 'Minus']],
  [24, [...'QWERTYUIOP'].map((letter) => `Key${letter}`)],
  [34, ['BracketLeft', 'BracketRight']],
  [38, [...'ASDFGHJKL'].map((letter) => `Key${letter}`)],
  [47, ['Semicolon', 'Quote']],
  [52, [...'ZXCVBNM'].map((letter) => `Key${letter}`)],
  [59, ['Comma', 'Period', 'Slash']],
  [67, ['F1', 'F2', 'F3', 'F4', 'F5', 'F6', 'F7', 'F8', 'F9', 'F10']],
];
const NUMBERS = new Map(ROWS.flatMap(([first, codes]) => codes.map((code, at) => [code, first + at])));
/** Keys that every layout has, by the names of X. */
const NAMES = { Escape: 'Escape', Tab: 'Tab', Enter: 'Return', Space: 'space', ArrowUp: 'Up', ArrowLeft: 'Left', ArrowRight: 'Right', ArrowDown: 'Down', Delete: 'Delete' };

/** A key with what is held, by its place: `KeyZ`, `ctrl+KeyZ`. */
function chord(each) {
  const parts = each.split('+');
  const code = parts.pop();
  const key = NUMBERS.get(code) ?? NAMES[code];
  if (key === undefined) throw new Error(`no such key: ${code}`);
  return [...parts, key].join('+');
}

/** The key that bears a character on an American keyboard. */
function place(character) {
  const [code, shift] = PLACES.get(character);
  return chord(shift ? `shift+${code}` : code);
}

function send(pause, keys) {
  execFileSync('xdotool', ['key', '--delay', String(pause), ...keys], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The layout of the desk: `us`, `ru`. */
export function layout(name) {
  execFileSync('setxkbmap', [name]);
}

/** Keys one after another, with pauses as people have. */
export const press = (...keys) => send(PAUSE_MS, keys.map(chord));

/** What lies on the keys that bear this on an American keyboard, as a person types. */
export const type = (text) => send(PAUSE_MS, [...text].map(place));

/** A scanner: without pauses, which would be as long as a busy machine makes them, and Enter. */
export const scan = (text) => send(0, [...[...text].map(place), chord('Enter')]);

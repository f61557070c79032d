import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { live } from '../api/live.svelte';
import type { Settings } from '../api/types';
import { capsOf, keys } from './keys.svelte';
import type { Scope, Shortcut } from './keys.svelte';

let stops: (() => void)[] = [];

function bind(scope: Scope, shortcut: Omit<Shortcut, 'words' | 'run'>): ReturnType<typeof vi.fn<() => void>> {
  const run = vi.fn<() => void>();
  stops.push(keys.bind(scope, [{ ...shortcut, words: () => '', run }]));
  return run;
}

function press(code: string, more: KeyboardEventInit = {}, target: Element = document.body): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { code, key: 'л', bubbles: true, cancelable: true, ...more });
  Object.defineProperty(event, 'target', { value: target });
  keys.press(event);
  return event;
}

beforeEach(() => {
  vi.useFakeTimers();
  document.body.innerHTML = '<input id="text"><input id="box" type="checkbox">';
});
afterEach(() => {
  for (const stop of stops) stop();
  stops = [];
  live.settings = null;
  vi.useRealTimers();
});

const field = (): Element => document.querySelector('#text') ?? document.body;

describe('a shortcut', () => {
  it('is the physical key, in whatever layout', () => {
    const run = bind('everywhere', { code: 'KeyK', ctrl: true });
    expect(press('KeyK', { ctrlKey: true, key: 'л' }).defaultPrevented).toBe(true);
    expect(run).toHaveBeenCalledOnce();
  });

  it('acts only with its own modifiers', () => {
    const run = bind('everywhere', { code: 'KeyK', ctrl: true });
    press('KeyK', { ctrlKey: true, shiftKey: true });
    press('KeyK', { ctrlKey: true, altKey: true });
    expect(run).not.toHaveBeenCalled();
  });

  it('that was bound last comes first, and is gone when it was taken away', () => {
    const under = bind('everywhere', { code: 'F2' });
    const over = bind('desk', { code: 'F2' });
    press('F2');
    expect(over).toHaveBeenCalledOnce();
    expect(under).not.toHaveBeenCalled();
    stops.pop()?.();
    press('F2');
    expect(under).toHaveBeenCalledOnce();
  });

  it('works from a field when it is F2, and leaves the arrows to the field', () => {
    const f2 = bind('everywhere', { code: 'F2' });
    const down = bind('desk', { code: 'ArrowDown' });
    press('F2', {}, field());
    press('ArrowDown', {}, field());
    expect(f2).toHaveBeenCalledOnce();
    expect(down).not.toHaveBeenCalled();
  });

  it('does not act beneath a dialog', () => {
    const desk = bind('desk', { code: 'F4' });
    const dialog = bind('dialog', { code: 'F1' });
    document.body.innerHTML += '<dialog open></dialog>';
    press('F4');
    press('F1');
    expect(desk).not.toHaveBeenCalled();
    expect(dialog).toHaveBeenCalledOnce();
  });

  it('that is for always acts over a dialog too', () => {
    const lock = bind('always', { code: 'KeyL', ctrl: true, shift: true });
    press('KeyL', { ctrlKey: true, shiftKey: true });
    document.body.innerHTML += '<dialog open></dialog>';
    press('KeyL', { ctrlKey: true, shiftKey: true });
    expect(lock).toHaveBeenCalledTimes(2);
  });

  it('of a dialog does not act without one', () => {
    const everywhere = bind('everywhere', { code: 'F8' });
    const dialog = bind('dialog', { code: 'F8' });
    press('F8');
    expect(dialog).not.toHaveBeenCalled();
    expect(everywhere).toHaveBeenCalledOnce();
  });
});

describe('a letter', () => {
  it('acts after the time in which a scanner would type the next', () => {
    const run = bind('desk', { code: 'KeyE' });
    press('KeyE');
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60);
    expect(run).toHaveBeenCalledOnce();
  });

  it('does not act within a scan', () => {
    const run = bind('desk', { code: 'KeyE' });
    press('KeyE');
    vi.advanceTimersByTime(10);
    press('Digit4');
    vi.advanceTimersByTime(100);
    expect(run).not.toHaveBeenCalled();
  });

  it('is text where text is typed, but not on a checkbox', () => {
    const run = bind('desk', { code: 'KeyE' });
    press('KeyE', {}, field());
    vi.advanceTimersByTime(60);
    expect(run).not.toHaveBeenCalled();
    press('KeyE', {}, document.querySelector('#box') ?? document.body);
    vi.advanceTimersByTime(60);
    expect(run).toHaveBeenCalledOnce();
  });

  it('can be turned off', () => {
    live.settings = { desk: { letter_keys: false } } as Settings;
    const run = bind('desk', { code: 'KeyE' });
    press('KeyE');
    vi.advanceTimersByTime(60);
    expect(run).not.toHaveBeenCalled();
  });
});

it('is written on its cap by the key, not by the layout', () => {
  expect(capsOf({ code: 'KeyK', ctrl: true })).toEqual(['Ctrl', 'K']);
  expect(capsOf({ code: 'Digit1', alt: true })).toEqual(['Alt', '1']);
  expect(capsOf({ code: 'ArrowDown' })).toEqual(['↓']);
});

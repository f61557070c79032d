import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { flushSync, tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { locale } from '../i18n/locale.svelte';
import { keys } from '../keys.svelte';
import { toasts } from '../toasts.svelte';
import Toasts from './Toasts.svelte';

beforeEach(() => {
  vi.useFakeTimers();
  locale.choose('en');
  toasts.hold(false);
  toasts.dropAll();
});
afterEach(() => {
  vi.runAllTimers();
  document.body.innerHTML = '';
  vi.useRealTimers();
});

const words = (): string[] => toasts.shown.map((toast) => toast.words);
const undo = (run = vi.fn<() => void>()): { action: { words: string; run: () => void } } => ({ action: { words: 'Undo', run } });
const f8 = (): void => {
  keys.press(new KeyboardEvent('keydown', { code: 'F8', cancelable: true }));
  flushSync();
};

describe('messages', () => {
  it('are two at a time, and the rest is a number that shows them', async () => {
    render(Toasts);
    for (const each of ['one', 'two', 'three', 'four']) toasts.say(each);
    await tick();
    expect(words()).toEqual(['three', 'four']);
    await fireEvent.click(screen.getByText('More messages: 2'));
    expect(words()).toEqual(['one', 'two', 'three', 'four']);
  });

  it('of what went wrong are not pushed away by what went well', () => {
    toasts.say('wrong', { tone: 'danger' });
    toasts.say('well');
    toasts.say('better');
    expect(words()).toEqual(['wrong', 'better']);
  });

  it('give their place back to those that waited', () => {
    for (const each of ['one', 'two', 'three']) toasts.say(each, undo());
    toasts.drop(toasts.shown[1]?.id ?? 0);
    expect(words()).toEqual(['one', 'two']);
  });

  it('do not change under the pointer, and stay while it moves over them', async () => {
    render(Toasts);
    toasts.say('one', undo());
    toasts.say('two', undo());
    await fireEvent.pointerMove(screen.getByRole('log', { hidden: true }));
    toasts.say('three', undo());
    expect(words()).toEqual(['one', 'two']);
    vi.advanceTimersByTime(9_000);
    toasts.touch();
    vi.advanceTimersByTime(1_500);
    expect(words()).toEqual(['one', 'two']);
    vi.advanceTimersByTime(20_000);
    expect(toasts.all).toEqual([]);
  });

  it('with something to undo wait for the end of a dialog', () => {
    document.body.innerHTML = '<dialog open></dialog>';
    toasts.say('left', undo());
    toasts.say('said');
    vi.advanceTimersByTime(30_000);
    expect(words()).toEqual(['left']);
    document.body.innerHTML = '';
    vi.advanceTimersByTime(10_000);
    expect(words()).toEqual([]);
  });
});

describe('by keys', () => {
  it('F8 goes to what can be undone, Esc takes a message away, and F8 once more takes all', async () => {
    render(Toasts);
    const run = vi.fn<() => void>();
    toasts.say('one');
    toasts.say('two', undo(run));
    await tick();
    f8();
    expect(document.activeElement?.textContent).toContain('Undo');
    // Nothing goes or comes between while the focus is there.
    toasts.say('three');
    vi.advanceTimersByTime(60_000);
    expect(words()).toEqual(['one', 'two']);
    await fireEvent.keyDown(document.activeElement as Element, { code: 'Escape' });
    await tick();
    expect(words()).toEqual(['one']);
    expect(document.activeElement?.textContent).toContain('Dismiss');
    expect(run).not.toHaveBeenCalled();
    f8();
    expect(toasts.all).toEqual([]);
  });

  it('F8 takes all away above a dialog, beneath which none can have the focus', async () => {
    render(Toasts);
    toasts.say('one');
    document.body.append(Object.assign(document.createElement('dialog'), { open: true }));
    f8();
    expect(toasts.all).toEqual([]);
  });
});

it('by mouse each is dismissed and undone where it stands', async () => {
  render(Toasts);
  const run = vi.fn<() => void>();
  toasts.say('one');
  toasts.say('two', undo(run));
  await tick();
  const log = within(screen.getByRole('log', { hidden: true }));
  await fireEvent.click(log.getByText('Undo'));
  expect(run).toHaveBeenCalledOnce();
  await fireEvent.click(log.getByText('Dismiss'));
  expect(toasts.all).toEqual([]);
});

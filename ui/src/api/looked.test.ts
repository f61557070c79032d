import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { forgetDrafts } from '../shared/drafts';
import { Looked } from './looked.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

/** Answers that come when the test says so. */
function asking(again: number | null = null) {
  const answers: ((now: string) => void)[] = [];
  const ask = vi.fn(() => new Promise<string>((resolve) => answers.push(resolve)));
  return { answers, ask, looked: new Looked(ask, () => again) };
}

describe('what is looked at', () => {
  it('is read at once, and every minute', async () => {
    const { ask, looked } = asking();
    const stop = looked.start();
    await vi.advanceTimersByTimeAsync(2 * 60_000);
    expect(ask).toHaveBeenCalledTimes(3);
    stop();
    await vi.advanceTimersByTimeAsync(2 * 60_000);
    expect(ask).toHaveBeenCalledTimes(3);
  });

  it('does not believe an answer to an older question', async () => {
    const { answers, looked } = asking();
    void looked.read();
    void looked.read();
    answers[1]?.('new');
    await settle();
    answers[0]?.('old');
    await settle();
    expect(looked.now).toBe('new');
  });

  it('is read once more where a command and a look have crossed', async () => {
    const { answers, looked } = asking();
    const done = looked.settled(Promise.resolve('of the command'));
    void looked.read();
    await settle();
    answers[0]?.('may be older');
    answers[1]?.('newest');
    await done;
    expect(looked.now).toBe('newest');
  });

  it('is empty for who comes next, whatever is answered late', async () => {
    const { answers, looked } = asking();
    const late = looked.settled(new Promise((resolve) => answers.push(resolve)));
    forgetDrafts();
    answers[0]?.('late');
    await late;
    expect(looked.now).toBeNull();
  });

  it('is read again by itself only while somebody looks, and after a failure too', async () => {
    const ask = vi.fn(() => Promise.reject(new Error('away')));
    const looked = new Looked(ask, () => 1000);
    const stop = looked.watch();
    await vi.advanceTimersByTimeAsync(2000);
    expect(ask).toHaveBeenCalledTimes(3);
    expect(looked.failure).not.toBeNull();
    stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(ask).toHaveBeenCalledTimes(3);
  });
});

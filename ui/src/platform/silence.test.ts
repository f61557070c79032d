import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Silence } from './silence';

const WORD_MS = 5000;
const HOUR = 3_600_000;

let tell: ReturnType<typeof vi.fn<(since: number) => void>>;
let silence: Silence;

beforeEach(() => {
  vi.useFakeTimers();
  tell = vi.fn<(since: number) => void>();
  silence = new Silence(tell);
  silence.hear();
});
afterEach(() => {
  silence.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function speaking(ms: number): void {
  for (let past = 0; past < ms; past += WORD_MS) {
    vi.advanceTimersByTime(WORD_MS);
    silence.hear();
  }
}
/** The machine sleeps: the clock goes on, the timers do not. */
const sleep = (ms: number): unknown => vi.setSystemTime(Date.now() + ms);

/** As a browser does in a tab that nobody sees: timers fire with the full minute. */
function hidden(): void {
  const real = setTimeout;
  vi.stubGlobal('setTimeout', (run: () => void, ms: number) =>
    real(run, Math.ceil((Date.now() + ms) / 60_000) * 60_000 - Date.now()),
  );
}

describe('silence', () => {
  it('is told once, with the last word', () => {
    speaking(60_000);
    const heard = Date.now();
    vi.advanceTimersByTime(11_999);
    expect(tell).not.toHaveBeenCalled();
    vi.advanceTimersByTime(120_000);
    expect(tell.mock.calls).toEqual([[heard]]);
  });

  it('is not where a word comes in time', () => {
    speaking(10 * 60_000);
    expect(tell).not.toHaveBeenCalled();
  });

  it('begins anew with the next word, and ends when it is stopped', () => {
    vi.advanceTimersByTime(12_000);
    silence.hear();
    vi.advanceTimersByTime(12_000);
    expect(tell).toHaveBeenCalledTimes(2);
    silence.hear();
    silence.stop();
    vi.advanceTimersByTime(HOUR);
    expect(tell).toHaveBeenCalledTimes(2);
  });
});

describe('a machine that slept', () => {
  it('does not take its own sleep for silence when the core goes on speaking', () => {
    speaking(WORD_MS);
    vi.advanceTimersByTime(WORD_MS - 100);
    sleep(HOUR);
    // Its timer comes before the next word does.
    vi.advanceTimersByTime(4000);
    expect(tell).not.toHaveBeenCalled();
    silence.hear();
    speaking(60_000);
    expect(tell).not.toHaveBeenCalled();
  });

  it('tells of a line that died meanwhile soon after it woke, since the last word', () => {
    const heard = Date.now();
    sleep(HOUR);
    vi.advanceTimersByTime(12_000 + 6_000);
    expect(tell.mock.calls).toEqual([[heard]]);
  });
});

describe('a hidden tab', () => {
  it('does not flap: words come in time though its timers do not', () => {
    hidden();
    speaking(30 * 60_000);
    expect(tell).not.toHaveBeenCalled();
  });

  it('still finds out that the core hangs', () => {
    hidden();
    speaking(10 * 60_000);
    const heard = Date.now();
    vi.advanceTimersByTime(4 * 60_000);
    expect(tell.mock.calls).toEqual([[heard]]);
  });
});

it('a clock that is set back or forward makes no silence of its own', () => {
  speaking(WORD_MS);
  vi.setSystemTime(Date.now() - HOUR);
  speaking(60_000);
  vi.setSystemTime(Date.now() + HOUR);
  speaking(60_000);
  expect(tell).not.toHaveBeenCalled();
  // And hides none for an hour.
  vi.setSystemTime(Date.now() - HOUR);
  vi.advanceTimersByTime(25_000);
  expect(tell).toHaveBeenCalledOnce();
});

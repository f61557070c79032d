import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refused } from './errors';
import type { Access as View, Refusal } from './types';

const core = vi.hoisted(() => ({ call: vi.fn(), events: vi.fn() }));
vi.mock('../platform', () => ({ platform: core }));

const { Access } = await import('./access.svelte');
const { call, guard } = await import('./client');

const at = (stage: View['stage']): View => ({
  stage,
  me: null,
  people: [],
  site: '',
  language: 'ru',
  theme: 'system',
  lock_after_minutes: 5,
  now: '2026-11-26T09:00:00Z',
});

const refusal = (code: Refusal['code']): Refused =>
  new Refused({ code, field: null, problem: null, wait_s: null, by: null, message: '' });

beforeEach(() => {
  vi.useFakeTimers();
  core.call.mockReset();
  core.events.mockReset();
});
afterEach(() => vi.useRealTimers());

describe('a desk', () => {
  it('that nobody touches locks itself, and one that is touched tells the core of it, now and then', async () => {
    core.call.mockImplementation((command: string) => Promise.resolve(at(command === 'lock' ? 'locked' : 'signed_in')));
    const access = new Access();
    const stop = access.start();
    await vi.advanceTimersByTimeAsync(4 * 60_000);
    window.dispatchEvent(new Event('pointerdown'));
    window.dispatchEvent(new Event('keydown'));
    await vi.advanceTimersByTimeAsync(4.5 * 60_000);
    expect(access.now?.stage).toBe('signed_in');
    expect(core.call.mock.calls.filter(([command]) => command === 'touch')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(access.now?.stage).toBe('locked');
    stop();
  });

  it('that is turned away anywhere looks anew at who is there', async () => {
    core.call.mockResolvedValue(at('signed_in'));
    const access = new Access();
    const stop = access.start();
    await vi.advanceTimersByTimeAsync(0);
    core.call.mockImplementation((command: string) =>
      command === 'access' ? Promise.resolve(at('sign_in')) : Promise.reject(refusal('sign_in')),
    );
    await expect(call('users')).rejects.toBeInstanceOf(Refused);
    await vi.advanceTimersByTimeAsync(0);
    expect(access.now?.stage).toBe('sign_in');
    stop();
  });

  it('that is locked counts incidents, and what was before it hears none of', () => {
    const access = new Access();
    access.take(at('locked'));
    access.listen();
    const [, listener] = core.events.mock.calls[0] as [number, { batch: (batch: unknown) => void }];
    listener.batch({ behind: true, items: [{ kind: 'incident' }] });
    expect(access.alarms).toBe(0);
    listener.batch({ behind: false, items: [{ kind: 'incident' }, { kind: 'settings' }] });
    expect(access.alarms).toBe(1);
    access.take(at('signed_in'));
    expect(access.alarms).toBe(0);
  });
});

describe('what wants a fresh proof', () => {
  it('is asked again once it was given', async () => {
    guard({ proveAnew: () => Promise.resolve(true) });
    core.call.mockRejectedValueOnce(refusal('step_up')).mockResolvedValueOnce([]);
    await expect(call('users')).resolves.toEqual([]);
    expect(core.call).toHaveBeenCalledTimes(2);
  });

  it('is refused when nobody gives one', async () => {
    guard({ proveAnew: () => Promise.resolve(false) });
    core.call.mockRejectedValueOnce(refusal('step_up'));
    await expect(call('users')).rejects.toMatchObject({ refusal: { code: 'step_up' } });
    expect(core.call).toHaveBeenCalledTimes(1);
  });
});

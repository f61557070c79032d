import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refused } from './api/errors';
import type { Access, Stage, VisitView } from './api/types';

const { call, events } = vi.hoisted(() => ({ call: vi.fn(), events: vi.fn() }));
vi.mock('./platform', () => ({
  platform: {
    kind: 'browser',
    call,
    events,
    pictureUrl: (name: string) => name,
    languages: () => ['en'],
    shell: () => Promise.resolve({ tray: false, autostart: null }),
    reopen: () => Promise.resolve(),
    setAutostart: () => Promise.resolve(),
    focusRequests: () => () => undefined,
  },
}));

const App = (await import('./App.svelte')).default;
const { live } = await import('./api/live.svelte');
const { toasts } = await import('./shared/toasts.svelte');
const { search } = await import('./features/search/search.svelte');

const settings = {
  desk: { language: 'en', theme: 'light', density: 'compact', letter_keys: true, sounds: false },
  site: { zone_in_force: 'UTC', name: 'Main building', zone: 'UTC', day_end: '23:59', hours: [], holidays: [] },
  security: { pins: true },
};
const visit = {
  id: 'v1',
  row: 1,
  visitor: 'Secret Guest',
  host: 'Host',
  status: 'expected',
  from: new Date().toISOString(),
  until: new Date(Date.now() + 3_600_000).toISOString(),
  actions: [],
  turns: null,
} as unknown as VisitView;

let stage: Stage;
const stopped = vi.fn();

const access = (): Access =>
  ({
    stage,
    me: ['signed_in', 'new_password', 'new_factor'].includes(stage)
      ? { id: 'u1', login: 'kim', name: 'Kim D.', roles: ['operator'], permissions: ['see_visits', 'see_devices', 'see_settings'] }
      : null,
    people: [{ id: 'u1', name: 'Kim D.', pin: true }],
    site: 'Main building',
    language: 'en',
    theme: 'light',
    lock_after_minutes: 5,
    now: new Date().toISOString(),
  }) as unknown as Access;

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  call.mockReset();
  call.mockImplementation((command: string) => {
    if (command === 'lock') stage = 'locked';
    if (command === 'snapshot') {
      return Promise.resolve({
        now: new Date().toISOString(), seq: 1, visits: [visit], passages: [], incidents: [], devices: [], settings,
        status: { running: true, version: '1', secrets: '', tasks: [] },
      });
    }
    if (command === 'factor_offer') return Promise.resolve({ secret: 'ABCD', uri: '', qr: ['1'] });
    if (command === 'search') return Promise.resolve({ visits: [visit] });
    return Promise.resolve(access());
  });
  events.mockReset();
  events.mockReturnValue(stopped);
  stopped.mockReset();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

async function open(at: Stage): Promise<void> {
  stage = at;
  render(App);
  await vi.advanceTimersByTimeAsync(50);
}

const refuse = (code: 'second_factor' | 'too_many', wait_s: number | null = null): void => {
  call.mockRejectedValueOnce(new Refused({ code, field: null, problem: null, wait_s, by: null, message: '' }));
};
const button = (): HTMLButtonElement => screen.getByRole('button', { name: /^Sign in/ });

async function enter(): Promise<void> {
  await fireEvent.input(screen.getByLabelText('Login'), { target: { value: ' kim ' } });
  await fireEvent.input(screen.getByLabelText('Password'), { target: { value: 'a long password' } });
}

describe('how far somebody has come decides what is shown', () => {
  it.each<[Stage, string]>([
    ['set_up', 'First start'],
    ['not_let_in', 'Open the link again'],
    ['sign_in', 'Main building'],
    ['locked', 'Main building'],
    ['new_password', 'Choose a password of your own'],
    ['new_factor', 'Second factor'],
  ])('%s', async (at, title) => {
    await open(at);
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe(title);
    expect(call.mock.calls.map(([command]) => command as string)).not.toContain('snapshot');
  });

  it('signed_in', async () => {
    await open('signed_in');
    expect(screen.getByRole('navigation', { name: 'Sections' })).toBeTruthy();
    expect(document.body.textContent).toContain('Secret Guest');
    expect(screen.queryByText('People')).toBeNull();
  });
});

describe('a lock', () => {
  it('leaves nothing of persons in the page, and the feed is stopped', async () => {
    await open('signed_in');
    search.type('Secret');
    toasts.say('Secret Guest has come');
    await vi.advanceTimersByTimeAsync(100);
    await fireEvent.keyDown(window, { code: 'KeyL', ctrlKey: true, shiftKey: true });
    await vi.advanceTimersByTimeAsync(50);
    expect(document.body.textContent).not.toContain('Secret');
    expect(screen.getByLabelText('PIN')).toBeTruthy();
    expect(stopped).toHaveBeenCalled();
    expect([live.visits.byId.size, search.text, search.found, toasts.all]).toEqual([0, '', [], []]);
    // What is answered late is not said either.
    toasts.say('Secret Guest has left');
    await vi.advanceTimersByTimeAsync(50);
    expect(document.body.textContent).not.toContain('Secret');
  });

  it('asks for the password once the PINs are used up', async () => {
    await open('locked');
    await fireEvent.input(screen.getByLabelText('PIN'), { target: { value: '1379' } });
    call.mockRejectedValueOnce(
      new Refused({ code: 'sign_in', field: null, problem: null, wait_s: null, by: null, message: '' }),
    );
    await fireEvent.click(screen.getByRole('button', { name: /^Unlock/ }));
    await vi.advanceTimersByTimeAsync(50);
    expect(screen.getByLabelText('Login')).toBeTruthy();
    expect(screen.getByText(/Too many wrong PINs/)).toBeTruthy();
  });
});

describe('signing in', () => {
  it('asks for the code after the password, and sends both', async () => {
    await open('sign_in');
    await enter();
    refuse('second_factor');
    await fireEvent.click(button());
    await vi.advanceTimersByTimeAsync(50);
    await fireEvent.input(screen.getByLabelText('Code'), { target: { value: '123 456' } });
    await fireEvent.click(button());
    await vi.advanceTimersByTimeAsync(50);
    expect(call).toHaveBeenCalledWith('sign_in', { login: 'kim', password: 'a long password', code: '123456' });
  });

  it('counts down until it is worth trying again', async () => {
    await open('sign_in');
    await enter();
    refuse('too_many', 3);
    await fireEvent.click(button());
    await vi.advanceTimersByTimeAsync(50);
    expect(button().disabled).toBe(true);
    await vi.advanceTimersByTimeAsync(4000);
    expect(button().disabled).toBe(false);
    expect(screen.getByText('You can try again now.')).toBeTruthy();
  });
});

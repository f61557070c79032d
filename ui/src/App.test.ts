import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NoSession, Refused } from './api/errors';
import type { Access, Permission, Stage, VisitView } from './api/types';

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
const { form } = await import('./features/visits/form.svelte');
const { call: ask } = await import('./api/client');
const { router } = await import('./views/router.svelte');

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

const SEES: readonly Permission[] = ['see_visits', 'see_devices', 'see_settings'];
let stage: Stage;
let permissions: readonly Permission[];
const stopped = vi.fn();

const access = (): Access =>
  ({
    stage,
    me: ['signed_in', 'new_password', 'new_factor'].includes(stage)
      ? { id: 'u1', login: 'kim', name: 'Kim D.', roles: ['operator'], permissions }
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
  permissions = SEES;
  call.mockReset();
  call.mockImplementation((command: string) => {
    if (command === 'lock') stage = 'locked';
    if (command === 'snapshot') {
      return Promise.resolve({
        now: new Date().toISOString(), seq: 1, visits: [visit], passages: [], incidents: [], devices: [], settings,
        status: { running: true, version: '1', secrets: '', kit: { id: 'K1', made: null, confirmed: false }, tasks: [] },
      });
    }
    if (command === 'backups') return Promise.resolve({ targets: [], verified: new Date().toISOString(), recoverable: true, work: null });
    if (command === 'health') return Promise.resolve({ level: 'healthy', at: '', checks: [] });
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
  router.change({ view: 'desk' });
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
const commands = (): string[] => call.mock.calls.map(([command]) => command as string);
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
    expect(commands()).not.toContain('snapshot');
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

  it('is always at hand, over a dialog too', async () => {
    await open('signed_in');
    await fireEvent.keyDown(window, { code: 'F1' });
    await vi.advanceTimersByTimeAsync(50);
    expect(document.querySelector('dialog[open]')).not.toBeNull();
    await fireEvent.keyDown(window, { code: 'KeyL', ctrlKey: true, shiftKey: true });
    await vi.advanceTimersByTimeAsync(50);
    expect(screen.getByLabelText('PIN')).toBeTruthy();
  });

  it('leaves no word of before for who comes next', async () => {
    await open('signed_in');
    await fireEvent.keyDown(window, { code: 'KeyL', ctrlKey: true, shiftKey: true });
    toasts.say('Secret Guest has left', { tone: 'danger', action: { words: 'Undo', run: vi.fn() } });
    stage = 'sign_in';
    await fireEvent.input(screen.getByLabelText('PIN'), { target: { value: '1379' } });
    await fireEvent.click(screen.getByRole('button', { name: /^Unlock/ }));
    await vi.advanceTimersByTimeAsync(50);
    expect(screen.getByLabelText('Login')).toBeTruthy();
    expect(document.body.textContent).not.toContain('Secret');
    stage = 'signed_in';
    await enter();
    await fireEvent.click(button());
    await vi.advanceTimersByTimeAsync(50);
    expect(screen.getByRole('log', { hidden: true }).textContent).not.toContain('Secret');
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

describe('a session that has ended meanwhile', () => {
  it('gives way to signing in when it is left', async () => {
    await open('signed_in');
    await fireEvent.click(screen.getByRole('button', { name: 'Account and signing out' }));
    stage = 'sign_in';
    call.mockRejectedValueOnce(new NoSession());
    await fireEvent.click(screen.getByRole('menuitem', { name: 'Sign out' }));
    await vi.advanceTimersByTimeAsync(50);
    expect(screen.getByLabelText('Login')).toBeTruthy();
    expect(document.body.textContent).not.toContain('Secret');
  });

  it('and when it is to be proven anew', async () => {
    await open('signed_in');
    call.mockRejectedValueOnce(new Refused({ code: 'step_up', field: null, problem: null, wait_s: null, by: null, message: '' }));
    const asked = ask('users').catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(50);
    await fireEvent.input(screen.getByLabelText('Password'), { target: { value: 'a long password' } });
    stage = 'sign_in';
    call.mockRejectedValueOnce(new NoSession());
    await fireEvent.submit(document.querySelector('dialog[open] form') as HTMLFormElement);
    await vi.advanceTimersByTimeAsync(50);
    await expect(asked).resolves.toBeInstanceOf(Refused);
    expect(screen.getByLabelText('Login')).toBeTruthy();
    expect(document.querySelector('dialog[open]')).toBeNull();
  });
});

describe('a new visit', () => {
  it('is not offered to who may not make one, by no way', async () => {
    router.change({ view: 'desk', new: true });
    await open('signed_in');
    expect(document.querySelector('dialog[open]')).toBeNull();
    search.type('Nobody');
    await vi.advanceTimersByTimeAsync(100);
    await fireEvent.focus(screen.getByRole('combobox', { name: /^Visitor, host/ }));
    expect(screen.queryAllByText(/new visit/i)).toEqual([]);
    expect(screen.queryAllByText(/add .*device/i)).toEqual([]);
  });

  it('for a name keeps it out of the address, which stays in the history', async () => {
    permissions = [...SEES, 'manage_visits'];
    await open('signed_in');
    search.type('Li Yan');
    await vi.advanceTimersByTimeAsync(100);
    await fireEvent.focus(screen.getByRole('combobox', { name: /^Visitor, host/ }));
    await fireEvent.click(screen.getByText(/Li Yan/));
    await vi.advanceTimersByTimeAsync(50);
    expect(location.href).not.toMatch(/Li|Yan/);
    expect(form.typed.visitor).toBe('Li Yan');
    expect(screen.getByLabelText<HTMLInputElement>('Visitor').value).toBe('Li Yan');
    form.forget();
  });
});

const leave = (): boolean => window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
const goOn = async (): Promise<void> => {
  await fireEvent.submit(document.querySelector('form') as HTMLFormElement);
  await vi.advanceTimersByTimeAsync(50);
};

describe('backups and health', () => {
  it('are asked for by who may see them, and gone with them', async () => {
    permissions = [...SEES, 'see_health'];
    await open('signed_in');
    expect(screen.getByRole('link', { name: /^Backup \d\d:\d\d/ }).getAttribute('href')).toBe('#/settings/backups');
    await fireEvent.keyDown(window, { code: 'KeyL', ctrlKey: true, shiftKey: true });
    await vi.advanceTimersByTimeAsync(50);
    expect(document.body.textContent).not.toContain('Backup ');
  });

  it('are not asked for by who may not', async () => {
    await open('signed_in');
    expect(commands()).not.toContain('backups');
    expect(commands()).not.toContain('health');
    expect(screen.queryByText(/^Backup/)).toBeNull();
  });
});

it.each<[Permission[], boolean]>([
  [['see_visits', 'see_settings'], false],
  [['see_visits', 'see_settings', 'see_health', 'restore_backups'], true],
])('a damaged database is told to everybody at work (%j)', async (granted, leads) => {
  permissions = granted;
  await open('signed_in');
  expect(screen.queryByText(/database is damaged/)).toBeNull();
  call.mockRejectedValueOnce(new Refused({ code: 'damaged', field: null, problem: null, wait_s: null, by: null, message: '' }));
  await ask('status').catch(() => undefined);
  await vi.advanceTimersByTimeAsync(50);
  const alarm = screen.getByText(/The database is damaged: nothing is written any more/);
  expect(alarm.querySelector('a')?.getAttribute('href')).toBe(leads ? '#/settings/backups' : undefined);
});

async function upToCodes(): Promise<void> {
  await open('set_up');
  await goOn();
  await goOn();
  for (const [label, value] of [['Name', 'Kim D.'], ['Login', 'kim'], ['Password', 'rain over the river'], ['Password once more', 'rain over the river']] as const) {
    await fireEvent.input(screen.getByLabelText(label), { target: { value } });
  }
  await goOn();
  await fireEvent.input(screen.getByLabelText('Code'), { target: { value: '123456' } });
  expect(leave()).toBe(true);
  stage = 'signed_in';
  call.mockResolvedValueOnce({ access: access(), recovery_codes: ['AAAA-1111'], kit: { code: 'AAAAA-BBBBB', id: 'K1', made: '' } });
  await goOn();
}

it('what the first start shows once is not left without being asked', async () => {
  await upToCodes();
  expect(screen.getAllByText('AAAA-1111').length).toBeGreaterThan(0);
  expect(leave()).toBe(false);
  await goOn();
  await fireEvent.input(screen.getByLabelText(/group/), { target: { value: 'BBBBB' } });
  await goOn();
  expect(document.querySelector('.once')).toBeNull();
});

it('the kit of the first start may wait, once it is said what that means, and the desk opens', async () => {
  permissions = [...SEES, 'manage_security'];
  await upToCodes();
  expect(screen.queryByRole('button', { name: 'Later' })).toBeNull();
  await goOn();
  await fireEvent.click(screen.getByRole('button', { name: 'Later' }));
  expect(screen.getByText(/cannot be recovered/)).toBeTruthy();
  await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  await vi.advanceTimersByTimeAsync(50);
  expect(screen.getByLabelText(/group/)).toBeTruthy();
  await fireEvent.click(screen.getByRole('button', { name: 'Later' }));
  await fireEvent.click(screen.getByRole('button', { name: 'Go on without the kit' }));
  await vi.advanceTimersByTimeAsync(50);
  expect(screen.getByRole('navigation', { name: 'Sections' })).toBeTruthy();
  expect(screen.getAllByText('The recovery kit is not confirmed').length).toBeGreaterThan(0);
  expect(leave()).toBe(true);
  expect(call.mock.calls.map(([command]) => command as string)).not.toContain('kit_confirm');
});

const pressN = async (): Promise<void> => {
  const usual = call.getMockImplementation();
  call.mockImplementation((command: string) =>
    ['users', 'sessions'].includes(command) ? Promise.resolve([]) : command === 'matrix' ? Promise.resolve({ lines: [] }) : usual?.(command),
  );
  events.mockImplementation((_after: number, on: { state: (state: string) => void }) => {
    on.state('open');
    return stopped;
  });
  router.change({ view: 'people' });
  await open('signed_in');
  await fireEvent.keyDown(window, { code: 'KeyN', key: 'т' });
  await vi.advanceTimersByTimeAsync(100);
};

describe('the key N among people', () => {
  it('adds one, in whatever layout, and F1 tells of it', async () => {
    permissions = [...SEES, 'see_users', 'manage_users'];
    await pressN();
    expect(document.querySelector('dialog[open] h2')?.textContent).toBe('Add a person');
    await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    await vi.advanceTimersByTimeAsync(50);
    await fireEvent.keyDown(window, { code: 'F1' });
    await vi.advanceTimersByTimeAsync(50);
    expect(document.querySelector('dialog[open]')?.textContent).toMatch(/People\s*Add a person\s*N/);
  });

  it('does nothing for who may not', async () => {
    permissions = [...SEES, 'see_users'];
    await pressN();
    expect(document.querySelector('dialog[open]')).toBeNull();
  });
});

it('recovery codes have the focus once they are there', async () => {
  await open('new_factor');
  await fireEvent.input(screen.getByLabelText('Code'), { target: { value: '123456' } });
  call.mockResolvedValueOnce({ codes: ['AAAA-1111', 'BBBB-2222'] });
  await fireEvent.submit(document.querySelector('form') as HTMLFormElement);
  await vi.advanceTimersByTimeAsync(50);
  expect(screen.getAllByText('AAAA-1111').length).toBeGreaterThan(0);
  expect(document.activeElement).toBe(screen.getByRole('heading', { level: 2 }));
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

import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refused } from '../../api/errors';
import { live } from '../../api/live.svelte';
import type { BackupCopy, BackupsView, BackupWork, Permission } from '../../api/types';
import { forgetDrafts } from '../../shared/drafts';
import { locale } from '../../shared/i18n/locale.svelte';
import { atWork } from '../../test-access';
import Backups from './Backups.svelte';

const call = vi.hoisted(() => vi.fn());
vi.mock('../../api/client', () => ({ call, guard: () => undefined, isAway: () => false }));

const ALL: Permission[] = ['see_health', 'manage_backups', 'restore_backups', 'manage_security'];
const at = (hours: number): string => new Date(Date.now() - hours * 3_600_000 - 30_000).toISOString();

const copy = (name: string, change: Partial<BackupCopy> = {}): BackupCopy => ({ name, taken: at(3), size: 340e6, verified: at(2), problem: null, ...change });
const work: BackupWork = { task: 'create', since: at(0), parts: [{ stage: 'send', target: 'c1', done: 85e6, total: 340e6 }] };
const view = (change: Partial<BackupsView> = {}): BackupsView => ({
  schedule: { days: Array.from({ length: 7 }, () => true), times: ['03:00'], keep: { daily: 7, weekly: 5, monthly: 12 } },
  targets: [
    { id: 'here', name: '', kind: 'folder', path: '/data/backups', problem: null, copies: [copy('b1')] },
    {
      id: 'c1', name: 'Cloud', kind: 's3', endpoint: 'https://s3.example.kz', region: 'r', bucket: 'w', prefix: '', path_style: true, access_key: 'AK', authority: null,
      problem: null, copies: [],
    },
  ],
  next: at(-20),
  verified: at(3),
  recoverable: false,
  work: null,
  last: null,
  drill: null,
  ...change,
});

let now: BackupsView;
const answer = (replies: Record<string, () => unknown> = {}): void => {
  call.mockImplementation((command: string) => {
    const reply = replies[command];
    if (reply === undefined) return Promise.resolve(now);
    try {
      return Promise.resolve(reply());
    } catch (error) {
      return Promise.reject(error as Error);
    }
  });
};
const asked = (command: string): unknown[][] => call.mock.calls.filter(([name]) => name === command);
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(10);

async function open(permissions: Permission[] = ALL): Promise<void> {
  atWork(...permissions);
  render(Backups);
  await settle();
}

async function add(): Promise<HTMLElement> {
  await open();
  await fireEvent.click(screen.getByRole('button', { name: 'Add a place' }));
  return screen.getByRole('dialog');
}
const type = (label: RegExp, value: string): Promise<boolean> => fireEvent.input(screen.getByLabelText(label), { target: { value } });

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  locale.choose('en');
  live.connection = { state: 'open', since: Date.now() };
  now = view();
  call.mockReset();
  answer();
});

afterEach(() => {
  cleanup();
  forgetDrafts();
  vi.useRealTimers();
});

describe('backups', () => {
  it('say that a lost machine could not be restored, and why', async () => {
    await open();
    expect(screen.getByText('Not recoverable')).toBeDefined();
    expect(screen.getByText(/No verified copy lies elsewhere/)).toBeDefined();
    expect(document.body.textContent).toContain('3 hr ago');
  });

  it('link to the kit where that is what lacks', async () => {
    now = view();
    now.targets[1]?.copies.push(copy('b1'));
    await open();
    expect(screen.getByRole('link', { name: 'To the kit' }).getAttribute('href')).toBe('#/settings/security');
  });

  it('can be seen, and nothing done, by who may only see them', async () => {
    await open(['see_health']);
    expect(screen.getByText('Not recoverable')).toBeDefined();
    for (const name of ['Make a backup now', 'Add a place', /^Verify/, /^Restore/, 'Save']) expect(screen.queryByRole('button', { name })).toBeNull();
  });

  it('are read each second while something is under way, and not any more when it is over', async () => {
    answer({ backup_create: () => view({ work }) });
    await open();
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked('backups')).toHaveLength(1);
    now = view({ work });
    await fireEvent.click(screen.getByRole('button', { name: 'Make a backup now' }));
    await settle();
    expect(screen.getByRole('progressbar').getAttribute('value')).toBe('0.25');
    expect(document.body.textContent).toContain('sending: Cloud');
    expect(document.body.textContent).toContain('85 MB of 340 MB');
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Make a backup now' }).disabled).toBe(true);
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked('backups')).toHaveLength(2);
    now = view({ last: { task: 'create', at: at(0), cancelled: false, problem: { kind: 'silent', words: 'no answer for 20 s' } } });
    await vi.advanceTimersByTimeAsync(1000);
    expect(screen.queryByRole('progressbar')).toBeNull();
    expect(document.body.textContent).toContain('The storage does not answer');
    expect(document.body.textContent).toContain('no answer for 20 s');
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked('backups')).toHaveLength(3);
  });

  it('that go to several places at once are followed place by place', async () => {
    now = view({ work: { ...work, parts: [...work.parts, { stage: 'read_back', target: 'here', done: 0, total: 0 }] } });
    await open();
    expect(screen.getAllByRole('progressbar').map((bar) => bar.getAttribute('aria-label'))).toEqual([
      expect.stringContaining('sending: Cloud'),
      expect.stringContaining('In the data folder'),
    ]);
  });

  it('are not followed when nobody looks any more', async () => {
    now = view({ work });
    await open();
    cleanup();
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked('backups')).toHaveLength(1);
  });

  it('are cancelled', async () => {
    now = view({ work });
    await open();
    await fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    expect(asked('backup_cancel')).toHaveLength(1);
  });

  it('that cannot be read are asked for again', async () => {
    answer({ backups: () => { throw new Error('x'); } });
    await open();
    answer();
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await settle();
    expect(screen.getByText('Not recoverable')).toBeDefined();
  });

  it('are five at a place until all are asked for', async () => {
    now = view();
    now.targets[0]?.copies.splice(0, 1, ...Array.from({ length: 7 }, (_, n) => copy(`b${n}`)));
    await open();
    const list = screen.getByRole('list', { name: 'Backups: In the data folder' });
    expect(within(list).getAllByRole('listitem')).toHaveLength(5);
    await fireEvent.click(screen.getByRole('button', { name: 'All backups: 7' }));
    expect(within(list).getAllByRole('listitem')).toHaveLength(7);
  });
});

describe('a restore', () => {
  it('waits until its date was seen', async () => {
    await open();
    await fireEvent.click(screen.getByRole('button', { name: /^Restore….*backup of/ }));
    const dialog = screen.getByRole('dialog');
    expect(dialog.textContent).toContain('kept');
    const go = within(dialog).getByRole<HTMLButtonElement>('button', { name: 'Restore' });
    expect(go.disabled).toBe(true);
    await fireEvent.click(within(dialog).getByRole('checkbox'));
    expect(go.disabled).toBe(false);
    await fireEvent.click(go);
    expect(asked('backup_restore')).toEqual([['backup_restore', { target: 'here', name: 'b1' }]]);
  });
});

describe('a place', () => {
  it('is refused beside its field', async () => {
    const dialog = await add();
    answer({
      backup_target_add: () => {
        throw new Refused({ code: 'invalid', field: 'path', problem: 'malformed', wait_s: null, by: null, message: '' });
      },
    });
    await type(/^Name/, 'Disk');
    await type(/^Folder/, 'backups');
    await fireEvent.submit(dialog.querySelector('form') as HTMLFormElement);
    await settle();
    expect(dialog.textContent).toContain('The whole path is needed');
    expect(screen.getByLabelText(/^Folder/).getAttribute('aria-invalid')).toBe('true');
  });

  it('of S3 is tried with its secret, and says what came of it', async () => {
    const dialog = await add();
    await fireEvent.change(within(dialog).getByLabelText('What it is'), { target: { value: 's3' } });
    const go = within(dialog).getByRole<HTMLButtonElement>('button', { name: 'Try' });
    expect(go.disabled).toBe(true);
    await type(/^Name/, 'Vault');
    await type(/^Secret key/, 'shh');
    expect(go.disabled).toBe(false);
    answer({
      backup_target_try: () => {
        throw new Refused({ code: 'invalid', field: 'place', problem: 'unusable', wait_s: null, by: null, message: 'place: the target refused: 403' });
      },
    });
    await fireEvent.click(go);
    await settle();
    expect(dialog.textContent).toContain('it does not work');
    expect(dialog.textContent).toContain('“the target refused: 403”');
    answer({ backup_target_try: () => ({ backups: 0, desks: 0 }) });
    await fireEvent.click(go);
    await settle();
    expect(dialog.textContent).toContain('It works');
    expect(asked('backup_target_try')[0]?.[1]).toMatchObject({ name: 'Vault', secret: 'shh', place: { kind: 's3', path_style: true, authority: null } });
  });
});

describe('a schedule', () => {
  it('is saved with its days and times', async () => {
    await open();
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Sunday' }));
    await fireEvent.input(screen.getByLabelText('Another time'), { target: { value: '1530' } });
    await fireEvent.keyDown(screen.getByLabelText('Another time'), { key: 'Enter' });
    await fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(asked('backup_schedule')[0]?.[1]).toEqual({
      days: [true, true, true, true, true, true, false],
      times: ['03:00', '15:30'],
      keep: { daily: 7, weekly: 5, monthly: 12 },
    });
  });

  it('without a time is not sent', async () => {
    await open();
    await fireEvent.click(screen.getByRole('button', { name: 'Remove 03:00' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(asked('backup_schedule')).toHaveLength(0);
    expect(screen.getByText('A time at least is needed')).toBeDefined();
  });
});

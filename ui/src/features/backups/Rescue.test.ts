import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Refused } from '../../api/errors';
import { locale } from '../../shared/i18n/locale.svelte';

const { backupsAtHand, rescue } = vi.hoisted(() => ({ backupsAtHand: vi.fn(), rescue: vi.fn() }));
vi.mock('../../platform', () => ({ platform: { kind: 'window', backupsAtHand, rescue, languages: () => ['en'] } }));

const Rescue = (await import('./Rescue.svelte')).default;

const backup = (day: number): Record<string, unknown> => ({ desk: 'd', name: `b${day}`, taken: `2026-11-${day}T03:00:00Z`, size: 1e6 });
const done = vi.fn(() => Promise.resolve());
const open = async (): Promise<void> => {
  render(Rescue, { done });
  await vi.waitFor(() => screen.getByText(/vakhtad backup restore/));
};

beforeEach(() => {
  locale.choose('en');
  backupsAtHand.mockResolvedValue([backup(27), backup(26)]);
  rescue.mockReset().mockResolvedValue(undefined);
  done.mockClear();
});
afterEach(cleanup);

describe('a database that cannot be opened', () => {
  it('is replaced by the backup that somebody chose and looked at', async () => {
    await open();
    const [, older] = screen.getAllByRole('button', { name: 'Restore…' });
    await fireEvent.click(older as HTMLElement);
    const dialog = screen.getByRole('dialog');
    const restore = within(dialog).getByRole<HTMLButtonElement>('button', { name: 'Restore' });
    expect(restore.disabled).toBe(true);
    await fireEvent.click(within(dialog).getByRole('checkbox'));
    await fireEvent.click(restore);
    await vi.waitFor(() => expect(done).toHaveBeenCalledOnce());
    expect(rescue).toHaveBeenCalledWith(backup(26));
  });

  it('stays when the backup cannot be had, and says why', async () => {
    rescue.mockRejectedValue(new Refused({ code: 'internal', field: null, problem: null, message: 'it was cut', wait_s: null, by: null }));
    await open();
    await fireEvent.click(screen.getAllByRole('button', { name: 'Restore…' })[0] as HTMLElement);
    const dialog = screen.getByRole('dialog');
    await fireEvent.click(within(dialog).getByRole('checkbox'));
    await fireEvent.click(within(dialog).getByRole('button', { name: 'Restore' }));
    await vi.waitFor(() => within(dialog).getByRole('alert'));
    expect(done).not.toHaveBeenCalled();
  });

  it('without a backup in the folder leads to the command line', async () => {
    backupsAtHand.mockResolvedValue([]);
    await open();
    expect(screen.getByText(/no backup in the data folder/)).toBeDefined();
    expect(screen.queryByRole('button')).toBeNull();
  });
});

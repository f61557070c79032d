import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { damage } from '../../api/damage.svelte';
import { live } from '../../api/live.svelte';
import type { HealthCheck, HealthFinding, HealthLevel, HealthPart, HealthReport } from '../../api/types';
import { forgetDrafts } from '../../shared/drafts';
import { locale } from '../../shared/i18n/locale.svelte';
import { atWork } from '../../test-access';
import Health from './Health.svelte';
import Monitoring from './Monitoring.svelte';
import { checkMark, findingWords, levelMark, partWord } from './words';

const call = vi.hoisted(() => vi.fn());
vi.mock('../../api/client', () => ({ call, guard: () => undefined, isAway: () => false }));

const PARTS: HealthPart[] = ['database', 'writer', 'disk', 'devices', 'backup', 'queues', 'clock', 'keyring'];
const LEVELS: HealthLevel[] = ['healthy', 'warning', 'unhealthy'];
const FINDINGS: HealthFinding[] = [
  { finding: 'fine' },
  { finding: 'not_yet' },
  { finding: 'damaged', words: 'page 7' },
  { finding: 'not_checked', words: 'busy' },
  { finding: 'not_written', words: 'full' },
  { finding: 'disk_fills', free: 1.5e9, days: null },
  { finding: 'disk_fills', free: 1.5e9, days: 3 },
  { finding: 'disk_unknown', words: 'no such disk' },
  { finding: 'devices_away', away: 1, of: 4 },
  { finding: 'no_backup' },
  { finding: 'backup_old', hours: 30 },
  { finding: 'backup_only_here' },
  { finding: 'backup_place_fails', name: 'Cloud' },
  { finding: 'drill_failed' },
  { finding: 'kit_not_confirmed' },
  { finding: 'behind', reader: 'access', entries: 12_000 },
  { finding: 'clock_stepped', seconds: 90 },
  { finding: 'clock_stepped', seconds: -7200 },
  { finding: 'clock_behind', seconds: 600 },
  { finding: 'clock_drifts', devices: 2 },
  { finding: 'secrets_away', words: 'locked' },
  { finding: 'secrets_by_key_file' },
];

const check = (part: HealthPart, level: HealthLevel, ...findings: HealthFinding[]): HealthCheck => ({ part, level, findings });
const report = (...checks: HealthCheck[]): HealthReport => ({ level: checks[0]?.level ?? 'healthy', at: new Date().toISOString(), checks });
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(10);

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  locale.choose('en');
  live.connection = { state: 'open', since: Date.now() };
  call.mockReset();
  atWork('see_health', 'manage_security', 'see_devices');
});

afterEach(() => {
  cleanup();
  forgetDrafts();
  vi.useRealTimers();
});

describe('words', () => {
  it.each(['ru', 'en'] as const)('in %s tell parts, levels and findings apart', (language) => {
    locale.choose(language);
    expect(new Set(PARTS.map(partWord)).size).toBe(PARTS.length);
    expect(new Set(LEVELS.map((level) => levelMark(level).words)).size).toBe(LEVELS.length);
    expect(new Set(FINDINGS.map((found) => findingWords(found, 'Here').words)).size).toBe(FINDINGS.length);
  });

  it('say what to do wherever something is the matter', () => {
    for (const found of FINDINGS.filter(({ finding }) => finding !== 'fine' && finding !== 'not_yet')) {
      expect(findingWords(found, 'Here').todo, found.finding).not.toBeNull();
    }
  });

  it('name the folder that has no name, and the way a clock was set', () => {
    expect(findingWords({ finding: 'backup_place_fails', name: '' }, 'In the data folder').words).toContain('In the data folder');
    expect(findingWords({ finding: 'clock_stepped', seconds: -7200 }, '').words).toContain('back by 2 h 00 min');
    expect(findingWords({ finding: 'backup_old', hours: 30 }, '').words).toContain('30 h old');
    expect(findingWords({ finding: 'backup_old', hours: 50 }, '').words).toContain('2 d 2 h old');
    expect(findingWords({ finding: 'disk_fills', free: 1.5e9, days: 3 }, '').words).toContain('1.5 GB');
  });

  it('never call well what was not looked at', () => {
    expect(checkMark(check('database', 'healthy', { finding: 'not_yet' })).tone).toBe('unknown');
    expect(checkMark(check('database', 'healthy', { finding: 'fine' })).tone).toBe('ok');
  });
});

describe('health', () => {
  it('is looked at every five seconds while it is open', async () => {
    call.mockResolvedValue(report(check('clock', 'healthy', { finding: 'fine' })));
    render(Health);
    await settle();
    expect(screen.getAllByText('As it should be')).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(call).toHaveBeenCalledTimes(3);
    cleanup();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(call).toHaveBeenCalledTimes(3);
  });

  it('leads to where a thing is put right, as far as they may go there', async () => {
    atWork('see_health');
    call.mockResolvedValue(report(check('backup', 'warning', { finding: 'no_backup' }, { finding: 'kit_not_confirmed' })));
    render(Health);
    await settle();
    expect(screen.getAllByRole('link').map((link) => link.getAttribute('href'))).toEqual(['#/settings/backups']);
    expect(document.body.textContent).toContain('Print the kit');
  });

  it('that cannot be looked at any more is not known', async () => {
    call.mockResolvedValueOnce(report(check('clock', 'healthy', { finding: 'fine' })));
    call.mockRejectedValue(new Error('x'));
    render(Health);
    await settle();
    await vi.advanceTimersByTimeAsync(5000);
    expect(screen.queryByText('As it should be')).toBeNull();
    expect(screen.getAllByText('Not known')).toHaveLength(2);
    expect(document.body.textContent).toContain('No fresh look');
  });

  it('that was never read is asked for again', async () => {
    call.mockRejectedValueOnce(new Error('x'));
    render(Health);
    await settle();
    call.mockResolvedValue(report(check('clock', 'healthy', { finding: 'fine' })));
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await settle();
    expect(screen.getAllByText('As it should be')).toHaveLength(2);
  });

  it('that finds the database damaged tells the whole page, until somebody else is at work', async () => {
    call.mockResolvedValue(report(check('database', 'unhealthy', { finding: 'damaged', words: 'page 7' })));
    render(Health);
    await settle();
    expect(document.body.textContent).toContain('“page 7”');
    expect(damage.known).toBe(true);
    forgetDrafts();
    expect(damage.known).toBe(false);
  });
});

describe('a monitoring token', () => {
  const none = { made: null, ends: null, used: null };
  const some = { made: new Date().toISOString(), ends: new Date(Date.now() + 8e9).toISOString(), used: null };

  function answer(view: object): void {
    let now = view;
    call.mockImplementation((command: string) => {
      if (command === 'monitoring_token_make') {
        now = some;
        return Promise.resolve({ token: 'f00d' });
      }
      if (command === 'monitoring_token_remove') now = none;
      return Promise.resolve(now);
    });
  }

  it('is shown once, and forgotten with whoever made it', async () => {
    answer(none);
    render(Monitoring);
    await settle();
    await fireEvent.click(screen.getByRole('button', { name: 'Make a token' }));
    await settle();
    expect(screen.getAllByText('f00d').length).toBeGreaterThan(0);
    forgetDrafts();
    await settle();
    expect(screen.queryByText('f00d')).toBeNull();
    expect(screen.getByRole('button', { name: 'Make a new one…' })).toBeDefined();
  });

  it('is removed once it was asked whether', async () => {
    answer(some);
    render(Monitoring);
    await settle();
    await fireEvent.click(screen.getByRole('button', { name: 'Remove…' }));
    await fireEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Remove' }));
    await settle();
    expect(call).toHaveBeenCalledWith('monitoring_token_remove');
    expect(document.body.textContent).toContain('There is no token');
  });

  it('is made and removed only by who manages security', async () => {
    atWork('see_health');
    answer(some);
    render(Monitoring);
    await settle();
    expect(screen.queryByRole('button')).toBeNull();
    expect(document.body.textContent).toContain('/health/ready');
    expect(document.body.textContent).toContain('Authorization: Bearer');
  });
});

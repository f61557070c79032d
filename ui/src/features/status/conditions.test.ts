import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackupsView } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
import { backupCondition } from './conditions';

beforeEach(() => locale.choose('en'));
afterEach(() => locale.choose('ru'));

const NOW = Date.parse('2026-11-27T09:00:00Z');
const at = (hours: number): string => new Date(NOW - hours * 3_600_000).toISOString();
const view = (change: Partial<BackupsView>): BackupsView => ({ targets: [], recoverable: true, verified: at(6), ...change }) as unknown as BackupsView;
const said = (change: Partial<BackupsView>, kit: boolean | null = true) => backupCondition(view(change), kit, true, NOW);

describe('a backup in the status line', () => {
  it('has the age of the newest verified one, and leads to where backups are', () => {
    const { tone, words, more, href } = said({});
    expect([tone, href]).toEqual(['ok', '#/settings/backups']);
    expect(words).toMatch(/^Backup .*\d\d:\d\d$/);
    expect(more).toContain('6 hr ago');
  });

  it('is attended to where there is none, it is too old, or would not help', () => {
    const all = [said({ verified: null }), said({ verified: at(26) }), said({ recoverable: false }), said({ recoverable: false, targets: [elsewhere()] })];
    expect(all.map(({ tone }) => tone)).toEqual(['warn', 'warn', 'warn', 'warn']);
    expect(new Set(all.map(({ words }) => words.replace(/^Backup .*\d\d:\d\d/, ''))).size).toBe(4);
    for (const { more } of all) expect(more).not.toBeNull();
    expect(said({ verified: at(25) }).tone).toBe('ok');
  });

  it('is not known while nothing is heard of the core, or it could not be read', () => {
    expect(backupCondition(view({}), true, false, NOW).tone).toBe('unknown');
    expect(backupCondition(null, true, true, NOW).tone).toBe('unknown');
  });
});

function elsewhere(): BackupsView['targets'][number] {
  const copy = { name: 'b', taken: at(6), size: 1, verified: at(5), problem: null };
  return { id: 'c', name: 'Cloud', kind: 'folder', path: '/mnt', problem: null, copies: [copy] };
}

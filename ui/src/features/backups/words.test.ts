import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackupCopy, BackupProblemKind, BackupStage, BackupsView, BackupTargetView, BackupTask } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
import { isOld, lacks } from './standing';
import { doingWords, drillMark, outcomeWords, placeName, problemWords, progress, stageWords, whereWords } from './words';

beforeEach(() => locale.choose('en'));
afterEach(() => locale.choose('ru'));

const PROBLEMS: BackupProblemKind[] = ['disk', 'target', 'silent', 'missing', 'broken', 'locked', 'database', 'machine'];
const STAGES: BackupStage[] = ['snapshot', 'pack', 'send', 'pictures', 'read_back', 'fetch', 'check'];
const TASKS: BackupTask[] = ['create', 'verify', 'drill', 'restore'];

const copy = (change: Partial<BackupCopy> = {}): BackupCopy => ({
  name: 'b1',
  taken: '2026-11-26T00:00:00Z',
  size: 1,
  verified: '2026-11-26T00:01:00Z',
  problem: null,
  ...change,
});
const place = (id: string, name: string, copies: BackupCopy[] = []): BackupTargetView => ({ id, name, kind: 'folder', path: '/srv', problem: null, copies });
const view = (targets: BackupTargetView[], recoverable = false): Pick<BackupsView, 'targets' | 'recoverable'> => ({ targets, recoverable });

describe('words', () => {
  it.each(['ru', 'en'] as const)('in %s tell problems, stages and tasks apart', (language) => {
    locale.choose(language);
    const said = [...PROBLEMS.map(problemWords), ...STAGES.map((stage) => stageWords({ stage, target: null }, view([]))), ...TASKS.map(doingWords)];
    expect(new Set(said).size).toBe(said.length);
    const problem = { kind: 'disk' as const, words: 'no space' };
    const ends = TASKS.flatMap((task) => [
      outcomeWords({ task, cancelled: false, problem: null }),
      outcomeWords({ task, cancelled: true, problem: null }),
      outcomeWords({ task, cancelled: false, problem }),
    ]);
    expect(new Set(ends.map(({ words }) => words)).size).toBe(ends.length);
    expect(ends.map(({ tone }) => tone)).toEqual(TASKS.flatMap(() => ['ok', 'warn', 'danger']));
  });

  it('name the place of a stage, the folder in the data folder too, and none that is gone', () => {
    const of = view([place('here', ''), place('1', 'Cloud')]);
    expect(stageWords({ stage: 'send', target: '1' }, of)).toBe('sending: Cloud');
    expect(stageWords({ stage: 'send', target: 'here' }, of)).toBe('sending: In the data folder');
    expect(stageWords({ stage: 'send', target: 'gone' }, of)).toBe('sending');
    expect(placeName({ id: '1', name: 'Cloud' })).toBe('Cloud');
  });

  it('say where a place is', () => {
    expect(whereWords(place('1', 'Disk'))).toBe('/srv');
    const s3 = { kind: 's3', endpoint: 'https://s3.example.kz', bucket: 'watch', prefix: '', region: 'r', path_style: true, access_key: 'k', authority: null } as const;
    expect(whereWords({ id: '2', name: 'Cloud', ...s3 })).toBe('https://s3.example.kz/watch');
    expect(whereWords({ id: '2', name: 'Cloud', ...s3, prefix: 'desks' })).toBe('https://s3.example.kz/watch/desks');
  });

  it('never call a drill good that did not bring everything back', () => {
    expect(drillMark({ problem: null, pictures_missing: 0 }).tone).toBe('ok');
    expect(drillMark({ problem: null, pictures_missing: 1 }).tone).toBe('warn');
    expect(drillMark({ problem: { kind: 'broken', words: '' }, pictures_missing: 0 }).tone).toBe('danger');
  });
});

describe('progress', () => {
  it('is a share where the whole is known, and never more than the whole', () => {
    expect(progress({ done: 85e6, total: 340e6 })).toEqual({ share: 0.25, words: '85 MB of 340 MB' });
    expect(progress({ done: 400e6, total: 340e6 }).share).toBe(1);
  });

  it('is only what was done where nobody knows the whole', () => {
    expect(progress({ done: 1.25e9, total: 0 })).toEqual({ share: null, words: '1.3 GB so far' });
    expect(progress({ done: 0, total: 0 })).toEqual({ share: null, words: null });
  });
});

describe('a lost machine', () => {
  const here = place('here', '', [copy()]);

  it('cannot be restored from a copy that lies on it, or is not verified', () => {
    expect(lacks(view([here]), true)).toEqual(['elsewhere']);
    expect(lacks(view([here, place('1', 'Cloud', [copy({ verified: null })])]), null)).toEqual(['elsewhere']);
  });

  it('cannot be restored without the kit, and both are said', () => {
    expect(lacks(view([here]), false)).toEqual(['elsewhere', 'kit']);
    expect(lacks(view([here, place('1', 'Cloud', [copy()])]), null)).toEqual(['kit']);
    expect(lacks(view([here, place('1', 'Cloud', [copy()])], true), false)).toEqual([]);
  });

  it('has a backup that is too old after 26 hours', () => {
    const at = Date.parse('2026-11-26T00:00:00Z');
    expect(isOld('2026-11-26T00:00:00Z', at + 26 * 3_600_000 - 1)).toBe(false);
    expect(isOld('2026-11-26T00:00:00Z', at + 26 * 3_600_000)).toBe(true);
  });
});

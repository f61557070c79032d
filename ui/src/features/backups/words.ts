import type { BackupOutcome, BackupProblemKind, BackupProgress, BackupsView, BackupStage, BackupTarget, BackupTask, DrillReport } from '../../api/types';
import { size } from '../../shared/i18n/format';
import { m } from '../../shared/i18n/words';
import type { Tone } from '../../shared/words/tone';

/** The folder in the data folder, as the core calls it. */
export const HERE = 'here';

export const isHere = ({ id }: Pick<BackupTarget, 'id'>): boolean => id === HERE;

export const placeName = (place: Pick<BackupTarget, 'id' | 'name'>): string => (isHere(place) ? m.backup_here() : place.name);

/** A place by its id, as people call it; null where it is not known any more. */
export function placeNamed({ targets }: Pick<BackupsView, 'targets'>, id: string): string | null {
  const found = targets.find((target) => target.id === id);
  return found === undefined ? null : placeName(found);
}

/** Where it is, in a line. */
export function whereWords(place: BackupTarget): string {
  if (place.kind === 'folder') return place.path;
  return [place.endpoint, place.bucket, place.prefix].filter((part) => part !== '').join('/');
}

const PROBLEM: Record<BackupProblemKind, () => string> = {
  disk: m.backup_problem_disk,
  target: m.backup_problem_target,
  silent: m.backup_problem_silent,
  missing: m.backup_problem_missing,
  broken: m.backup_problem_broken,
  locked: m.backup_problem_locked,
  database: m.backup_problem_database,
  machine: m.backup_problem_machine,
};

export const problemWords = (kind: BackupProblemKind): string => PROBLEM[kind]();

const STAGE: Record<BackupStage, () => string> = {
  snapshot: m.backup_stage_snapshot,
  pack: m.backup_stage_pack,
  send: m.backup_stage_send,
  pictures: m.backup_stage_pictures,
  read_back: m.backup_stage_read_back,
  fetch: m.backup_stage_fetch,
  check: m.backup_stage_check,
};

/** What a task is at, and at which place. */
export function stageWords({ stage, target }: Pick<BackupProgress, 'stage' | 'target'>, view: Pick<BackupsView, 'targets'>): string {
  const words = STAGE[stage]();
  const place = target === null ? null : placeNamed(view, target);
  return place === null ? words : m.backup_stage_at({ stage: words, place });
}

/** How far a stage has come: `share` from 0 to 1, null where nobody knows; in words, null before anything is done. */
export function progress({ done, total }: Pick<BackupProgress, 'done' | 'total'>): { share: number | null; words: string | null } {
  if (total > 0) {
    const so = Math.min(done, total);
    return { share: so / total, words: m.backup_bytes({ done: size(so), total: size(total) }) };
  }
  return { share: null, words: done > 0 ? m.backup_bytes_some({ done: size(done) }) : null };
}

type Said = Record<'doing' | 'done' | 'cancelled' | 'failed', () => string>;
const TASK: Record<BackupTask, Said> = {
  create: { doing: m.backup_doing_create, done: m.backup_done_create, cancelled: m.backup_cancelled_create, failed: m.backup_failed_create },
  verify: { doing: m.backup_doing_verify, done: m.backup_done_verify, cancelled: m.backup_cancelled_verify, failed: m.backup_failed_verify },
  drill: { doing: m.backup_doing_drill, done: m.backup_done_drill, cancelled: m.backup_cancelled_drill, failed: m.backup_failed_drill },
  restore: { doing: m.backup_doing_restore, done: m.backup_done_restore, cancelled: m.backup_cancelled_restore, failed: m.backup_failed_restore },
};

export const doingWords = (task: BackupTask): string => TASK[task].doing();

/** What came of a task. */
export function outcomeWords({ task, cancelled, problem }: Pick<BackupOutcome, 'task' | 'cancelled' | 'problem'>): { tone: Tone; words: string } {
  if (cancelled) return { tone: 'warn', words: TASK[task].cancelled() };
  return problem === null ? { tone: 'ok', words: TASK[task].done() } : { tone: 'danger', words: TASK[task].failed() };
}

/** Whether the last trial brought everything back. */
export function drillMark({ problem, pictures_missing: gone }: Pick<DrillReport, 'problem' | 'pictures_missing'>): { tone: Tone; words: string } {
  if (problem !== null) return { tone: 'danger', words: m.backup_drill_failed() };
  return gone > 0 ? { tone: 'warn', words: m.backup_drill_missing() } : { tone: 'ok', words: m.backup_drill_ok() };
}

import { backups } from '../../api/backups';
import { call } from '../../api/client';
import { Refused } from '../../api/errors';
import type { BackupTarget, BackupTargetReport } from '../../api/types';
import { m } from '../../shared/i18n/words';
import { toasts } from '../../shared/toasts.svelte';
import { UnderWay } from '../../shared/under-way.svelte';
import { errorWords, fieldProblem } from '../../shared/words/refusal';
import { blank, draftOf, requestOf, triable } from './place-draft';
import type { PlaceField } from './place-draft';

/** What the usual words would not help with. */
const MALFORMED: Partial<Record<PlaceField, () => string>> = {
  endpoint: m.backup_field_endpoint_bad,
  bucket: m.backup_field_bucket_bad,
  authority: m.backup_field_authority_bad,
  path: m.backup_path_bad,
};
const isMalformed = (error: unknown): boolean =>
  error instanceof Refused && (error.refusal.problem === 'malformed' || error.refusal.problem === 'not_an_address');

/** The form of a place for backups, new or there already. It lives as long as its dialog. */
export class PlaceForm {
  draft = $state(blank());
  problems = $state<Partial<Record<PlaceField, string>>>({});
  failure = $state<string | null>(null);
  saving = $state(false);
  readonly trial = new UnderWay<BackupTargetReport>();

  constructor(readonly of: BackupTarget | null) {
    if (of !== null) this.draft = draftOf(of);
  }

  get triable(): boolean {
    return triable(this.draft);
  }

  mend(field: PlaceField): void {
    delete this.problems[field];
    this.failure = null;
    if (field !== 'name') this.trial.forget();
  }

  async try(): Promise<void> {
    this.#calm();
    await this.trial.run(() => call('backup_target_try', requestOf(this.draft)));
    if (this.trial.failure !== null && this.#problem(this.trial.failure)) this.trial.forget();
  }

  /** Whether it was saved. */
  async save(): Promise<boolean> {
    if (this.saving) return false;
    this.saving = true;
    this.#calm();
    const { of } = this;
    const draft = requestOf(this.draft);
    try {
      await backups.settled(of === null ? call('backup_target_add', draft) : call('backup_target_change', { id: of.id, draft }));
      toasts.say((of === null ? m.backup_place_added : m.backup_place_changed)({ name: draft.name }), { tone: 'ok' });
      return true;
    } catch (error) {
      if (!this.#problem(error)) this.failure = errorWords(error);
      return false;
    } finally {
      this.saving = false;
    }
  }

  /** What is refused of a field stands beside it. */
  #problem(error: unknown): boolean {
    const problem = fieldProblem(error);
    if (problem === null || !(problem.field in this.draft)) return false;
    const field = problem.field as PlaceField;
    const words = isMalformed(error) ? MALFORMED[field]?.() : undefined;
    this.problems = { [field]: words ?? problem.words };
    return true;
  }

  #calm(): void {
    this.problems = {};
    this.failure = null;
  }
}

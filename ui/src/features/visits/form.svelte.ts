import { call } from '../../api/client';
import { Unreachable } from '../../api/errors';
import { live } from '../../api/live.svelte';
import type { VisitView } from '../../api/types';
import { keepDraft, keptDraft, onForget } from '../../shared/drafts';
import { day, zone } from '../../shared/i18n/format';
import { m } from '../../shared/i18n/words';
import { theField } from '../../shared/the-field';
import { toasts } from '../../shared/toasts.svelte';
import { actErrorWords, actOn, perform } from '../../shared/visit-act';
import { errorWords, fieldProblem } from '../../shared/words/refusal';
import { blank, draftOf, fieldOf, isBlank, keepable, readTyped, unreadable } from './new-visit';
import type { Field, Place, Typed } from './new-visit';

/** The name under which it is kept. */
const KEPT = 'new-visit';

/**
 * The form of a new visit. It outlives its dialog and a reload of the page: nothing half-typed is
 * lost until it is saved, cleared or forgotten.
 */
export class Form {
  typed = $state(blank());
  problems = $state<Partial<Record<Field, string>>>({});
  /** What went wrong that belongs to no field. */
  failure = $state<string | null>(null);
  saving = $state(false);
  /** What was half-typed when somebody else had to be entered first. */
  aside = $state.raw<Typed | null>(null);

  constructor() {
    this.#restore();
    // It lives as long as the page.
    $effect.root(() => {
      $effect(() => {
        const typed = this.blank ? null : keepable($state.snapshot(this.typed));
        const nothing = typed === null && this.aside === null;
        keepDraft(KEPT, nothing ? null : { typed, aside: this.aside && keepable(this.aside) });
      });
    });
    onForget(() => this.forget());
  }

  #restore(): void {
    const kept = keptDraft(KEPT);
    if (typeof kept !== 'object' || kept === null) return;
    const { typed, aside } = kept as Record<string, unknown>;
    this.typed = readTyped(typed) ?? blank();
    this.aside = readTyped(aside);
  }

  get blank(): boolean {
    return isBlank(this.typed);
  }

  get place(): Place {
    const today = day(live.now());
    return { zone: zone(), today, dayEnd: live.settings?.site.day_end ?? '23:59' };
  }

  /** Begins with what is known; what was typed for another is kept aside. */
  begin(known: Partial<Typed>): void {
    const meant = Object.entries(known).every(([field, value]) => this.typed[field as Field] === value);
    if (meant) return;
    if (!this.blank) this.aside = $state.snapshot(this.typed);
    this.clear();
    this.typed = { ...blank(), ...known };
  }

  bringBack(): void {
    if (this.aside === null) return;
    this.clear();
    this.typed = this.aside;
    this.aside = null;
  }

  clear(): void {
    this.typed = blank();
    this.problems = {};
    this.failure = null;
  }

  /** Nothing of it is left, not even what was put aside. */
  forget(): void {
    this.clear();
    this.aside = null;
  }

  /** A field that is being mended is not scolded any more. */
  mend(field: Field): void {
    delete this.problems[field];
    this.failure = null;
  }

  /** Saves, and with `enter` lets in at once. Gives whether it was saved. */
  async save(enter: boolean): Promise<boolean> {
    if (this.saving) return false;
    this.failure = null;
    this.problems = Object.fromEntries(unreadable(this.typed).map((field) => [field, m.visit_new_time_bad()]));
    if (Object.keys(this.problems).length > 0) return false;
    this.saving = true;
    try {
      const visit = await call('visit_add', draftOf(this.typed, this.place));
      // The feed may have told of it already, and of more.
      if (!live.visits.byId.has(visit.id)) live.putVisit(visit);
      this.clear();
      await this.#said(visit, enter);
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    } finally {
      this.saving = false;
    }
  }

  async #said(visit: VisitView, enter: boolean): Promise<void> {
    if (enter) {
      try {
        await perform(visit, 'check_in');
      } catch (error) {
        const why = actErrorWords(error);
        toasts.say(m.visit_new_not_entered({ name: visit.visitor, why }), { tone: 'danger' });
      }
    } else {
      toasts.say(m.visit_new_added({ name: visit.visitor }), {
        tone: 'ok',
        ...(visit.actions.includes('cancel')
          ? { action: { words: m.action_undo(), run: () => void actOn(visit, 'cancel') } }
          : {}),
      });
    }
    theField.focus();
  }

  #failed(error: unknown): void {
    const problem = fieldProblem(error);
    const field = problem === null ? null : fieldOf(problem.field);
    if (problem !== null && field !== null) this.problems = { [field]: problem.words };
    else this.failure = error instanceof Unreachable ? m.visit_new_unreachable() : errorWords(error);
  }
}

export const form = new Form();

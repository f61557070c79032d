import { NoSession, Refused, Unreachable } from '../../api/errors';
import type { ErrorCode, Problem, Refusal } from '../../api/types';
import { m } from '../i18n/words';

const CODE: Record<ErrorCode, () => string> = {
  invalid: m.refused_invalid,
  not_found: m.refused_not_found,
  taken: m.refused_taken,
  wrong_state: m.refused_wrong_state,
  device: m.refused_device,
  forbidden: m.refused_forbidden,
  sign_in: m.error_no_session,
  locked: m.refused_locked,
  second_factor: m.access_code_wanted,
  wrong_credential: m.access_wrong,
  wrong_clock: m.access_wrong_clock_short,
  expired: m.access_expired,
  too_many: m.access_too_many_ask,
  step_up: m.refused_step_up,
  last_administrator: m.refused_last_administrator,
  two_people: m.refused_two_people,
  damaged: m.refused_damaged,
  not_ready: m.refused_not_ready,
  internal: m.refused_internal,
};

const PROBLEM: Record<Problem, () => string> = {
  empty: m.problem_empty,
  too_long: m.problem_too_long,
  too_short: m.problem_too_short,
  common: m.problem_common,
  out_of_range: m.problem_out_of_range,
  ends_before_it_begins: m.problem_ends_before_it_begins,
  not_an_address: m.problem_not_an_address,
  not_http: m.problem_not_http,
  unknown_zone: m.problem_unknown_zone,
  malformed: m.problem_malformed,
  mistyped: m.problem_mistyped,
  differs: m.problem_differs,
  unusable: m.problem_unusable,
};

/** What can belong to another besides a name, by its field. */
const TAKEN: Record<string, (by: { name: string }) => string> = {
  url: m.refused_taken_address,
  person_no: m.refused_taken_person,
  card_no: m.refused_taken_card,
};

function codeWord({ code, field, by }: Refusal): string {
  const taken = code === 'taken' ? TAKEN[field ?? ''] : undefined;
  return taken === undefined ? CODE[code]() : taken({ name: by ?? '…' });
}

export const problemWord = (problem: Problem): string => PROBLEM[problem]();

/** What happened, what was kept, what to do: one sentence for whatever `call` threw. */
export function errorWords(error: unknown): string {
  if (error instanceof Refused) return codeWord(error.refusal);
  if (error instanceof Unreachable) return m.error_unreachable();
  if (error instanceof NoSession) return m.error_no_session();
  return m.error_unexpected();
}

/** The field that was refused, as the request calls it, and what is wrong with it, in words. */
export function fieldProblem(error: unknown): { field: string; words: string } | null {
  if (!(error instanceof Refused) || error.refusal.field === null) return null;
  const { field, problem } = error.refusal;
  return { field, words: problem === null ? codeWord(error.refusal) : problemWord(problem) };
}

/** What a trial of something has said, English, for whoever looks closer; null for any other refusal. */
export function trialDetail(error: unknown): string | null {
  if (!(error instanceof Refused) || error.refusal.problem !== 'unusable') return null;
  const { field, message } = error.refusal;
  return message.startsWith(`${field}: `) ? message.slice(`${field}: `.length) : message;
}

import { Refused } from '../../api/errors';
import { m } from '../../shared/i18n/words';
import { errorWords } from '../../shared/words/refusal';

/** What went wrong with showing who one is, in words; how long to wait is said in them. */
export function accessWords(error: unknown): string {
  if (!(error instanceof Refused)) return errorWords(error);
  const { code, wait_s: seconds } = error.refusal;
  if (code === 'too_many' && seconds !== null) return m.access_too_many({ seconds });
  if (code === 'wrong_clock' && seconds !== null) return m.access_wrong_clock({ minutes: Math.round(seconds / 60) });
  return errorWords(error);
}

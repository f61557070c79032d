import { live } from '../../api/live.svelte';
import { Refused } from '../../api/errors';
import { timeWithSeconds } from '../../shared/i18n/format';
import { m } from '../../shared/i18n/words';
import { errorWords } from '../../shared/words/refusal';

const SECONDS = 60;

/** What went wrong with showing who one is, in words; how long to wait is said in them. */
export function accessWords(error: unknown): string {
  if (!(error instanceof Refused)) return errorWords(error);
  const { code, wait_s: seconds } = error.refusal;
  if (code === 'too_many' && seconds !== null) return m.access_too_many({ seconds });
  if (code === 'wrong_clock' && seconds !== null) {
    // The refusal does not say which of the two is wrong: whoever sees both can.
    return m.access_wrong_clock({ minutes: Math.max(1, Math.round(seconds / SECONDS)), time: timeWithSeconds(live.now()) });
  }
  return errorWords(error);
}

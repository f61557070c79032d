import { duration, number } from '../../shared/i18n/format';
import type { DeviceState } from '../../api/types';
import { m } from '../../shared/i18n/words';
import type { Tone } from '../../shared/words/tone';

/** Beyond this the time of a passage is off by what a person notices. */
export const DRIFT_LIMIT_MS = 30_000;
/** Nobody sets a clock more exactly than this. */
const EXACT_MS = 2000;
const MINUTE_MS = 60_000;

/** Ends as a sentence does, unless it does already. */
export const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!…][”»]?$/.test(text) ? '' : '.'}`;

const ANSWERS: ReadonlySet<DeviceState['state']> = new Set(['online', 'stream_only', 'polling']);

/** Is it known now what its clock shows? */
export const answers = ({ state }: DeviceState): boolean => ANSWERS.has(state);

const long = (ms: number): string =>
  ms < MINUTE_MS ? m.device_drift_s({ count: number(Math.round(ms / 1000)) }) : duration(ms);

/** The device's clock against ours: «спешат на 12 с». */
export function driftWords(ms: number | null): { tone: Tone; words: string } {
  if (ms === null) return { tone: 'unknown', words: m.device_drift_none() };
  const far = Math.abs(ms);
  if (far < EXACT_MS) return { tone: 'plain', words: m.device_drift_ok() };
  const time = long(far);
  const words = ms > 0 ? m.device_drift_ahead({ time }) : m.device_drift_behind({ time });
  return { tone: far > DRIFT_LIMIT_MS ? 'warn' : 'plain', words };
}

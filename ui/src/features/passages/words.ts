import type { Certainty, PassageView, ReaderDirection } from '../../api/types';
import { day, time, timeWithSeconds, when } from '../../shared/i18n/format';
import { locale } from '../../shared/i18n/locale.svelte';
import { clock } from '../../shared/clock.svelte';
import { m } from '../../shared/i18n/words';
import type { Tone } from '../../shared/words/tone';
import { visitorName } from '../../shared/words/visitor';

/** The device was ready to let the person through, who did not go. */
const NOT_PASSED = 137;

const WHY: Record<number, () => string> = {
  6: m.passage_why_no_permission,
  7: m.passage_why_hours,
  8: m.passage_why_expired,
  9: m.passage_why_unknown_card,
  10: m.passage_why_anti_passback,
  11: m.passage_why_interlock,
  39: m.passage_why_fingerprint,
  41: m.passage_why_fingerprint,
  49: m.passage_why_fingerprint,
  76: m.passage_why_face,
  80: m.passage_why_face,
  104: m.passage_why_not_alive,
  112: m.passage_why_document,
  117: m.passage_why_closed,
  137: m.passage_why_not_passed,
  150: m.passage_why_password,
  151: m.passage_why_password,
  152: m.passage_why_unknown_number,
  157: m.passage_why_qr,
  195: m.passage_why_code_expired,
};

/** What doors and lanes tell without a person; by major and minor code, as the core knows them. */
const EVENT: Record<string, () => string> = {
  '5/21': m.event_unlocked,
  '5/22': m.event_locked,
  '5/25': m.event_opened,
  '5/26': m.event_closed,
  '5/27': m.event_forced,
  '5/28': m.event_held,
  '5/37': m.event_bell,
  '5/113': m.event_block_list,
  '5/133': m.event_followed,
  '5/135': m.event_lane_forced,
  '1/1028': m.event_tampered,
  '1/1030': m.event_tampered,
  '1/1034': m.event_duress,
  '1/1039': m.event_tampered,
};
/** Somebody has to look at these. */
const ATTENTION = new Set(['5/27', '5/28', '5/113', '5/133', '5/135', '1/1028', '1/1030', '1/1034', '1/1039']);

function eventWords(passage: PassageView): string {
  const known = EVENT[codeOf(passage)];
  if (known !== undefined) return known();
  if (locale.current === 'en' && passage.meaning !== null) return passage.meaning;
  return m.event_code({ code: codeOf(passage) });
}

export const codeOf = ({ major, minor }: PassageView): string => `${major}/${minor}`;

/** Why the device did so, in one line; null where there is nothing to say. */
export function reasonWords(passage: PassageView): string | null {
  const known = passage.major === 5 ? WHY[passage.minor] : undefined;
  if (known !== undefined) return known();
  if (passage.verdict !== 'refused') return null;
  // The table of the core is in English.
  if (locale.current === 'en' && passage.meaning !== null) return passage.meaning;
  return m.passage_why_code({ code: codeOf(passage) });
}

export function verdictTag(passage: PassageView): { tone: Tone; words: string } {
  if (passage.verdict === 'refused') return { tone: 'danger', words: m.passage_refused() };
  if (passage.verdict === 'none') {
    if (passage.minor === NOT_PASSED) return { tone: 'warn', words: m.passage_not_passed() };
    return ATTENTION.has(codeOf(passage))
      ? { tone: 'warn', words: m.passage_attention() }
      : { tone: 'plain', words: m.passage_event() };
  }
  const words = { in: m.passage_in, out: m.passage_out, seen: m.passage_passed }[passage.direction];
  return { tone: 'ok', words: words() };
}

/** What happened at a door, else the visitor, else the number that was shown. */
export function who(passage: PassageView): string {
  if (passage.verdict === 'none' && passage.minor !== NOT_PASSED) return eventWords(passage);
  if (passage.visitor !== null) return visitorName(passage.visitor);
  if (passage.card_no !== null) return m.passage_card({ number: passage.card_no });
  if (passage.person_no !== null) return m.passage_person({ number: passage.person_no });
  return m.passage_nobody();
}

const DIRECTION: Record<PassageView['direction'] | ReaderDirection, () => string> = {
  in: m.direction_in,
  out: m.direction_out,
  both: m.direction_both,
  seen: m.direction_seen,
};

export const directionWord = (direction: PassageView['direction'] | ReaderDirection): string =>
  DIRECTION[direction]();

export const where = (passage: PassageView): string =>
  m.passage_at({ device: passage.device, direction: directionWord(passage.direction) });

const CERTAINTY: Record<Certainty, () => string> = {
  measured: m.passage_time_measured,
  received: m.passage_time_received,
  uncertain: m.passage_time_uncertain,
};

export const certaintyWord = (certainty: Certainty): string => CERTAINTY[certainty]();

/** Where the time is not the device's checked one: a word for the row, and what it means in full. */
export function doubt(certainty: Certainty): { word: string; why: string } | null {
  if (certainty === 'measured') return null;
  return certainty === 'received'
    ? { word: m.passage_mark_received(), why: m.passage_time_received_why() }
    : { word: m.passage_mark_uncertain(), why: m.passage_time_uncertain_why() };
}

/** To the second today; «≈» where the clock of the device was not to be trusted. */
export function moment(at: string, certainty: Certainty = 'measured'): string {
  const words = day(at) === day(clock.minute) ? timeWithSeconds(at) : when(at);
  return certainty === 'uncertain' ? `≈ ${words}` : words;
}

const WALL = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2})?$/;
const walls = new Map<string, Intl.DateTimeFormat>();

/** What the device's own clock showed, as it wrote it: no zone of ours moves it. */
export function deviceTime(written: string): string {
  const [, date, clockTime, offset] = WALL.exec(written.trim()) ?? [];
  const at = Date.parse(`${date}T${clockTime?.padEnd('00:00:00'.length, ':00')}Z`);
  // What cannot be read is told as it is.
  if (Number.isNaN(at)) return written;
  let format = walls.get(locale.region);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locale.region, {
      day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit',
      hourCycle: 'h23', timeZone: 'UTC',
    });
    walls.set(locale.region, format);
  }
  const words = format.format(at);
  if (offset === undefined) return words;
  return `${words} UTC${offset === 'Z' ? '' : offset.replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2').replace('-', '−')}`;
}

/** Told so much later that it was no news. */
export const toldLate = (passage: PassageView): string | null =>
  passage.live ? null : m.passage_late({ when: time(passage.received) });

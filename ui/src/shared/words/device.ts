import type { Cause, DeviceNote, DeviceState, DeviceView, Reason } from '../../api/types';
import { duration, when } from '../i18n/format';
import { m } from '../i18n/words';
import type { Tone } from './tone';

const CAUSE: Record<Cause, () => string> = {
  opening_stream: m.cause_opening_stream,
  no_stream: m.cause_no_stream,
  stream_held_elsewhere: m.cause_stream_held_elsewhere,
  stream_does_not_open: m.cause_stream_does_not_open,
  stream_closed: m.cause_stream_closed,
  stream_broke: m.cause_stream_broke,
  stream_useless: m.cause_stream_useless,
  log_not_searchable: m.cause_log_not_searchable,
  nothing_recorded: m.cause_nothing_recorded,
  unreachable: m.cause_unreachable,
  connection_broke: m.cause_connection_broke,
  login_unknown: m.cause_login_unknown,
  answers_error: m.cause_answers_error,
  unreadable: m.cause_unreadable,
  not_written: m.cause_not_written,
  no_password: m.cause_no_password,
  secrets_unavailable: m.cause_secrets_unavailable,
  refused: m.cause_refused,
  would_lock: m.cause_would_lock,
};

export type DeviceWords = {
  tone: Tone;
  /** «молчит с 12:04»: to stand beside the name. */
  state: string;
  /** «Терминал у входа молчит с 12:04»: to stand alone. */
  sentence: string;
  /** Why, in words; null when there is nothing to say. */
  why: string | null;
  /** What the device itself said, in English or its own words: for the curious, never alone. */
  detail: string | null;
  /** What a person is to do, when only a person can. */
  todo: string | null;
  /** Does it need somebody's attention? */
  problem: boolean;
};

export const causeWord = (cause: Cause): string => CAUSE[cause]();

export function noteWords(note: DeviceNote): string {
  switch (note.kind) {
    case 'hardware_swapped':
      return m.device_note_hardware_swapped({ when: when(note.at) });
    case 'log_cleared':
      return m.device_note_log_cleared({ when: when(note.at) });
    case 'same_as':
      return m.device_note_same_as({ device: note.device });
  }
}

const said = (tone: Tone, state: string, reason?: Reason): Omit<DeviceWords, 'sentence' | 'problem'> => ({
  tone,
  state,
  why: reason === undefined ? null : causeWord(reason.cause),
  detail: reason?.detail ?? null,
  todo: null,
});

function stateWords(device: DeviceState): Omit<DeviceWords, 'sentence' | 'problem'> {
  switch (device.state) {
    case 'unwatched':
      return said('unknown', m.device_unwatched());
    case 'connecting':
      return said('unknown', m.device_connecting());
    case 'online':
      return said('ok', m.device_online());
    case 'stream_only':
      return said('warn', m.device_stream_only());
    case 'polling':
      return said('warn', m.device_polling(), device.reason);
    case 'stream_silent':
      // What a silent device guards is not known: grey, and neither green nor red.
      return said('unknown', m.device_stream_silent({ since: when(device.since) }));
    case 'offline':
      return said('unknown', m.device_offline({ since: when(device.since) }), device.reason);
    case 'refused': {
      const words = said('danger', m.device_refused({ since: when(device.since) }));
      if (device.locked_for_s !== null) {
        words.why = m.device_refused_locked({ wait: duration(device.locked_for_s * 1000) });
      } else if (device.tries_left !== null) {
        words.why = m.device_refused_tries({ count: device.tries_left });
      }
      return { ...words, todo: m.device_refused_act() };
    }
    case 'faulty':
      return said('danger', m.device_faulty(), device.reason);
  }
}

const VERBS: ReadonlySet<DeviceState['state']> = new Set(['stream_silent', 'offline', 'refused', 'faulty']);
const WELL: ReadonlySet<DeviceState['state']> = new Set(['online', 'connecting', 'unwatched']);

/** What is the matter with a device, in the words of a person at the desk. */
export function deviceWords(device: DeviceView): DeviceWords {
  const words = stateWords(device);
  const named = VERBS.has(device.state) ? m.device_named_verb : m.device_named;
  return {
    ...words,
    sentence: named({ name: device.name, words: words.state }),
    problem: !WELL.has(device.state),
  };
}

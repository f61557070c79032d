import type { DeskAction, IncidentKind, Origin, Verdict, VisitStatus } from '../../api/types';
import { m } from '../i18n/words';
import type { Tone } from './tone';

const STATUS: Record<VisitStatus, () => string> = {
  requested: m.status_requested,
  declined: m.status_declined,
  expected: m.status_expected,
  checked_in: m.status_checked_in,
  away: m.status_away,
  checked_out: m.status_checked_out,
  cancelled: m.status_cancelled,
  no_show: m.status_no_show,
};

const STATUS_TONE: Record<VisitStatus, Tone> = {
  requested: 'warn',
  declined: 'danger',
  expected: 'plain',
  checked_in: 'ok',
  away: 'plain',
  checked_out: 'plain',
  cancelled: 'plain',
  no_show: 'warn',
};

const ACTION: Record<DeskAction, () => string> = {
  check_in: m.act_check_in,
  check_out: m.act_check_out,
  cancel: m.act_cancel,
  reopen: m.act_reopen,
  undo: m.act_undo,
};

const ORIGIN: Record<Origin, () => string> = {
  desk: m.origin_desk,
  door: m.origin_door,
  automatic: m.origin_automatic,
  import: m.origin_import,
};

/** The same where a column has no room. */
const ORIGIN_SHORT: Record<Origin, () => string> = {
  desk: m.origin_short_desk,
  door: m.origin_short_door,
  automatic: m.origin_short_automatic,
  import: m.origin_short_import,
};

const INCIDENT: Record<IncidentKind, () => string> = {
  exit_without_entry: m.incident_exit_without_entry,
  expired_pass: m.incident_expired_pass,
  entry_on_cancelled: m.incident_entry_on_cancelled,
};

const VERDICT: Record<Verdict, () => string> = {
  granted: m.verdict_granted,
  refused: m.verdict_refused,
  none: m.verdict_none,
};

export const statusWord = (status: VisitStatus): string => STATUS[status]();
export const statusTone = (status: VisitStatus): Tone => STATUS_TONE[status];
export const actionWord = (action: DeskAction): string => ACTION[action]();
export const originWord = (origin: Origin): string => ORIGIN[origin]();
export const originShort = (origin: Origin): string => ORIGIN_SHORT[origin]();
export const incidentWord = (kind: IncidentKind): string => INCIDENT[kind]();
export const verdictWord = (verdict: Verdict): string => VERDICT[verdict]();

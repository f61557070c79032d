import type { IncidentStatus, IncidentView, Severity, WithdrawnBecause } from '../../api/types';
import { m } from '../../shared/i18n/words';
import type { Tone } from '../../shared/words/tone';

const SEVERITY: Record<Severity, () => string> = {
  low: m.severity_low,
  medium: m.severity_medium,
  high: m.severity_high,
  critical: m.severity_critical,
};

const STATUS: Record<IncidentStatus, () => string> = {
  new: m.incident_status_new,
  investigating: m.incident_status_investigating,
  resolved: m.incident_status_resolved,
  false_alarm: m.incident_status_false_alarm,
};

export const severityWord = (severity: Severity): string => SEVERITY[severity]();
export const incidentStatusWord = (status: IncidentStatus): string => STATUS[status]();

export const isGrave = (incident: IncidentView): boolean =>
  incident.severity === 'high' || incident.severity === 'critical';

export function incidentTone(incident: IncidentView): Tone {
  if (incident.withdrawn !== null) return 'plain';
  return isGrave(incident) ? 'danger' : 'warn';
}

const WITHDRAWN: Record<WithdrawnBecause, () => string> = {
  entry_read_later: m.incident_withdrawn_entry_read_later,
  nobody_went_through: m.incident_withdrawn_nobody_went_through,
  other: m.incident_withdrawn_other,
};

/** A core that is newer than this page may know more reasons. */
export const withdrawnWords = (why: WithdrawnBecause): string => (WITHDRAWN[why] ?? WITHDRAWN.other)();

import type { IncidentStatus, IncidentView, Severity } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
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

/** What the core writes when it takes an incident back; the text is English. */
const WITHDRAWN: Record<string, () => string> = {
  'the entry was read later': m.incident_withdrawn_entry_later,
};

export const withdrawnWords = (why: string): string =>
  WITHDRAWN[why]?.() ?? (locale.current === 'en' ? why : m.incident_withdrawn_by_core({ why }));

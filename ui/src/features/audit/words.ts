import type { AuditEntry } from '../../api/types';
import { m } from '../../shared/i18n/words';

const KIND: Record<string, () => string> = {
  'visitor.added': m.audit_visitor_added,
  'visit.planned': m.audit_visit_planned,
  'visit.fact': m.audit_visit_fact,
  'passage.recorded': m.audit_passage_recorded,
  'passage.pictured': m.audit_passage_pictured,
  'device.added': m.audit_device_added,
  'device.changed': m.audit_device_changed,
  'device.removed': m.audit_device_removed,
  'device.epoch': m.audit_device_epoch,
  'device.hold': m.audit_device_hold,
  'settings.changed': m.audit_settings_changed,
  'incident.raised': m.audit_incident_raised,
  'incident.repeated': m.audit_incident_repeated,
  'incident.withdrawn': m.audit_incident_withdrawn,
  'user.added': m.audit_user_added,
  'user.changed': m.audit_user_changed,
  'user.password': m.audit_user_password,
  'user.pin': m.audit_user_pin,
  'user.factor': m.audit_user_factor,
  'user.codes': m.audit_user_codes,
  'user.factor_lost': m.audit_user_factor_lost,
  'user.factor_gone': m.audit_user_factor_gone,
  'user.signed_in': m.audit_user_signed_in,
  'user.signed_out': m.audit_user_signed_out,
  'user.unlocked': m.audit_user_unlocked,
  'user.stepped_up': m.audit_user_stepped_up,
  'user.refused': m.audit_user_refused,
  'session.ended': m.audit_session_ended,
  'audit.exported': m.audit_exported,
  'kit.made': m.audit_kit_made,
  'kit.confirmed': m.audit_kit_confirmed,
};

/** What was done; a kind that this version has no words for is shown as it is. */
export const kindWord = (kind: string): string => KIND[kind]?.() ?? kind;

/** Who is no person and no device. */
const AUTHOR: Record<string, () => string> = { rules: m.audit_rules, 'day end': m.audit_clock, desk: m.audit_desk };

export const authorWord = ({ author, author_name: name }: AuditEntry): string => {
  if (author === 'user/nobody') return m.audit_nobody();
  if (author.startsWith('owner/')) return m.audit_owner({ name: name ?? author.slice('owner/'.length) });
  return name ?? AUTHOR[author]?.() ?? author;
};

/** Kinds that are looked for together. */
export const GROUPS = {
  people: ['user.', 'session.', 'kit.', 'audit.'],
  visits: ['visit.', 'visitor.'],
  doors: ['passage.', 'device.'],
  incidents: ['incident.'],
  settings: ['settings.'],
} as const;

export type Group = keyof typeof GROUPS;

export const GROUP_WORDS: Record<Group, () => string> = {
  people: m.audit_group_people,
  visits: m.audit_group_visits,
  doors: m.audit_group_doors,
  incidents: m.audit_group_incidents,
  settings: m.audit_group_settings,
};

import type { AuditEntry, FactKind, IncidentKind, Origin, Role, Verdict } from '../../api/types';
import { m } from '../../shared/i18n/words';
import { incidentWord, originWord, verdictWord } from '../../shared/words/visit';
import { roleWord, ROLES } from '../access/words';
import { factWord } from '../visits/facts';

const KIND: Record<string, () => string> = {
  'visitor.added': m.audit_visitor_added,
  'visitor.identity': m.audit_visitor_identity,
  'visitor.revealed': m.audit_visitor_revealed,
  'visitor.erased': m.audit_visitor_erased,
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
  'kit.used': m.audit_kit_used,
  'site_key.changed': m.audit_site_key_changed,
  'backup.made': m.audit_backup_made,
  'backup.drilled': m.audit_backup_drilled,
  'backup.restored': m.audit_backup_restored,
  'monitoring.token': m.audit_monitoring_token,
  'authority.made': m.audit_authority_made,
};

/** What stands in a table under a word that another version of Vakhta may have written. */
const found = <T>(table: Record<string, T>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** What was done; a kind that this version has no words for is shown as it is. */
export const kindWord = (kind: string): string => found(KIND, kind)?.() ?? kind;

type Fields = Record<string, unknown>;

/** What changed, as it is written down; nothing of what cannot be read. */
export function fieldsOf({ fields }: Pick<AuditEntry, 'fields'>): Fields {
  try {
    const read: unknown = JSON.parse(fields);
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? (read as Fields) : {};
  } catch {
    return {};
  }
}

/** The words of a table of this version, for a word that another version may have written. */
function known<K extends string>(word: (key: K) => string, key: unknown): string | null {
  if (typeof key !== 'string' || key === '') return null;
  try {
    return word(key as K);
  } catch {
    return key;
  }
}

const PROOF: Record<string, () => string> = {
  password: m.audit_by_password,
  PIN: m.audit_by_pin,
  'second factor': m.audit_by_factor,
  code: m.audit_by_factor,
  'recovery code': m.audit_by_recovery,
  'fresh proof': m.audit_by_proof,
  command: m.audit_by_right,
};

const proofWord = (what: unknown): string | null =>
  typeof what === 'string' ? (found(PROOF, what)?.() ?? what) : null;

const rolesWords = (roles: unknown): string | null =>
  typeof roles !== 'string' || roles === ''
    ? null
    : roles
        .split(',')
        .map((role) => (ROLES.includes(role as Role) ? roleWord(role as Role) : role))
        .join(', ');

const joined = (...parts: (string | null)[]): string | null => {
  const said = parts.filter((part) => part !== null && part !== '');
  return said.length === 0 ? null : said.join(', ');
};

/** What was done, and in a few words how: `what` is said louder than `how`. */
export function whatWords(entry: AuditEntry): { what: string; how: string | null } {
  const fields = fieldsOf(entry);
  const what = kindWord(entry.kind);
  switch (entry.kind) {
    case 'visit.fact':
      return { what: known<FactKind>(factWord, fields['kind']) ?? what, how: known<Origin>(originWord, fields['origin']) };
    case 'passage.recorded':
      return { what, how: known<Verdict>(verdictWord, fields['verdict']) };
    case 'incident.raised':
      return { what, how: known<IncidentKind>(incidentWord, fields['kind']) };
    case 'device.hold':
      return { what: fields['refused'] === false ? m.audit_device_hold_over() : what, how: null };
    case 'user.added':
    case 'user.changed':
      return { what, how: joined(rolesWords(fields['roles']), fields['disabled'] === true ? m.audit_kept_out() : null) };
    case 'user.signed_in':
    case 'user.unlocked':
      return { what, how: proofWord(fields['with']) };
    case 'user.refused':
      return { what, how: joined(proofWord(fields['what']), typeof fields['command'] === 'string' ? fields['command'] : null) };
    case 'backup.made':
      return { what, how: m.audit_backup_places({ whole: String(fields['places'] ?? '?'), of: String(fields['of'] ?? '?') }) };
    case 'backup.drilled':
      return { what, how: known<string>((result) => found(DRILL, result)?.() ?? result, fields['result']) };
    case 'monitoring.token':
      return { what: fields['what'] === 'removed' ? m.audit_monitoring_token_gone() : what, how: null };
    default:
      return { what, how: null };
  }
}

const DRILL: Record<string, () => string> = { whole: m.audit_drill_whole, failed: m.audit_drill_failed };

const SECTION: Record<string, () => string> = {
  desk: m.audit_settings_desk,
  site: m.audit_settings_site,
  security: m.audit_settings_security,
};

const UNNAMED: Record<string, (of: { id: string }) => string> = {
  visit: m.audit_a_visit,
  visitor: m.audit_a_visitor,
  incident: m.audit_an_incident,
  device: m.audit_a_device,
  passage: m.audit_a_device,
};

/** The end of a name among machines: enough to tell two apart, short enough to be read out. */
const SHORT = 6;

/** Of what; empty where it is the one who acted, or the whole of Vakhta. */
export function ofWords({ kind, entity, entity_name: name, author }: AuditEntry): string {
  if (entity === author && !kind.startsWith('device.')) return '';
  if (name !== null) return name;
  const area = kind.split('.', 1)[0] ?? '';
  if (area === 'settings') return found(SECTION, entity)?.() ?? entity;
  if (area === 'audit' || area === 'kit' || area === 'authority' || area === 'monitoring') return '';
  if (area === 'backup') return entity.slice('backup/'.length);
  const id = (area === 'passage' ? (entity.split('/', 1)[0] ?? entity) : entity).slice(-SHORT);
  return found(UNNAMED, area)?.({ id }) ?? entity;
}

const NOBODY = 'user/nobody';
/** Who is no person and no device. */
const ITSELF: Record<string, () => string> = {
  rules: m.audit_rules,
  clock: m.audit_clock,
  'day end': m.audit_clock,
  desk: m.audit_desk,
};
const DEVICE = /^(device\/)?[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** Who, as people call them. */
export function authorWord({ author, author_name: name }: Pick<AuditEntry, 'author' | 'author_name'>): string {
  if (author === NOBODY) return m.audit_nobody();
  if (author.startsWith('owner/')) return m.audit_owner({ name: name ?? author.slice('owner/'.length) });
  if (name !== null) return name;
  const itself = found(ITSELF, author);
  if (itself !== undefined) return itself();
  if (DEVICE.test(author)) return m.audit_a_device({ id: author.slice(-SHORT) });
  return author;
}

/** Kinds that are looked for together; each word is a beginning. */
export const GROUPS = {
  visits: ['visit.', 'visitor.'],
  doors: ['passage.', 'device.'],
  people: ['user.', 'session.', 'kit.', 'site_key.'],
  settings: ['settings.', 'authority.', 'monitoring.'],
  backups: ['backup.'],
  incidents: ['incident.'],
  exports: ['audit.'],
} as const satisfies Record<string, readonly string[]>;

export type Group = keyof typeof GROUPS;

export const GROUP_WORDS: Record<Group, () => string> = {
  visits: m.audit_group_visits,
  doors: m.audit_group_doors,
  people: m.audit_group_people,
  settings: m.audit_group_settings,
  backups: m.audit_group_backups,
  incidents: m.audit_group_incidents,
  exports: m.audit_group_exports,
};

/** `desk …, incarnation …: operation 4 was changed …`, as the core says where the journal is broken. */
const PLACE = /^desk (\S+), incarnation (\S+): ([\s\S]+)$/;
const BREAKS: readonly [RegExp, (numbers: { number: string; after: string }) => string][] = [
  [/^operation (\d+) follows (\d+):/, m.audit_broken_hole],
  [/^operation (\d+) does not continue/, m.audit_broken_link],
  [/^operation (\d+) was changed/, m.audit_broken_changed],
  [/^the content of operation (\d+) was changed/, m.audit_broken_content],
];

/** The first broken place, in words; as the core says it where this version has none. */
export function brokenWords(text: string): string {
  const why = PLACE.exec(text)?.[3] ?? text;
  for (const [pattern, words] of BREAKS) {
    const [, number, after = ''] = pattern.exec(why) ?? [];
    if (number !== undefined) return words({ number, after });
  }
  return text;
}

import type { HealthCheck, HealthFinding, HealthLevel, HealthPart } from '../../api/types';
import { duration, exactly, number, size } from '../../shared/i18n/format';
import { m } from '../../shared/i18n/words';
import type { Tone } from '../../shared/words/tone';

const HOUR_MS = 3_600_000;

const PART: Record<HealthPart, () => string> = {
  database: m.health_part_database,
  writer: m.health_part_writer,
  disk: m.health_part_disk,
  devices: m.health_part_devices,
  backup: m.health_part_backup,
  queues: m.health_part_queues,
  clock: m.health_part_clock,
  keyring: m.health_part_keyring,
};

export const partWord = (part: HealthPart): string => PART[part]();

export type Mark = { tone: Tone; words: string };

const LEVEL: Record<HealthLevel, { tone: Tone; words: () => string }> = {
  healthy: { tone: 'ok', words: m.health_healthy },
  warning: { tone: 'warn', words: m.health_warning },
  unhealthy: { tone: 'danger', words: m.health_unhealthy },
};

export const levelMark = (level: HealthLevel): Mark => ({ tone: LEVEL[level].tone, words: LEVEL[level].words() });

/** What has not been looked at is not known to be well. */
export const checkMark = ({ level, findings }: HealthCheck): Mark =>
  findings.some(({ finding }) => finding === 'not_yet') ? { tone: 'unknown', words: m.health_unknown() } : levelMark(level);

/** Where something is put right. */
export type Remedy = 'backups' | 'security' | 'devices';

export type FindingWords = {
  words: string;
  /** What a person is to do; null where nothing is. */
  todo: string | null;
  where: Remedy | null;
  /** As it came, English. */
  detail: string | null;
};

type More = Partial<Omit<FindingWords, 'words'>>;
const said = (words: string, { todo = null, where = null, detail = null }: More = {}): FindingWords => ({ words, todo, where, detail });
/** A step of seconds, either way. */
const span = (seconds: number): string => exactly(Math.abs(seconds) * 1000);

/** Whole hours, and days where there are many. */
const hours = (count: number): string => (count < 48 ? m.duration_h({ h: number(count) }) : duration(count * HOUR_MS));

/** `placeless`: how the folder in the data folder is called, which has no name of its own. */
export function findingWords(found: HealthFinding, placeless: string): FindingWords {
  switch (found.finding) {
    case 'fine':
      return said(m.health_fine());
    case 'not_yet':
      return said(m.health_not_yet());
    case 'damaged':
      return said(m.health_damaged(), { todo: m.health_damaged_do(), where: 'backups', detail: found.words });
    case 'not_checked':
      return said(m.health_not_checked(), { todo: m.health_not_checked_do(), detail: found.words });
    case 'not_written':
      return said(m.health_not_written(), { todo: m.health_not_written_do(), detail: found.words });
    case 'disk_fills': {
      const free = size(found.free);
      const words = found.days === null ? m.health_disk_fills({ free }) : m.health_disk_days({ free, days: number(found.days) });
      return said(words, { todo: m.health_disk_fills_do(), where: 'backups' });
    }
    case 'disk_unknown':
      return said(m.health_disk_unknown(), { todo: m.health_not_checked_do(), detail: found.words });
    case 'devices_away':
      return said(m.health_devices_away({ away: number(found.away), of: number(found.of) }), { todo: m.health_devices_away_do(), where: 'devices' });
    case 'no_backup':
      return said(m.health_no_backup(), { todo: m.health_no_backup_do(), where: 'backups' });
    case 'backup_old':
      return said(m.health_backup_old({ age: hours(found.hours) }), { todo: m.health_backup_old_do(), where: 'backups' });
    case 'backup_only_here':
      return said(m.health_backup_only_here(), { todo: m.health_backup_only_here_do(), where: 'backups' });
    case 'backup_place_fails': {
      const name = found.name === '' ? placeless : found.name;
      return said(m.health_backup_place_fails({ name }), { todo: m.health_backup_place_fails_do(), where: 'backups' });
    }
    case 'drill_failed':
      return said(m.health_drill_failed(), { todo: m.health_drill_failed_do(), where: 'backups' });
    case 'kit_not_confirmed':
      return said(m.health_kit_not_confirmed(), { todo: m.health_kit_not_confirmed_do(), where: 'security' });
    case 'behind':
      return said(m.health_behind({ reader: found.reader, entries: number(found.entries) }), { todo: m.health_behind_do() });
    case 'clock_stepped': {
      const stepped = found.seconds < 0 ? m.health_clock_back : m.health_clock_forward;
      return said(stepped({ time: span(found.seconds) }), { todo: m.health_clock_do() });
    }
    case 'clock_behind':
      return said(m.health_clock_behind({ time: span(found.seconds) }), { todo: m.health_clock_do() });
    case 'clock_drifts':
      return said(m.health_clock_drifts({ count: number(found.devices) }), { todo: m.health_clock_drifts_do(), where: 'devices' });
    case 'secrets_away':
      return said(m.health_secrets_away(), { todo: m.health_secrets_away_do(), where: 'security', detail: found.words });
    case 'secrets_by_key_file':
      return said(m.health_secrets_by_key_file(), { todo: m.health_secrets_by_key_file_do() });
  }
}

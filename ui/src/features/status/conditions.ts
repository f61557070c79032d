import type { Connection } from '../../api/live.svelte';
import type { BackupsView, DeviceView, KitState } from '../../api/types';
import { SILENT_MS } from '../../platform/silence';
import { number, relative, when } from '../../shared/i18n/format';
import { m } from '../../shared/i18n/words';
import { deviceWords } from '../../shared/words/device';
import type { Tone } from '../../shared/words/tone';
import { address } from '../../views/router.svelte';
import { isOld, lacks } from '../backups/standing';

export type Condition = {
  key: string;
  tone: Tone;
  words: string;
  /** Why, and what to do. */
  more: string | null;
  /** Where it is put right. */
  href: string | null;
};

export function feedCondition(connection: Connection, heard: number | null, now: number, ago: string): Condition {
  const since = when(connection.since);
  if (connection.state === 'starting' || heard === null) {
    return { key: 'feed', tone: 'unknown', words: m.feed_starting(), more: null, href: null };
  }
  if (connection.state !== 'open') {
    return { key: 'feed', tone: 'danger', words: m.feed_lost({ since }), more: m.feed_lost_hint({ since }), href: null };
  }
  // Not yet lost where this page itself has slept, but not known to be well.
  const tone = now - heard > SILENT_MS ? 'unknown' : 'ok';
  return { key: 'feed', tone, words: m.status_feed({ age: ago }), more: null, href: null };
}

/** Whether what is known of people can be recovered when the keyring is lost. */
export function kitCondition(kit: KitState): Condition | null {
  if (kit.confirmed) return null;
  const words = kit.id === null ? m.status_kit_none() : m.status_kit_not_confirmed();
  return { key: 'kit', tone: 'warn', words, more: m.status_kit_hint(), href: address({ view: 'settings', section: 'security' }) };
}

/** Each device that is not well, worst first. While nothing is heard nothing is known of any. */
export function deviceProblems(devices: readonly DeviceView[], connected: boolean): Condition[] {
  if (!connected) return [];
  const worst: Tone[] = ['danger', 'unknown', 'warn'];
  return devices
    .map((device) => ({ device, words: deviceWords(device) }))
    .filter(({ words }) => words.problem)
    .toSorted((a, b) => worst.indexOf(a.words.tone) - worst.indexOf(b.words.tone))
    .map(({ device, words }) => ({
      key: `device ${device.name}`,
      tone: words.tone,
      words: words.sentence,
      more: [words.why, words.todo].filter((part) => part !== null).join('. ') || null,
      href: address({ view: 'devices', name: device.name }),
    }));
}

export function devicesCondition(devices: readonly DeviceView[], connected: boolean): Condition {
  const href = address({ view: 'devices' });
  const base = { key: 'devices', more: null, href };
  if (!connected) return { ...base, tone: 'unknown', words: m.status_devices_stale() };
  if (devices.length === 0) return { ...base, tone: 'plain', words: m.status_devices_none() };
  const online = devices.filter((device) => deviceWords(device).tone === 'ok').length;
  const words = m.status_devices({ online: number(online), all: number(devices.length) });
  return { ...base, tone: online === devices.length ? 'ok' : 'warn', words };
}

/** The newest backup that was read back whole, and whether it would help. `view`: null while it cannot be read. */
export function backupCondition(view: BackupsView | null, kit: boolean | null, connected: boolean, now: number): Condition {
  const base = { key: 'backup', more: null, href: address({ view: 'settings', section: 'backups' }) };
  if (!connected || view === null) return { ...base, tone: 'unknown', words: m.status_backup_unknown() };
  if (view.verified === null) return { ...base, tone: 'warn', words: m.status_backup_none(), more: m.backup_none() };
  const at = { when: when(view.verified) };
  const more = m.status_backup_age({ age: relative(view.verified, now) });
  if (isOld(view.verified, now)) return { ...base, tone: 'warn', words: m.status_backup_old(at), more };
  const [lack] = lacks(view, kit);
  if (lack === 'elsewhere') return { ...base, tone: 'warn', words: m.status_backup_here(at), more: m.status_backup_here_why() };
  if (lack === 'kit') return { ...base, tone: 'warn', words: m.status_backup_kit(at), more: m.status_backup_kit_why() };
  return { ...base, tone: 'ok', words: m.status_backup(at), more };
}

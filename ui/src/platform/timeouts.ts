import type { Command } from './index';

const USUAL_MS = 15_000;
// These speak to a device or a place for backups, which may take its time to be unreachable.
const ELSEWHERE_MS = 60_000;
// These go through the whole journal, which may be of many years.
const JOURNAL_MS = 10 * 60_000;

const LONGER: Partial<Record<Command, number>> = {
  device_test: ELSEWHERE_MS,
  device_try: ELSEWHERE_MS,
  backup_target_try: ELSEWHERE_MS,
  journal_verify: JOURNAL_MS,
  audit_export: JOURNAL_MS,
};

export const timeoutOf = (command: Command): number => LONGER[command] ?? USUAL_MS;

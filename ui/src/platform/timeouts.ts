import type { Command } from './index';

const USUAL_MS = 15_000;
// These two speak to a device, which may take its time to be unreachable.
const DEVICE_MS = 60_000;

export function timeoutOf(command: Command): number {
  return command === 'device_test' || command === 'device_try' ? DEVICE_MS : USUAL_MS;
}

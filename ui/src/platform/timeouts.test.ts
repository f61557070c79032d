import { expect, it } from 'vitest';
import { timeoutOf } from './timeouts';

it('what goes through the whole journal is waited for longer than anything else', () => {
  expect(timeoutOf('status')).toBe(15_000);
  expect(timeoutOf('device_test')).toBe(60_000);
  expect(timeoutOf('backup_target_try')).toBe(60_000);
  expect(timeoutOf('journal_verify')).toBe(600_000);
  expect(timeoutOf('audit_export')).toBe(600_000);
});

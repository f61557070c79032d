import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { draftOf, idleNeverComes, LIMITS, NUMBERS, readNumber, same, settingsOf, unusable, USUAL } from './security-draft';

const source = readFileSync(resolve(import.meta.dirname, '../../../../src-tauri/crates/app/src/settings.rs'), 'utf8');

describe('what signing in demands', () => {
  it('has the limits and defaults of the core', () => {
    for (const field of NUMBERS) {
      const { usual, least, most } = LIMITS[field];
      expect(source).toContain(`("${field}", self.${field}, ${least}..=${most})`);
      expect(source).toContain(`${field}: ${usual},`);
    }
    expect(source).toContain('factor_roles: vec![Role::Security, Role::Administrator]');
  });

  it('is the same after it was read into a form', () => {
    expect(settingsOf(draftOf(USUAL))).toEqual(USUAL);
    expect(same(USUAL, { ...USUAL, factor_roles: ['administrator', 'security'] })).toBe(true);
    expect(same(USUAL, { ...USUAL, pins: false })).toBe(false);
  });

  it.each(['', ' ', '0', '61', '-1', '1.5', '5 мин', '1e1', '99999'])('is no number of minutes: “%s”', (text) => {
    expect(readNumber('lock_after_minutes', text)).toBeNull();
    const draft = { ...draftOf(USUAL), lock_after_minutes: text };
    expect(unusable(draft)).toEqual(['lock_after_minutes']);
    expect(settingsOf(draft)).toBeNull();
  });

  it('takes the limits themselves', () => {
    for (const field of NUMBERS) {
      expect(readNumber(field, ` ${LIMITS[field].least} `)).toBe(LIMITS[field].least);
      expect(readNumber(field, String(LIMITS[field].most))).toBe(LIMITS[field].most);
    }
  });

  it('says when a session ends before it could be idle for so long', () => {
    expect(idleNeverComes(draftOf(USUAL))).toBe(false);
    expect(idleNeverComes({ ...draftOf(USUAL), session_hours: '8' })).toBe(true);
  });
});

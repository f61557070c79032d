import { afterEach, describe, expect, it } from 'vitest';
import type { Permission, Role, UserView } from '../../api/types';
import { locale } from '../../shared/i18n/locale.svelte';
import { ROLES } from '../access/words';
import { added, changed, draftOf, endsSessions, flipped, isEmpty, problemsOf } from './draft';
import type { Draft } from './draft';
import { inOrder, leftToConfirm } from './people.svelte';
import { factorMark, permissionWord, problemWords, roleHint, standing } from './words';

afterEach(() => locale.choose('ru'));

const user = (change: Partial<UserView> = {}): UserView => ({
  id: '1',
  login: 'kim',
  name: 'Ким Д.',
  roles: ['operator'],
  disabled: false,
  factor: false,
  password_given: false,
  locked_out: false,
  seen: null,
  added: '2026-11-26T10:00:00Z',
  factor_lost: null,
  ...change,
});

const draft = (change: Partial<Draft> = {}): Draft => ({ ...draftOf(null), login: 'kim', name: 'Ким', ...change });

describe('somebody who is entered', () => {
  it.each(['an', 'Иванов', 'd.kim@desk-2', ' әсел ', 'x'.repeat(64)])('may sign in as “%s”', (login) => {
    expect(problemsOf(draft({ login }))).toEqual({});
  });

  it.each([
    ['', 'empty'],
    [' ', 'empty'],
    ['a', 'too_short'],
    ['two words', 'malformed'],
    ['a\u202Eb', 'malformed'],
    ['a/b', 'malformed'],
    ['x'.repeat(65), 'too_long'],
  ])('may not sign in as “%s”', (login, wrong) => {
    expect(problemsOf(draft({ login }))).toEqual({ login: wrong });
  });

  it('has a name and a role', () => {
    const problems = problemsOf(draft({ name: '  ', roles: [] }));
    expect(problems).toEqual({ name: 'empty', roles: 'empty' });
    for (const field of ['name', 'roles'] as const) expect(problemWords(field, problems)).not.toBeNull();
    expect(problemWords('login', problems)).toBeNull();
  });

  it('is sent without spaces around, and with roles in order', () => {
    expect(added(draft({ login: ' kim ', name: ' Ким ', roles: ['administrator', 'operator'] }))).toEqual({
      login: 'kim',
      name: 'Ким',
      roles: ['operator', 'administrator'],
    });
  });
});

describe('somebody who is changed', () => {
  const of = user({ roles: ['operator', 'administrator'] });

  it('is sent only what is different', () => {
    const now = draftOf(of);
    expect(isEmpty(changed(now, of))).toBe(true);
    const back = flipped(flipped(now.roles, 'operator'), 'operator');
    expect(isEmpty(changed({ ...now, roles: back }, of))).toBe(true);
    expect(changed({ ...now, name: ' Ким Дина ' }, of)).toEqual({ id: '1', name: 'Ким Дина', roles: null, disabled: null });
  });

  it('is signed out by other roles and by being kept out, not by a name', () => {
    const now = draftOf(of);
    expect(endsSessions(changed({ ...now, name: 'X' }, of))).toBe(false);
    expect(endsSessions(changed({ ...now, disabled: true }, of))).toBe(true);
    expect(endsSessions(changed({ ...now, roles: flipped(now.roles, 'operator') }, of))).toBe(true);
    const out = user({ disabled: true });
    expect(endsSessions(changed({ ...draftOf(out), disabled: false }, out))).toBe(false);
  });
});

describe('a list of people', () => {
  it('is by name, whoever is kept out last', () => {
    const all = [user({ id: '1', name: 'Я', disabled: false }), user({ id: '2', name: 'А', disabled: true }), user({ id: '3', name: 'Б' })];
    expect(inOrder(all, new Intl.Collator('ru').compare).map(({ id }) => id)).toEqual(['3', '1', '2']);
  });

  it('tells who is left to take a factor away', () => {
    const admin = (id: string, change: Partial<UserView> = {}): UserView => user({ id, roles: ['administrator'], ...change });
    const all = [admin('me'), admin('lost'), admin('out', { disabled: true }), user({ id: 'op' })];
    expect(leftToConfirm(all, 'lost', 'me')).toEqual([]);
    expect(leftToConfirm(all, 'lost', 'op').map(({ id }) => id)).toEqual(['me']);
    expect(leftToConfirm([...all, admin('other')], 'lost', 'me').map(({ id }) => id)).toEqual(['other']);
  });

  it('says what is the matter with somebody', () => {
    expect(standing(user())).toEqual([]);
    expect(standing(user({ disabled: true, locked_out: true, password_given: true })).map(({ tone }) => tone)).toEqual(['danger', 'warn', 'plain']);
    const demanded: Role[] = ['administrator'];
    expect(factorMark(user({ factor: true }), demanded).tone).toBe('ok');
    expect(factorMark(user(), demanded).tone).toBe('plain');
    expect(factorMark(user({ roles: ['administrator'] }), demanded).tone).toBe('warn');
  });
});

describe('words', () => {
  const PERMISSIONS: Permission[] = ['anyone', 'signed_in', 'see_visits', 'manage_visits', 'see_documents', 'erase_visitors', 'see_incidents', 'see_devices', 'manage_devices', 'see_settings', 'manage_desk', 'manage_site', 'see_users', 'vouch_for_users', 'manage_users', 'manage_security', 'see_health', 'manage_backups', 'restore_backups', 'see_audit', 'export_audit', 'own'];

  it.each(['ru', 'en'] as const)('in %s tell permissions and roles apart', (language) => {
    locale.choose(language);
    expect(new Set(PERMISSIONS.map(permissionWord)).size).toBe(PERMISSIONS.length);
    expect(new Set(ROLES.map(roleHint)).size).toBe(ROLES.length);
  });
});

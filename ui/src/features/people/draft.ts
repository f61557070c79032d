// Somebody as they are being entered or changed, and what of it is not usable yet. The core checks
// the same again; here it is said before anything is sent.
import type { Role, UserChange, UserDraft, UserView } from '../../api/types';
import { ROLES } from '../access/words';

export type Draft = { login: string; name: string; roles: readonly Role[]; disabled: boolean };

/** What can be wrong, in the words of the core. */
export type Wrong = 'empty' | 'too_short' | 'too_long' | 'malformed';
export type Problems = { login?: Wrong; name?: Wrong; roles?: Wrong };

export const LOGIN_AT_LEAST = 2;
export const LOGIN_AT_MOST = 64;
export const NAME_AT_MOST = 120;

export const draftOf = (of: UserView | null): Draft => ({
  login: of?.login ?? '',
  name: of?.name ?? '',
  roles: of?.roles ?? ['operator'],
  disabled: of?.disabled ?? false,
});

function loginWrong(text: string): Wrong | undefined {
  const letters = [...text.trim()];
  if (letters.length === 0) return 'empty';
  if (letters.length < LOGIN_AT_LEAST) return 'too_short';
  if (letters.length > LOGIN_AT_MOST) return 'too_long';
  return /^[\p{Alphabetic}\p{N}._\-@+]+$/u.test(text.trim()) ? undefined : 'malformed';
}

export function problemsOf({ login, name, roles }: Draft): Problems {
  const found: [keyof Problems, Wrong | undefined][] = [
    ['login', loginWrong(login)],
    ['name', name.trim() === '' ? 'empty' : undefined],
    ['roles', roles.length === 0 ? 'empty' : undefined],
  ];
  return Object.fromEntries(found.filter(([, wrong]) => wrong !== undefined));
}

/** Roles in the order in which they are shown, so that the order of ticking changes nothing. */
const ordered = (roles: readonly Role[]): Role[] => ROLES.filter((role) => roles.includes(role));

export const flipped = (roles: readonly Role[], role: Role): Role[] =>
  ordered(roles.includes(role) ? roles.filter((each) => each !== role) : [...roles, role]);

const sameRoles = (a: readonly Role[], b: readonly Role[]): boolean => ordered(a).join() === ordered(b).join();

export const added = ({ login, name, roles }: Draft): UserDraft => ({
  login: login.trim(),
  name: name.trim(),
  roles: ordered(roles),
});

/** Only what is different: what another has changed meanwhile is not put back. */
export const changed = (draft: Draft, of: UserView): UserChange => ({
  id: of.id,
  name: draft.name.trim() === of.name ? null : draft.name.trim(),
  roles: sameRoles(draft.roles, of.roles) ? null : ordered(draft.roles),
  disabled: draft.disabled === of.disabled ? null : draft.disabled,
});

/** Whether a change ends all sessions of whom it is about, as the core does. */
export const endsSessions = ({ roles, disabled }: UserChange): boolean => roles !== null || disabled === true;

export const isEmpty = ({ name, roles, disabled }: UserChange): boolean =>
  name === null && roles === null && disabled === null;

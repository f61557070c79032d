import type { Permission, Role, UserView } from '../../api/types';
import { m } from '../../shared/i18n/words';
import type { Tone } from '../../shared/words/tone';
import type { Problems, Wrong } from './draft';

const WORDS: Record<Permission, () => string> = {
  anyone: m.permission_anyone,
  signed_in: m.permission_signed_in,
  see_visits: m.permission_see_visits,
  manage_visits: m.permission_manage_visits,
  see_documents: m.permission_see_documents,
  erase_visitors: m.permission_erase_visitors,
  see_incidents: m.permission_see_incidents,
  see_devices: m.permission_see_devices,
  manage_devices: m.permission_manage_devices,
  see_settings: m.permission_see_settings,
  manage_desk: m.permission_manage_desk,
  manage_site: m.permission_manage_site,
  see_users: m.permission_see_users,
  vouch_for_users: m.permission_vouch_for_users,
  manage_users: m.permission_manage_users,
  manage_security: m.permission_manage_security,
  see_health: m.permission_see_health,
  manage_backups: m.permission_manage_backups,
  restore_backups: m.permission_restore_backups,
  see_audit: m.permission_see_audit,
  export_audit: m.permission_export_audit,
  own: m.permission_own,
};

export const permissionWord = (permission: Permission): string => WORDS[permission]();

const ROLE_HINT: Record<Role, () => string> = {
  operator: m.role_operator_hint,
  supervisor: m.role_supervisor_hint,
  security: m.role_security_hint,
  administrator: m.role_administrator_hint,
  employee: m.role_employee_hint,
};

/** What somebody with the role does here. */
export const roleHint = (role: Role): string => ROLE_HINT[role]();

const WRONG: Record<keyof Problems, Partial<Record<Wrong, () => string>>> = {
  login: { empty: m.problem_empty, too_short: m.problem_too_short, too_long: m.problem_too_long, malformed: m.people_login_bad },
  name: { empty: m.problem_empty },
  roles: { empty: m.people_roles_none },
};

export function problemWords(field: keyof Problems, problems: Problems): string | null {
  const wrong = problems[field];
  return wrong === undefined ? null : (WRONG[field][wrong] ?? m.problem_malformed)();
}

export type Mark = { tone: Tone; words: string; title: string };

/** What is the matter with somebody, the gravest first. */
export function standing(user: UserView): Mark[] {
  return [
    ...(user.disabled ? [{ tone: 'danger' as const, words: m.people_is_disabled(), title: m.people_is_disabled_hint() }] : []),
    ...(user.locked_out ? [{ tone: 'warn' as const, words: m.people_locked_out(), title: m.people_locked_out_hint() }] : []),
    ...(user.password_given ? [{ tone: 'plain' as const, words: m.people_password_given(), title: m.people_password_given_hint() }] : []),
  ];
}

/** Whether they have a second factor, and whether they ought to. */
export function factorMark(user: UserView, demandedOf: readonly Role[]): { tone: Tone; words: string } {
  if (user.factor) return { tone: 'ok', words: m.people_yes() };
  const demanded = user.roles.some((role) => demandedOf.includes(role));
  return demanded ? { tone: 'warn', words: m.people_factor_due() } : { tone: 'plain', words: m.people_no() };
}

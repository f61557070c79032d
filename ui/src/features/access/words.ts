import type { Role } from '../../api/types';
import { m } from '../../shared/i18n/words';

const ROLE: Record<Role, () => string> = {
  operator: m.role_operator,
  supervisor: m.role_supervisor,
  security: m.role_security,
  administrator: m.role_administrator,
  employee: m.role_employee,
};

export const roleWord = (role: Role): string => ROLE[role]();
export const ROLES = Object.keys(ROLE) as Role[];

import type { Permission } from '../../api/types';
import { m } from '../../shared/i18n/words';

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
  see_audit: m.permission_see_audit,
  export_audit: m.permission_export_audit,
  own: m.permission_own,
};

export const permissionWord = (permission: Permission): string => WORDS[permission]();

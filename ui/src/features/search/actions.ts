import { access, may } from '../../api/access.svelte';
import type { Permission } from '../../api/types';
import { changeDesk } from '../../shared/desk-settings';
import { m } from '../../shared/i18n/words';
import { toasts } from '../../shared/toasts.svelte';
import { router } from '../../views/router.svelte';
import { fold, retyped } from '../../shared/layout';
import { form } from '../visits/form.svelte';

export type Action = { id: string; words: string; caps?: string[]; run: () => void };

const change = (settings: Parameters<typeof changeDesk>[0]): void =>
  void changeDesk(settings).catch((error: unknown) => toasts.sayError(error));

/** What an action needs, where not everybody at a desk has it. */
const NEEDS: Record<string, Permission> = {
  new: 'manage_visits',
  desk: 'see_visits',
  devices: 'see_devices',
  settings: 'see_settings',
  'device-new': 'manage_devices',
  site: 'manage_site',
  people: 'see_users',
  audit: 'see_audit',
};

function all(): Action[] {
  const actions: Action[] = [
    { id: 'new', words: m.action_new_visit(), caps: ['F2'], run: () => router.go({ view: 'desk', new: true }) },
    { id: 'desk', words: m.nav_desk(), caps: ['Alt', '1'], run: () => router.go({ view: 'desk' }) },
    { id: 'devices', words: m.nav_devices(), caps: ['Alt', '2'], run: () => router.go({ view: 'devices' }) },
    { id: 'settings', words: m.nav_settings(), caps: ['Alt', '3'], run: () => router.go({ view: 'settings' }) },
    { id: 'people', words: m.nav_people(), caps: ['Alt', '4'], run: () => router.go({ view: 'people' }) },
    { id: 'audit', words: m.nav_audit(), caps: ['Alt', '5'], run: () => router.go({ view: 'audit' }) },
    { id: 'lock', words: m.access_lock(), caps: ['Ctrl', 'Shift', 'L'], run: () => void access.lock() },
    { id: 'site', words: m.settings_site(), run: () => router.go({ view: 'settings', section: 'site' }) },
    { id: 'device-new', words: m.action_add_device(), run: () => router.go({ view: 'devices', new: true }) },
    { id: 'light', words: m.action_theme_light(), run: () => change({ theme: 'light' }) },
    { id: 'dark', words: m.action_theme_dark(), run: () => change({ theme: 'dark' }) },
    { id: 'system', words: m.action_theme_system(), run: () => change({ theme: 'system' }) },
    { id: 'ru', words: m.action_language_ru(), run: () => change({ language: 'ru' }) },
    { id: 'en', words: m.action_language_en(), run: () => change({ language: 'en' }) },
    { id: 'compact', words: m.action_compact(), run: () => change({ density: 'compact' }) },
    { id: 'comfortable', words: m.action_comfortable(), run: () => change({ density: 'comfortable' }) },
  ];
  return actions.filter(({ id }) => {
    const needs = NEEDS[id];
    return needs === undefined || may(needs);
  });
}

/** The actions that a text means; all of them for an empty one. */
export function actionsFor(text: string): Action[] {
  const typed = fold(text);
  if (typed === '') return all();
  const wanted = [typed, fold(retyped(typed))];
  const found = all().filter(({ words }) => {
    const parts = fold(words).split(/[\s:]+/);
    return wanted.some((each) => fold(words).startsWith(each) || parts.some((part) => part.startsWith(each)));
  });
  const name = text.trim();
  const forName: Action = {
    id: 'new-for',
    words: m.search_new_for({ name }),
    run: () => {
      // In memory only: an address stays in the browser's history.
      form.begin({ visitor: name });
      router.go({ view: 'desk', new: true });
    },
  };
  // Nobody is called by a number: it belongs into a field of its own.
  const isName = /\p{L}{2}/u.test(name);
  return may('manage_visits') && isName ? [...found, forName] : found;
}

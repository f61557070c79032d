import { call } from '../api/client';
import { live } from '../api/live.svelte';
import type { DeskSettings, SiteSettings } from '../api/types';

/** Changes some of the desk's settings and shows it at once. Throws what `call` throws. */
export async function changeDesk(change: Partial<DeskSettings>): Promise<void> {
  const before = live.settings;
  if (before === null) return;
  const desk = { ...before.desk, ...change };
  live.putSettings({ ...before, desk });
  try {
    await live.settled(call('desk_settings', desk));
  } catch (error) {
    live.putSettings(before);
    throw error;
  }
}

export async function changeSite(site: SiteSettings): Promise<void> {
  await live.settled(call('site_settings', site));
}

import { call } from '../api/client';
import { live } from '../api/live.svelte';
import type { DeskSettings, SiteDraft, SiteSettings } from '../api/types';

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

/** Changes the site. The zone that is in force follows from what is set, and is not sent. */
export async function changeSite({ name, zone, day_end, hours, holidays }: SiteSettings): Promise<void> {
  const site: SiteDraft = { name, zone, day_end, hours, holidays };
  await live.settled(call('site_settings', site));
}

import { backups } from '../../api/backups';
import { live } from '../../api/live.svelte';
import type { BackupsView } from '../../api/types';
import { m } from '../../shared/i18n/words';
import { toasts } from '../../shared/toasts.svelte';

/** Why nothing can be begun now; null when something can. */
export function hindrance(): string | null {
  if (live.connection.state !== 'open') return m.desk_no_actions();
  return (backups.now?.work ?? null) === null ? null : m.backup_busy();
}

/** Asks for something to be done, and shows that it is. */
export async function begin(ask: () => Promise<BackupsView>): Promise<void> {
  try {
    await backups.settled(ask());
  } catch (error) {
    toasts.sayError(error);
    // Most likely another one has begun something.
    await backups.read();
  }
}

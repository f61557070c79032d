import type { DeskSettings } from '../../api/types';
import { changeDesk } from '../../shared/desk-settings';
import { m } from '../../shared/i18n/words';
import { toasts } from '../../shared/toasts.svelte';

/** Saves one setting of the desk at once, and offers to take it back. */
export async function saveDesk<K extends keyof DeskSettings>(
  name: string,
  key: K,
  value: DeskSettings[K],
  before: DeskSettings[K],
): Promise<void> {
  try {
    await changeDesk({ [key]: value });
    toasts.say(m.settings_changed({ name }), {
      action: {
        words: m.action_undo(),
        run: () => void changeDesk({ [key]: before }).catch((error: unknown) => toasts.sayError(error)),
      },
    });
  } catch (error) {
    toasts.sayError(error);
  }
}

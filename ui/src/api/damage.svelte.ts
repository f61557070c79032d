import { onForget } from '../shared/drafts';

/** Whether the database is known to be damaged: then nothing is written until a backup is restored. */
class Damage {
  known = $state(false);

  constructor() {
    // The next one at work is told anew.
    onForget(() => (this.known = false));
  }
}

export const damage = new Damage();

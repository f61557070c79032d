import { live } from '../../api/live.svelte';
import type { IncidentView } from '../../api/types';
import { onForget } from '../../shared/drafts';

const AT_MOST = 20;

/** Incidents that were taken back while the page was open: they go visibly, not without a word. */
class Withdrawn {
  all = $state.raw<readonly IncidentView[]>([]);

  constructor() {
    onForget(() => (this.all = []));
  }

  listen(): () => void {
    return live.onItem((item) => {
      if (item.kind !== 'incident' || item.item.withdrawn === null) return;
      const incident = item.item;
      this.all = [incident, ...this.all.filter((each) => each.id !== incident.id)].slice(0, AT_MOST);
    });
  }
}

export const withdrawn = new Withdrawn();

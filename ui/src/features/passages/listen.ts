import { live } from '../../api/live.svelte';
import type { FeedItem } from '../../api/types';
import { playAttention, playRefused } from './sounds';

/** What is heard of a new thing: only of what is news and needs a look. */
export function soundOf(item: FeedItem): 'refused' | 'attention' | null {
  if (item.kind === 'passage') return item.item.live && item.item.verdict === 'refused' ? 'refused' : null;
  if (item.kind === 'incident') {
    return item.item.status === 'new' && item.item.withdrawn === null && !item.item.late ? 'attention' : null;
  }
  return null;
}

/** Makes the sounds of the desk, if it wants any. */
export function listen(): () => void {
  return live.onItem((item) => {
    if (live.settings?.desk.sounds === false) return;
    const sound = soundOf(item);
    if (sound === 'refused') playRefused();
    else if (sound === 'attention') playAttention();
  });
}

import { call } from '../../api/client';
import { live } from '../../api/live.svelte';
import type { IncidentView } from '../../api/types';
import { withdrawn } from './withdrawn.svelte';

const PAGE = 200;
/** The contract has no way to ask for one; so many pages are read before it is given up. */
const PAGES = 50;

/** What is shown of an incident already. */
export const shown = (id: string): IncidentView | undefined =>
  live.incidents.find((each) => each.id === id) ?? withdrawn.all.find((each) => each.id === id);

/** One that is shown nowhere: it was resolved, or it is of long ago. */
export async function find(id: string): Promise<IncidentView | null> {
  let after = 0;
  for (let page = 0; page < PAGES; page += 1) {
    const incidents = await call('incidents', { after, limit: PAGE });
    const found = incidents.find((each) => each.id === id);
    if (found !== undefined) return found;
    const last = incidents.at(-1);
    if (last === undefined || incidents.length < PAGE) return null;
    after = last.row;
  }
  return null;
}

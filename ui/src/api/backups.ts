import { call } from './client';
import { Looked } from './looked.svelte';

const UNDER_WAY_MS = 1000;

/** What is known of backups; what is under way is followed while somebody looks. */
export const backups = new Looked(
  () => call('backups'),
  (view) => (view === null || view.work === null ? null : UNDER_WAY_MS),
);

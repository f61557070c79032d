import { call } from './client';
import { damage } from './damage.svelte';
import { Looked } from './looked.svelte';

const LOOK_MS = 5000;

/** How Vakhta is. */
export const health = new Looked(
  async () => {
    const report = await call('health');
    if (report.checks.some(({ findings }) => findings.some(({ finding }) => finding === 'damaged'))) damage.known = true;
    return report;
  },
  () => LOOK_MS,
);

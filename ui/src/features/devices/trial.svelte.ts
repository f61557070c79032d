import type { DeviceReport } from '../../api/types';
import { UnderWay } from '../../shared/under-way.svelte';

/** A test under way: it takes up to 20 s. */
export class Trial extends UnderWay<DeviceReport> {
  get report(): DeviceReport | null {
    return this.result;
  }
}

import { access } from './api/access.svelte';
import type { Access, Permission } from './api/types';

/** Whoever a test is about is at work, and may do this. */
export function atWork(...permissions: Permission[]): void {
  const me = { id: 'u1', login: 'kim', name: 'Ким Д.', roles: [], permissions, factor: false, pin: false };
  access.take({ stage: 'signed_in', me, people: [], site: '', language: 'en', theme: 'system', lock_after_minutes: 5 } as unknown as Access);
}

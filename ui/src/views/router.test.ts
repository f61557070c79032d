import { describe, expect, it } from 'vitest';
import { address, parse } from './router.svelte';
import type { Route } from './router.svelte';

describe('an address', () => {
  const routes: Route[] = [
    { view: 'desk' },
    { view: 'desk', visit: 'a b/с' },
    { view: 'desk', new: true },
    { view: 'desk', visit: 'x', filters: { host: 'Ким & Ко', late: '1' } },
    { view: 'devices', name: 'Терминал у входа' },
    { view: 'devices', new: true },
    { view: 'settings' },
    { view: 'settings', section: 'site' },
    { view: 'settings', section: 'backups' },
    { view: 'settings', section: 'health' },
  ];

  it.each(routes)('of $view is read as it was written', (route) => {
    expect(parse(address(route))).toEqual(route);
  });

  it('that is unknown is the desk', () => {
    expect(parse('')).toEqual({ view: 'desk' });
    expect(parse('#/nowhere/else')).toEqual({ view: 'desk' });
    expect(parse('#/settings/nowhere')).toEqual({ view: 'settings' });
  });

  it('looks as it is told by others', () => {
    expect(address({ view: 'desk', visit: 'ID' })).toBe('#/desk?visit=ID');
    expect(address({ view: 'settings', section: 'site' })).toBe('#/settings/site');
  });
});

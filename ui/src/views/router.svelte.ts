// Where the page is: a hash such as #/desk?visit=ID. Filters are part of the address, so that a
// screen can be kept, sent and put on a wall.

export type SettingsSection = 'appearance' | 'notifications' | 'application' | 'site' | 'security' | 'backups' | 'health';

export type Route =
  /** `visit` is shown open; `new` opens the form. No name stands here: an address stays in the history. */
  | { view: 'desk'; visit?: string; new?: boolean; filters?: Filters }
  /** `name` is shown open; `new` opens the form. */
  | { view: 'devices'; name?: string; new?: boolean; filters?: Filters }
  | { view: 'people' }
  /** `filters`: of whom, of what, from when. */
  | { view: 'audit'; filters?: Filters }
  | { view: 'settings'; section?: SettingsSection };

/** What a screen keeps in its address besides. */
export type Filters = Record<string, string>;

export const SECTIONS: readonly SettingsSection[] = ['appearance', 'notifications', 'application', 'site', 'security', 'backups', 'health'];

export function parse(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const [view, section] = path.split('/');
  const all = new URLSearchParams(query);
  const take = (name: string): string | undefined => {
    const value = all.get(name) ?? undefined;
    all.delete(name);
    return value;
  };
  switch (view) {
    case 'devices': {
      const name = take('name');
      return { view, ...given({ name }), ...flag(take('new')), ...rest(all) };
    }
    case 'people':
      return { view };
    case 'audit':
      return { view, ...rest(all) };
    case 'settings': {
      const known = SECTIONS.find((each) => each === section);
      return known === undefined ? { view } : { view, section: known };
    }
    default: {
      const visit = take('visit');
      return { view: 'desk', ...given({ visit }), ...flag(take('new')), ...rest(all) };
    }
  }
}

export function address(route: Route): string {
  if (route.view === 'settings') {
    return route.section === undefined ? '#/settings' : `#/settings/${route.section}`;
  }
  if (route.view === 'people') return '#/people';
  const query = new URLSearchParams(route.filters);
  if (route.view === 'desk') {
    if (route.visit !== undefined) query.set('visit', route.visit);
    if (route.new) query.set('new', '1');
  } else if (route.view === 'devices') {
    if (route.name !== undefined) query.set('name', route.name);
    if (route.new) query.set('new', '1');
  }
  const text = query.toString();
  return `#/${route.view}${text === '' ? '' : `?${text}`}`;
}

function given<T extends Record<string, string | undefined>>(values: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string;
  };
}

const flag = (value: string | undefined): { new?: true } => (value === '1' ? { new: true } : {});

function rest(query: URLSearchParams): { filters?: Filters } {
  const filters = Object.fromEntries(query);
  return Object.keys(filters).length === 0 ? {} : { filters };
}

class Router {
  route = $state.raw<Route>(parse(location.hash));

  start(): () => void {
    const read = (): void => {
      this.route = parse(location.hash);
    };
    window.addEventListener('hashchange', read);
    return () => window.removeEventListener('hashchange', read);
  }

  /** A step that "back" returns from. */
  go(route: Route): void {
    location.hash = address(route);
  }

  /** The same place seen otherwise: a filter, a selection. "Back" does not stop here. */
  change(route: Route): void {
    history.replaceState(null, '', address(route));
    this.route = route;
  }

  /** Whoever was at work is gone: the place stays, whom they looked at does not. */
  forget(): void {
    const { view } = this.route;
    this.change({ view });
  }

  /** An address from outside, such as a clicked notification. */
  follow(hash: string): void {
    this.go(parse(hash));
  }
}

export const router = new Router();

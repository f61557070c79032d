import { stayOf } from '../shared/stay';
import { SvelteMap } from 'svelte/reactivity';
import { SortedList } from './sorted';
import type { Order } from './sorted';
import type { VisitStatus, VisitView } from './types';

/** Where the desk shows a visit. */
export type Group = 'expected' | 'inside' | 'away' | 'over';

const GROUPS: Record<VisitStatus, Group> = {
  requested: 'expected',
  expected: 'expected',
  checked_in: 'inside',
  away: 'away',
  checked_out: 'over',
  no_show: 'over',
  cancelled: 'over',
  declined: 'over',
};

// Times are compared as text: the core writes all of them in UTC in the same form.
function by(key: (visit: VisitView) => string, direction: 1 | -1): Order<VisitView> {
  return (a, b) => {
    const left = key(a);
    const right = key(b);
    if (left !== right) return left < right ? -direction : direction;
    return direction * (a.row - b.row);
  };
}

const ORDERS: Record<Group, Order<VisitView>> = {
  expected: by((visit) => visit.from, 1),
  // Longest inside first: who has been forgotten is at the top.
  inside: by((visit) => stayOf(visit)?.since ?? visit.from, 1),
  away: by((visit) => visit.left ?? visit.from, -1),
  over: by((visit) => visit.left ?? visit.until, -1),
};

const NAMES: readonly Group[] = ['expected', 'inside', 'away', 'over'];

/**
 * The visits by id, and in four sorted lists that are kept up to date change by change. The lists
 * that are drawn are renewed by `publish`, once for a whole batch.
 */
export class Visits {
  readonly byId = new SvelteMap<string, VisitView>();
  expected = $state.raw<VisitView[]>([]);
  inside = $state.raw<VisitView[]>([]);
  away = $state.raw<VisitView[]>([]);
  over = $state.raw<VisitView[]>([]);

  readonly #lists: Record<Group, SortedList<VisitView>> = {
    expected: new SortedList(ORDERS.expected),
    inside: new SortedList(ORDERS.inside),
    away: new SortedList(ORDERS.away),
    over: new SortedList(ORDERS.over),
  };
  readonly #turning = new SortedList<VisitView>(by((visit) => visit.turns?.at ?? '', 1));
  readonly #touched = new Set<Group>();

  fill(visits: VisitView[]): void {
    this.byId.clear();
    for (const visit of visits) this.byId.set(visit.id, visit);
    for (const name of NAMES) {
      this.#lists[name].fill(visits.filter((visit) => GROUPS[visit.status] === name));
      this.#touched.add(name);
    }
    this.#turning.fill(visits.filter((visit) => visit.turns !== null));
    this.publish();
  }

  put(visit: VisitView): void {
    const old = this.byId.get(visit.id);
    if (old !== undefined) {
      this.#change(old, 'remove');
    }
    this.byId.set(visit.id, visit);
    this.#change(visit, 'add');
  }

  /** Shows what was put since. */
  publish(): void {
    for (const name of this.#touched) this[name] = this.#lists[name].copy();
    this.#touched.clear();
  }

  /** When the clock alone changes the next visit. */
  get nextTurn(): string | null {
    return this.#turning.first?.turns?.at ?? null;
  }

  /** Turns every visit whose time has come. */
  turn(now: number): void {
    for (let visit = this.#turning.first; visit?.turns; visit = this.#turning.first) {
      if (Date.parse(visit.turns.at) > now) break;
      const { status, actions } = visit.turns;
      this.put({ ...visit, status, actions, turns: null });
    }
    this.publish();
  }

  #change(visit: VisitView, how: 'add' | 'remove'): void {
    const group = GROUPS[visit.status];
    this.#lists[group][how](visit);
    this.#touched.add(group);
    if (visit.turns !== null) this.#turning[how](visit);
  }
}

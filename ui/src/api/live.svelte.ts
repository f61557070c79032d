import { platform } from '../platform';
import type { FeedState, Platform, Stop } from '../platform';
import { NoSession } from './errors';
import { SortedList } from './sorted';
import type { DeviceView, EventBatch, FeedItem, IncidentView, PassageView, RunStatus, Settings, VisitView } from './types';
import { Visits } from './visits.svelte';

const PASSAGES = 200;
/** After so long without the feed the whole is read again, not only what was missed. */
const LONG_LOST_MS = 5 * 60_000;
/** Timers stop while a machine sleeps, so none is set for longer than this. */
const LONGEST_TIMER_MS = 30_000;
/** In a hidden page no frames are drawn, and what came must be applied all the same. */
const FRAME_AT_MOST_MS = 100;
/** Nor for less than this: a core whose clock is a little behind must not be asked in a circle. */
const SHORTEST_TIMER_MS = 500;
const RETRY_MS = 2000;
/** Not the id of a visit. */
const SETTINGS = 'settings';

export type Connection = {
  /** `starting`: nothing was read yet. */
  state: 'starting' | 'open' | 'lost' | 'no_session';
  /** Since when, by this machine's clock. */
  since: number;
};

const NOTHING: { visits: VisitView[]; passages: PassageView[]; incidents: IncidentView[] } = {
  visits: [],
  passages: [],
  incidents: [],
};

const newestFirst = (a: { row: number }, b: { row: number }): number => b.row - a.row;

/** What the desk shows, kept up to date by the feed of the core. */
export class Live {
  readonly visits = new Visits();
  /** Newest first, at most 200. */
  passages = $state.raw<PassageView[]>([]);
  /** Not yet resolved, newest first. */
  incidents = $state.raw<IncidentView[]>([]);
  devices = $state.raw<DeviceView[]>([]);
  settings = $state.raw<Settings | null>(null);
  status = $state.raw<RunStatus | null>(null);
  connection = $state.raw<Connection>({ state: 'starting', since: Date.now() });
  /** By this machine's clock: when the core was last heard of. */
  heard = $state.raw<number | null>(null);
  /** Why nothing could be read to begin with. */
  failure = $state.raw<unknown>(null);

  /** Counts who was at work: an answer to the one before is not for the next. */
  #life = 0;
  /** Nobody is at work: what is answered late must not be kept. */
  #over = false;
  #seq = 0;
  #ahead = 0;
  #day = '';
  #waiting: EventBatch[] = [];
  #frame: Stop | undefined;
  #feed: Stop | undefined;
  #turn: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #reading: Promise<void> | undefined;
  readonly #passages = new SortedList<PassageView>(newestFirst);
  readonly #incidents = new SortedList<IncidentView>(newestFirst);
  /** What the feed has told of last, by visit. */
  readonly #told = new Map<string, number>();
  readonly #onItem = new Set<(item: FeedItem) => void>();

  constructor(private readonly core: Pick<Platform, 'call' | 'events'> = platform) {}

  /** The core's clock: what is shown of time must not depend on a wrong clock of this machine. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  get seq(): number {
    return this.#seq;
  }

  start(): Stop {
    this.#over = false;
    void this.reload();
    return () => {
      this.#life += 1;
      this.#over = true;
      this.#feed?.();
      this.#feed = undefined;
      this.#frame?.();
      this.#frame = undefined;
      clearTimeout(this.#turn);
      clearTimeout(this.#retry);
      this.#forget();
    };
  }

  /** Nothing of persons stays in the page of a locked desk. */
  #forget(): void {
    this.#reading = undefined;
    this.#waiting = [];
    this.#told.clear();
    const { visits, passages, incidents } = NOTHING;
    this.visits.fill(visits);
    this.#passages.fill(passages);
    this.#incidents.fill(incidents);
    this.#publishLists();
    this.devices = [];
    this.settings = null;
    this.status = null;
    this.heard = null;
    this.failure = null;
    this.connection = { state: 'starting', since: Date.now() };
  }

  /** Told of each new item once, after it was applied; for sounds and for what glides in. */
  onItem(tell: (item: FeedItem) => void): Stop {
    this.#onItem.add(tell);
    return () => this.#onItem.delete(tell);
  }

  /** Reads the whole anew, and goes on from there. */
  reload(): Promise<void> {
    const reading = (this.#reading ??= this.#read().finally(() => {
      if (this.#reading === reading) this.#reading = undefined;
    }));
    return reading;
  }

  /**
   * Shows what the core answers of a visit, at once; the feed repeats it later. Where the feed has
   * told of the visit while the answer was under way, the answer may be the older of the two.
   */
  async answered(id: string, ask: Promise<VisitView>): Promise<VisitView> {
    const [told, life] = [this.#told.get(id), this.#life];
    const visit = await ask;
    if (this.#told.get(id) === told && this.#life === life) this.putVisit(visit);
    return visit;
  }

  /** The same of the settings. */
  async settled(ask: Promise<Settings>): Promise<void> {
    const [told, life] = [this.#told.get(SETTINGS), this.#life];
    const settings = await ask;
    if (this.#told.get(SETTINGS) === told && this.#life === life) this.putSettings(settings);
  }

  putVisit(visit: VisitView): void {
    if (this.#over) return;
    this.visits.put(visit);
    this.visits.publish();
    this.#armTurn();
  }

  putSettings(settings: Settings): void {
    if (this.#over) return;
    this.settings = settings;
  }

  putDevices(devices: DeviceView[]): void {
    if (this.#over) return;
    this.devices = devices;
  }

  async #read(): Promise<void> {
    clearTimeout(this.#retry);
    const life = this.#life;
    try {
      const snapshot = await this.core.call('snapshot', null);
      // Whoever asked is not at work any more.
      if (life !== this.#life) return;
      this.#feed?.();
      this.#waiting = [];
      this.#ahead = Date.parse(snapshot.now) - Date.now();
      this.#seq = snapshot.seq;
      this.visits.fill(snapshot.visits);
      this.#passages.fill(snapshot.passages);
      this.#incidents.fill(snapshot.incidents);
      this.#publishLists();
      this.devices = snapshot.devices;
      this.settings = snapshot.settings;
      this.status = snapshot.status;
      this.heard = Date.now();
      this.failure = null;
      this.#day = this.#siteDay();
      this.#become('open');
      this.#feed = this.core.events(snapshot.seq, {
        batch: (batch) => this.#take(batch),
        state: (state, since) => this.#feedState(state, since),
      });
      this.#armTurn();
    } catch (error) {
      if (life !== this.#life) return;
      this.failure = error;
      if (error instanceof NoSession) {
        this.#become('no_session');
        return;
      }
      if (this.connection.state === 'open') this.#become('lost');
      this.#retry = setTimeout(() => void this.reload(), RETRY_MS);
    }
  }

  #become(state: Connection['state'], since = Date.now()): void {
    if (this.connection.state !== state) this.connection = { state, since };
  }

  #feedState(state: FeedState, since?: number): void {
    const before = this.connection;
    this.#become(state, since);
    if (state === 'open') {
      this.heard = Date.now();
      if (before.state === 'lost' && Date.now() - before.since > LONG_LOST_MS) void this.reload();
    }
  }

  #take(batch: EventBatch): void {
    // Locked by the system, or elsewhere: whoever is before it now must not see what is shown.
    if (batch.locked) return this.#become('no_session');
    this.heard = Date.now();
    this.#waiting.push(batch);
    this.#frame ??= soon(() => this.#apply());
  }

  #apply(): void {
    this.#frame = undefined;
    const batches = this.#waiting;
    this.#waiting = [];
    if (batches.some((batch) => batch.behind)) {
      void this.reload();
      return;
    }
    const fresh: FeedItem[] = [];
    for (const batch of batches) {
      if (batch.devices !== null) this.devices = batch.devices;
      for (const item of batch.items) {
        if (item.seq <= this.#seq) continue;
        this.#seq = item.seq;
        this.#applyItem(item);
        fresh.push(item);
      }
      this.#seq = Math.max(this.#seq, batch.next);
    }
    if (fresh.length === 0) return;
    this.visits.publish();
    this.#publishLists();
    this.#armTurn();
    for (const tell of this.#onItem) for (const item of fresh) tell(item);
  }

  #applyItem(item: FeedItem): void {
    switch (item.kind) {
      case 'passage':
        this.#passages.add(item.item);
        this.#passages.cut(PASSAGES);
        break;
      case 'picture':
        if (this.#passages.has(item.item)) this.#passages.add(item.item);
        break;
      case 'visit':
        this.visits.put(item.item.visit);
        this.#told.set(item.item.visit.id, item.seq);
        break;
      case 'incident':
        if (item.item.status === 'resolved' || item.item.status === 'false_alarm') {
          this.#incidents.remove(item.item);
        } else {
          this.#incidents.add(item.item);
        }
        break;
      case 'settings':
        this.settings = item.item;
        this.#told.set(SETTINGS, item.seq);
        break;
      case 'device':
        // The conditions of all devices come beside the items whenever one of them has changed.
        break;
    }
  }

  #publishLists(): void {
    this.passages = this.#passages.copy();
    this.incidents = this.#incidents.copy();
  }

  /** The clock alone makes a no-show of who does not come, and a new day of the old one. */
  #armTurn(): void {
    clearTimeout(this.#turn);
    const next = this.visits.nextTurn;
    const wait = next === null ? LONGEST_TIMER_MS : Date.parse(next) - this.now();
    this.#turn = setTimeout(() => this.#tick(), Math.min(Math.max(wait, SHORTEST_TIMER_MS), LONGEST_TIMER_MS));
  }

  #tick(): void {
    const day = this.#siteDay();
    if (day !== this.#day) {
      this.#day = day;
      void this.reload();
    }
    this.visits.turn(this.now());
    this.#armTurn();
  }

  #siteDay(): string {
    const timeZone = this.settings?.site.zone_in_force ?? 'UTC';
    return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(this.now());
  }
}

/** With the next frame, or soon when no frames are drawn. */
function soon(run: () => void): Stop {
  const timer = setTimeout(once, FRAME_AT_MOST_MS);
  const frame = requestAnimationFrame(once);
  function stop(): void {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
  }
  function once(): void {
    stop();
    run();
  }
  return stop;
}

/** The one live state of the page. */
export const live = new Live();

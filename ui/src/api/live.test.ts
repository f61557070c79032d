import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FeedListener, Platform } from '../platform';
import { Unreachable } from './errors';
import { Live } from './live.svelte';
import type { EventBatch, FeedItem, IncidentView, PassageView, Snapshot, VisitStatus, VisitView } from './types';

const NOW = Date.parse('2026-10-14T04:00:00Z');
const iso = (ms: number): string => new Date(ms).toISOString();
const MINUTE = 60_000;

function visit(row: number, status: VisitStatus, more: Partial<VisitView> = {}): VisitView {
  return {
    row,
    id: `v${row}`,
    visitor: `Visitor ${row}`,
    host: 'Host',
    purpose: null,
    status,
    from: iso(NOW + row * MINUTE),
    until: iso(NOW + 600 * MINUTE),
    profile: 'single',
    person_no: null,
    card_no: null,
    entered: null,
    inside: null,
    entered_by: null,
    left: null,
    left_by: null,
    turns: null,
    actions: [],
    ...more,
  };
}

const passage = (row: number, picture: string | null = null): PassageView => ({ row, picture }) as PassageView;
const incident = (row: number, status: IncidentView['status']): IncidentView => ({ row, status }) as IncidentView;

const visitItem = (seq: number, view: VisitView): FeedItem => ({
  seq,
  written: iso(NOW),
  kind: 'visit',
  item: { fact: 'entered', at: iso(NOW), origin: 'desk', visit: view },
});
const item = (seq: number, what: Pick<FeedItem, 'kind' | 'item'>): FeedItem =>
  ({ seq, written: iso(NOW), ...what }) as FeedItem;

const batch = (items: FeedItem[], more: Partial<EventBatch> = {}): EventBatch => ({
  locked: false,
  behind: false,
  items,
  next: items.at(-1)?.seq ?? 100,
  devices: null,
  devices_version: 1,
  ...more,
});

class Core implements Pick<Platform, 'call' | 'events'> {
  visits: VisitView[] = [];
  passages: PassageView[] = [];
  seq = 100;
  asked: string[] = [];
  after: number[] = [];
  stopped = 0;
  down = false;
  listener: FeedListener | undefined;

  call = (async (command: string, request: unknown) => {
    this.asked.push(command);
    if (this.down) throw new Unreachable('down');
    if (command === 'visit_detail') {
      const found = this.visits.find((each) => each.id === (request as { id: string }).id);
      return { visit: found, facts: [], passages: [], incidents: [] };
    }
    return this.snapshot();
  }) as Platform['call'];

  events = (after: number, on: FeedListener): (() => void) => {
    this.after.push(after);
    this.listener = on;
    return () => {
      this.stopped += 1;
    };
  };

  snapshot(): Snapshot {
    return {
      now: iso(Date.now()),
      seq: this.seq,
      visits: this.visits,
      passages: this.passages,
      incidents: [],
      devices: [],
      settings: { desk: {}, site: { zone_in_force: 'Asia/Almaty' } } as Snapshot['settings'],
      status: { running: true, version: '1', secrets: '', kit: { id: null, made: null, confirmed: false }, tasks: [] },
    };
  }
}

const ignore = (): void => undefined;

let core: Core;
let live: Live;
let stop: () => void;

async function begin(): Promise<void> {
  live = new Live(core);
  stop = live.start();
  await vi.advanceTimersByTimeAsync(0);
}

async function tell(...batches: EventBatch[]): Promise<void> {
  for (const each of batches) core.listener?.batch(each);
  await vi.advanceTimersByTimeAsync(120);
}

const ids = (visits: VisitView[]): string[] => visits.map((each) => each.id);

beforeEach(() => {
  vi.useFakeTimers({
    now: NOW,
    toFake: ['Date', 'setTimeout', 'clearTimeout', 'requestAnimationFrame', 'cancelAnimationFrame'],
  });
  core = new Core();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
});

describe('the snapshot', () => {
  it('is sorted into groups, and the feed goes on from it', async () => {
    core.visits = [
      visit(3, 'expected'),
      visit(1, 'expected'),
      visit(4, 'checked_in', { entered: iso(NOW - 5 * MINUTE) }),
      visit(5, 'checked_in', { entered: iso(NOW - 50 * MINUTE) }),
      visit(6, 'no_show'),
    ];
    await begin();
    expect(ids(live.visits.expected)).toEqual(['v1', 'v3']);
    expect(ids(live.visits.inside)).toEqual(['v5', 'v4']);
    expect(ids(live.visits.over)).toEqual(['v6']);
    expect(core.after).toEqual([100]);
    expect(live.connection.state).toBe('open');
  });

  it('is asked for again until the core answers', async () => {
    core.down = true;
    await begin();
    expect(live.failure).toBeInstanceOf(Unreachable);
    expect(live.settings).toBeNull();
    core.down = false;
    await vi.advanceTimersByTimeAsync(2000);
    expect(live.failure).toBeNull();
    expect(live.connection.state).toBe('open');
  });
});

describe('the feed', () => {
  it('moves a visit from list to list', async () => {
    core.visits = [visit(1, 'expected'), visit(2, 'expected')];
    await begin();
    await tell(batch([visitItem(101, visit(1, 'checked_in', { entered: iso(NOW) }))]));
    expect(ids(live.visits.expected)).toEqual(['v2']);
    expect(ids(live.visits.inside)).toEqual(['v1']);
    expect(live.visits.byId.get('v1')?.status).toBe('checked_in');
    expect(live.seq).toBe(101);
  });

  it('ignores what was told before', async () => {
    core.visits = [visit(1, 'expected')];
    await begin();
    const entered = visitItem(101, visit(1, 'checked_in', { entered: iso(NOW) }));
    const left = visitItem(102, visit(1, 'checked_out', { left: iso(NOW) }));
    const told: number[] = [];
    live.onItem((each) => told.push(each.seq));
    await tell(batch([entered, left]));
    await tell(batch([entered]), batch([entered, left]));
    expect(ids(live.visits.over)).toEqual(['v1']);
    expect(ids(live.visits.inside)).toEqual([]);
    expect(told).toEqual([101, 102]);
  });

  it('is applied once a frame, however many batches come', async () => {
    await begin();
    const drawn: unknown[] = [];
    for (let seq = 101; seq <= 150; seq += 1) {
      core.listener?.batch(batch([item(seq, { kind: 'passage', item: passage(seq) })]));
      drawn.push(live.passages);
    }
    expect(new Set(drawn).size).toBe(1);
    await vi.advanceTimersByTimeAsync(120);
    expect(live.passages).toHaveLength(50);
    expect(live.passages[0]?.row).toBe(150);
  });

  it('keeps the newest 200 passages', async () => {
    core.passages = Array.from({ length: 200 }, (_, at) => passage(200 - at));
    await begin();
    await tell(batch([item(101, { kind: 'passage', item: passage(201) })]));
    expect(live.passages).toHaveLength(200);
    expect(live.passages[0]?.row).toBe(201);
    expect(live.passages.at(-1)?.row).toBe(2);
  });

  it('puts a picture to its passage, and adds none that is not shown', async () => {
    core.passages = [passage(7)];
    await begin();
    await tell(
      batch([
        item(101, { kind: 'picture', item: passage(7, 'seven.jpg') }),
        item(102, { kind: 'picture', item: passage(3, 'three.jpg') }),
      ]),
    );
    expect(live.passages).toEqual([passage(7, 'seven.jpg')]);
  });

  it('keeps incidents until they are resolved', async () => {
    await begin();
    await tell(batch([item(101, { kind: 'incident', item: incident(1, 'new') })]));
    await tell(batch([item(102, { kind: 'incident', item: incident(2, 'new') })]));
    expect(live.incidents.map((each) => each.row)).toEqual([2, 1]);
    await tell(batch([item(103, { kind: 'incident', item: incident(1, 'resolved') })]));
    expect(live.incidents.map((each) => each.row)).toEqual([2]);
  });

  it('gives way when the desk was locked, whoever did that', async () => {
    await begin();
    await tell(batch([], { locked: true }));
    expect(live.connection.state).toBe('no_session');
  });

  it('takes a new snapshot when it is behind, and goes on from there', async () => {
    await begin();
    core.seq = 900;
    core.visits = [visit(9, 'expected')];
    await tell(batch([], { behind: true, next: 900 }));
    expect(ids(live.visits.expected)).toEqual(['v9']);
    expect(core.after).toEqual([100, 900]);
    expect(core.stopped).toBe(1);
    expect(live.seq).toBe(900);
  });

  it('says since when it is lost, and reads all anew after a long time only', async () => {
    await begin();
    await vi.advanceTimersByTimeAsync(1000);
    core.listener?.state('lost');
    expect(live.connection).toEqual({ state: 'lost', since: NOW + 1000 });
    await vi.advanceTimersByTimeAsync(2000);
    core.listener?.state('open');
    expect(live.connection.state).toBe('open');
    expect(core.asked.filter((each) => each === 'snapshot')).toHaveLength(1);
    // A silence is told after the last word, and counts from it.
    core.listener?.state('lost', Date.now() - 12_000);
    expect(live.connection.since).toBe(Date.now() - 12_000);
    await vi.advanceTimersByTimeAsync(6 * MINUTE);
    core.listener?.state('open');
    await vi.advanceTimersByTimeAsync(0);
    expect(core.asked.filter((each) => each === 'snapshot')).toHaveLength(2);
  });
});

const turning = (row: number, minutes: number): VisitView =>
  visit(row, 'expected', { turns: { at: iso(NOW + minutes * MINUTE), status: 'no_show', actions: ['cancel'] }, actions: ['check_in'] });

describe('the clock', () => {
  it('turns a visit at its time, and what may be done with it', async () => {
    core.visits = [turning(1, 10), turning(2, 20)];
    await begin();
    await vi.advanceTimersByTimeAsync(10 * MINUTE - 1000);
    expect(ids(live.visits.expected)).toEqual(['v1', 'v2']);
    await vi.advanceTimersByTimeAsync(2000);
    expect(ids(live.visits.expected)).toEqual(['v2']);
    expect(live.visits.byId.get('v1')).toMatchObject({ status: 'no_show', actions: ['cancel'] });
    expect(core.asked).toEqual(['snapshot']);
  });

  it('does not turn what came in time', async () => {
    core.visits = [turning(1, 10)];
    await begin();
    await tell(batch([visitItem(101, visit(1, 'checked_in', { entered: iso(NOW) }))]));
    await vi.advanceTimersByTimeAsync(20 * MINUTE);
    expect(live.visits.byId.get('v1')?.status).toBe('checked_in');
  });

  it('reads a new day at the midnight of the site', async () => {
    await begin();
    // 09:00 in Almaty: the next day is 15 hours away.
    await vi.advanceTimersByTimeAsync(14 * 60 * MINUTE);
    expect(core.asked).toEqual(['snapshot']);
    await vi.advanceTimersByTimeAsync(61 * MINUTE);
    expect(core.asked).toEqual(['snapshot', 'snapshot']);
  });

  it('is that of the core, not of this machine', async () => {
    const snapshot = core.snapshot.bind(core);
    core.snapshot = (): Snapshot => ({ ...snapshot(), now: iso(Date.now() + 7 * MINUTE) });
    await begin();
    expect(live.now()).toBe(NOW + 7 * MINUTE);
  });
});

describe('a locked desk', () => {
  it('holds nothing of persons in the page, nor does it follow any more', async () => {
    core.visits = [visit(1, 'expected'), visit(2, 'checked_in')];
    core.passages = [passage(1)];
    await begin();
    await tell(batch([item(101, { kind: 'incident', item: incident(1, 'new') })]));
    core.listener?.batch(batch([visitItem(102, visit(3, 'expected'))]));
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([live.visits.byId.size, live.passages, live.incidents, live.devices]).toEqual([0, [], [], []]);
    expect([live.settings, live.status]).toEqual([null, null]);
    expect(core.stopped).toBe(1);
  });

  it('does not take an answer that was under way when it was locked', async () => {
    await begin();
    let answer: (view: VisitView) => void = ignore;
    const asked = live.answered('v1', new Promise((resolve) => (answer = resolve)));
    const reading = live.reload();
    stop();
    answer(visit(1, 'checked_in'));
    await asked;
    await reading;
    live.putVisit(visit(2, 'expected'));
    expect(live.visits.byId.size).toBe(0);
    expect(live.settings).toBeNull();
  });

  it('reads everything anew for who comes next', async () => {
    await begin();
    stop();
    core.visits = [visit(5, 'expected')];
    stop = live.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(live.visits.expected.map(({ id }) => id)).toEqual(['v5']);
  });
});

it('stays quick with ten thousand visits and fifty events at a time', async () => {
  core.visits = Array.from({ length: 10_000 }, (_, row) => visit(row, row % 2 === 0 ? 'expected' : 'checked_in'));
  await begin();
  let seq = 100;
  const started = performance.now();
  for (let frame = 0; frame < 60; frame += 1) {
    const items = Array.from({ length: 50 }, (_, at) => {
      seq += 1;
      return visitItem(seq, visit((frame * 50 + at) * 3, 'checked_in', { entered: iso(NOW + seq) }));
    });
    core.listener?.batch(batch(items));
    vi.advanceTimersByTime(120);
  }
  // Sixty frames of fifty events: a sort of ten thousand in each would take several times as long.
  expect(performance.now() - started).toBeLessThan(1500);
  expect(live.visits.expected.length + live.visits.inside.length).toBe(10_000);
});

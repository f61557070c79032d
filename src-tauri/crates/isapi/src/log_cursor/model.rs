//! The cursor against a device that shows its events late, in any order and more than once, and
//! a reader that is killed at any moment.

use std::collections::{BTreeMap, BTreeSet};

use super::tests::event;
use super::*;
use proptest::prelude::*;

/// How the model's device treats one event. Time is counted in runs.
#[derive(Clone, Debug)]
struct Logged {
    /// How many numbers are left out before it.
    skipped: u64,
    born: usize,
    /// In how many runs it is not shown although it happened.
    late: usize,
    announced: bool,
}

#[derive(Clone, Debug)]
struct Run {
    /// After how many pages the run breaks off, and whether that is a crash.
    broken: Option<(usize, bool)>,
    page: usize,
    /// Shuffles the list that the search gives out.
    stride: usize,
    repeat: bool,
}

fn logged() -> impl Strategy<Value = Logged> {
    (prop_oneof![9 => Just(0_u64), 1 => 1..5_u64, 1 => 1_u64..30_000], 0..12_usize, 0..4_usize, any::<bool>())
        .prop_map(|(skipped, born, late, announced)| Logged { skipped, born, late, announced })
}

fn run() -> impl Strategy<Value = Run> {
    (prop::option::weighted(0.4, (0..4_usize, any::<bool>())), 1..5_usize, 1..7_usize, any::<bool>())
        .prop_map(|(broken, page, stride, repeat)| Run { broken, page, stride, repeat })
}

/// The device's log with what was written down of it.
struct World {
    log: BTreeMap<u64, (usize, Logged)>,
    cursor: LogCursor,
    anchor: Option<Anchor>,
    recorded: BTreeMap<u64, usize>,
    awaited: BTreeSet<u64>,
    crashed: bool,
}

impl World {
    fn new(events: Vec<Logged>) -> Self {
        let mut events = events;
        events.sort_by_key(|logged| logged.born);
        let mut serial = 0;
        let log = events.into_iter().map(|logged| {
            serial += 1 + logged.skipped;
            (serial, (logged.born + logged.late, logged))
        });
        Self {
            log: log.collect(),
            cursor: LogCursor::resume(None),
            anchor: None,
            recorded: BTreeMap::new(),
            awaited: BTreeSet::new(),
            crashed: false,
        }
    }

    fn told(serial: u64, current: Option<bool>) -> DeviceEvent {
        let minor = u32::try_from(serial % 100).unwrap();
        DeviceEvent { current, ..event(serial, minor, "2026-07-06T10:00:00+03:00") }
    }

    fn announce(&mut self, step: usize) {
        let born: Vec<u64> = self
            .log
            .iter()
            .filter(|(_, (_, logged))| logged.announced && logged.born == step)
            .map(|(serial, _)| *serial)
            .collect();
        for serial in born {
            if self.cursor.announce(Self::told(serial, Some(true)), Timestamp::UNIX_EPOCH)
                == Announcement::New
            {
                self.awaited.insert(serial);
            }
        }
    }

    fn list(&self, step: usize, run: &Run) -> Vec<DeviceEvent> {
        let shown = self.log.range(self.cursor.begin()..).filter(|(_, (shown, _))| *shown <= step);
        let mut list: Vec<DeviceEvent> = shown.map(|(serial, _)| Self::told(*serial, None)).collect();
        for at in 0..list.len() {
            let other = (at * run.stride + 3) % list.len();
            list.swap(at, other);
        }
        if run.repeat {
            list.extend(list.clone());
        }
        list
    }

    fn record(&mut self, events: &[DeviceEvent]) {
        for event in events {
            let serial = event.serial.unwrap().0;
            self.awaited.remove(&serial);
            *self.recorded.entry(serial).or_default() += 1;
        }
        if let Some(anchor) = self.cursor.settle() {
            let awaited = self.awaited.first().copied().unwrap_or(u64::MAX);
            assert!(anchor.serial.0 < awaited, "{anchor:?} passes {awaited}");
            assert!(self.anchor.as_ref().is_none_or(|before| before.serial < anchor.serial));
            self.anchor = Some(anchor);
        }
    }

    fn run(&mut self, step: usize, run: &Run) {
        self.announce(step);
        let list = self.list(step, run);
        for (count, page) in list.chunks(run.page).enumerate() {
            if let Some((_, crash)) = run.broken.filter(|(pages, _)| count >= *pages) {
                if crash {
                    self.crashed = true;
                    self.awaited.clear();
                    self.cursor = LogCursor::resume(self.anchor.clone());
                }
                return;
            }
            let new = self.cursor.take_new(page.to_vec());
            self.record(&new);
        }
        self.cursor.on_run_complete(Timestamp::UNIX_EPOCH, false);
        self.record(&[]);
    }
}

const QUIET: Run = Run { broken: None, page: 3, stride: 1, repeat: false };

proptest! {
    #[test]
    fn whatever_the_device_ever_shows_is_written_down(
        events in prop::collection::vec(logged(), 0..40),
        runs in prop::collection::vec(run(), 16),
    ) {
        let mut world = World::new(events);
        for (step, run) in runs.iter().enumerate() {
            world.run(step, run);
        }
        for step in 16..22 {
            world.run(step, &QUIET);
        }
        let all: Vec<u64> = world.log.keys().copied().collect();
        let found: Vec<u64> = world.recorded.keys().copied().collect();
        prop_assert_eq!(&found, &all);
        if !world.crashed {
            prop_assert!(world.recorded.values().all(|times| *times == 1), "{:?}", world.recorded);
        }
        // Nothing is left open, and the anchor stands at the end.
        prop_assert!(!world.cursor.awaiting());
        prop_assert_eq!(world.anchor.map(|anchor| anchor.serial.0), all.last().copied());
    }

    #[test]
    fn an_overdue_event_is_written_down_once(
        serials in prop::collection::btree_set(1..40_u64, 1..20),
        hidden in prop::collection::btree_set(1..40_u64, 1..10),
    ) {
        let mut cursor = LogCursor::resume(None);
        let mut recorded = Vec::new();
        for serial in serials.union(&hidden) {
            cursor.announce(World::told(*serial, Some(true)), Timestamp::UNIX_EPOCH);
        }
        let page: Vec<_> = serials.difference(&hidden).map(|serial| World::told(*serial, None)).collect();
        recorded.extend(cursor.take_new(page));
        cursor.on_run_complete(Timestamp::UNIX_EPOCH, false);
        let first_hidden = *hidden.first().unwrap();
        prop_assert!(cursor.settle().is_none_or(|anchor| anchor.serial.0 < first_hidden));
        let late = Timestamp::from_second(100).unwrap();
        recorded.extend(cursor.overdue(late, SignedDuration::from_secs(60)).into_iter().map(|due| due.event));
        recorded.extend(cursor.take_new(hidden.iter().map(|serial| World::told(*serial, None)).collect()));
        let mut recorded: Vec<u64> = recorded.iter().map(|event| event.serial.unwrap().0).collect();
        recorded.sort_unstable();
        prop_assert_eq!(recorded, serials.union(&hidden).copied().collect::<Vec<_>>());
    }
}

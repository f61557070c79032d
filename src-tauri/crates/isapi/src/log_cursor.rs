//! Reading a device's log by serial: what is known, what is awaited, what is settled.
//!
//! Streams lie, repeat and break off; the log is what counts. The stream only announces, the
//! search finds, and this cursor keeps the account: nothing is settled while it is awaited, and
//! nothing is awaited for ever. It reads no socket and writes no database. What
//! [`LogCursor::take_new`] and [`LogCursor::overdue`] give out must be written down before, or
//! together with, the anchor that [`LogCursor::settle`] gives out after them; after a crash,
//! reading begins at that anchor again and some events are given out twice.

#[cfg(test)]
mod model;
mod same;
mod spans;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use vakhta_app::device::{Anchor, ReceivedEvent};
use vakhta_domain::device_event::DeviceEvent;
use vakhta_domain::ids::EventSerial;

pub use same::{LogVerdict, verdict};
use same::{anchor_of, is_same, is_same_unnumbered};
use spans::Spans;

/// In how many runs after the first a missing serial is looked for again: some firmware leaves
/// numbers out, some shows an event late.
const RETRIES: u8 = 3;
/// A gap at least this wide right above an anchor that is gone, or above none, and below at least
/// as many events, is the part of the log that was overwritten: what is that old comes no more,
/// and to read all above it four times would be dear. In a shorter log it is cheap.
const OVERWRITTEN: u64 = 1_000;
/// The guide's serials end at 3,000,000,000. What does not even fit 32 bits is no serial: a
/// single such number must not put all that follow below it.
const SERIAL_LIMIT: u64 = u32::MAX as u64;
/// How many events are remembered to know them again.
const RECENT: usize = 256;
/// How many announced events are waited for; beyond, the oldest are overdue at once.
const AWAITED_LIMIT: usize = 20_000;
/// How many words of the stream about what is current are kept.
const SAID_LIMIT: usize = 2 * AWAITED_LIMIT;

/// What an announcement means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Announcement {
    /// Not in what was read of the log: read on.
    New,
    /// A replay.
    Known,
    /// A live event where the log has another, or an old one: see whether the log is the same.
    Suspicious,
}

/// An event of the stream that the log has not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The stream's copy.
    pub event: DeviceEvent,
    /// When it was announced.
    pub at: Timestamp,
}

impl Announced {
    /// As the inbox takes it: the stream's own copy.
    #[must_use]
    pub fn received(self) -> ReceivedEvent {
        let announced_current = self.event.current;
        ReceivedEvent { event: self.event, received: self.at, announced_current }
    }
}

/// The account of reading one log, in one epoch.
#[derive(Clone, Debug)]
pub struct LogCursor {
    /// Everything up to here was written down or given up.
    last: u64,
    /// What was met above it.
    seen: Spans,
    /// Missing between what was met: first serial, last serial, tries.
    holes: BTreeMap<u64, (u64, u8)>,
    awaited: BTreeMap<u64, Announced>,
    /// Announced without a usable serial, or with one that the log gave to another event.
    strays: Vec<Announced>,
    recent: VecDeque<Anchor>,
    said: HashMap<u64, bool>,
    said_order: VecDeque<u64>,
    /// Whether this run brought anything new, and whether it brought the anchor.
    progress: bool,
    anchor_met: bool,
    completed: Option<Timestamp>,
}

impl LogCursor {
    /// Goes on behind an anchor, or from the log's beginning.
    #[must_use]
    pub fn resume(anchor: Option<Anchor>) -> Self {
        Self {
            last: anchor.as_ref().map_or(0, |anchor| anchor.serial.0),
            seen: Spans::default(),
            holes: BTreeMap::new(),
            awaited: BTreeMap::new(),
            strays: Vec::new(),
            recent: anchor.into_iter().collect(),
            said: HashMap::new(),
            said_order: VecDeque::new(),
            progress: false,
            anchor_met: false,
            completed: None,
        }
    }

    /// Where the next search begins: at the anchor itself, so that it can be seen again.
    #[must_use]
    pub fn begin(&self) -> u64 {
        self.last.max(1)
    }

    /// The greatest serial met. A quick look for what is new may begin here instead, while
    /// holes below are still asked for; such a run is not told to [`Self::on_run_complete`].
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.seen.top().unwrap_or(self.last)
    }

    /// Whether an event of this serial has been given out.
    #[must_use]
    pub fn met(&self, serial: EventSerial) -> bool {
        serial.0 <= self.last || self.seen.contains(serial.0)
    }

    /// Missing serials that are still asked for, as (first, last) pairs.
    #[must_use]
    pub fn holes(&self) -> Vec<(u64, u64)> {
        let open = self.holes.iter().filter(|(_, (_, tries))| *tries < RETRIES);
        open.map(|(from, (to, _))| (*from, *to)).collect()
    }

    /// When a run was last complete.
    #[must_use]
    pub fn completed(&self) -> Option<Timestamp> {
        self.completed
    }

    /// Takes in what the stream tells.
    pub fn announce(&mut self, event: DeviceEvent, now: Timestamp) -> Announcement {
        let Some(serial) = numbered(&event) else {
            self.strays.push(Announced { event, at: now });
            return Announcement::New;
        };
        if self.is_suspicious(serial, &event) {
            return Announcement::Suspicious;
        }
        self.note(serial, event.current);
        if serial <= self.last || self.seen.contains(serial) {
            return Announcement::Known;
        }
        self.awaited.entry(serial).or_insert(Announced { event, at: now });
        Announcement::New
    }

    /// A suspicion about this event was cleared up: it counts as known from now on.
    pub fn trust(&mut self, event: &DeviceEvent) {
        self.remember(anchor_of(event));
    }

    /// Those events of a page that have not been given out yet, by serial; those without a
    /// usable serial, which are always given out, behind them.
    pub fn take_new(&mut self, events: Vec<DeviceEvent>) -> Vec<DeviceEvent> {
        let mut new = BTreeMap::new();
        let mut unnumbered = Vec::new();
        for event in events {
            match numbered(&event) {
                Some(serial) if serial <= self.last => self.anchor_met |= serial == self.last,
                Some(serial) => {
                    if self.take(serial, &event) {
                        new.insert(serial, event);
                    }
                }
                None => {
                    if let Some(at) =
                        self.strays.iter().position(|stray| is_same_unnumbered(&stray.event, &event))
                    {
                        self.strays.swap_remove(at);
                    }
                    unnumbered.push(event);
                }
            }
        }
        new.into_values().chain(unnumbered).collect()
    }

    /// A run that began at [`Self::begin`] has reached its end.
    ///
    /// One that smells truncated settles nothing new as long as it brings something: what it
    /// left out comes in the next. Once it brings nothing it counts like any other, or a device
    /// that always smells would never be settled.
    pub fn on_run_complete(&mut self, now: Timestamp, smells_truncated: bool) {
        let progress = std::mem::take(&mut self.progress);
        let anchor_met = std::mem::take(&mut self.anchor_met);
        if smells_truncated && progress {
            return;
        }
        self.completed = Some(now);
        let gaps = self.seen.gaps(self.last);
        let long = self.seen.count() >= OVERWRITTEN;
        let count = |(from, to): (u64, u64)| {
            let leading = from == self.last + 1 && !anchor_met;
            let overwritten = leading && long && to - from >= OVERWRITTEN;
            let before = self.hole_at(from).map(|(_, tries)| tries.saturating_add(1));
            (from, (to, if overwritten { RETRIES } else { before.unwrap_or(0) }))
        };
        self.holes = gaps.into_iter().map(count).collect();
    }

    /// Holes were asked for in a search of their own, by the serials from `from` to `to`.
    pub fn on_holes_asked(&mut self, from: u64, to: u64) {
        for (start, (end, tries)) in &mut self.holes {
            if *start >= from && *end <= to {
                *tries = tries.saturating_add(1);
            }
        }
    }

    /// Announced events that the log has not shown for longer than the limit. They are to be
    /// written down as the stream told them, and count as met.
    pub fn overdue(&mut self, now: Timestamp, limit: SignedDuration) -> Vec<Announced> {
        let excess = self.excess();
        let mut due = Vec::new();
        let is_due = |waiting: &mut Announced| {
            // A clock of ours that was set back must not make anything wait for that long.
            waiting.at = waiting.at.min(now);
            now.duration_since(waiting.at) > limit || excess.is_some_and(|bound| waiting.at <= bound)
        };
        for (serial, waiting) in &mut self.awaited {
            if is_due(waiting) {
                due.push((Some(*serial), waiting.clone()));
            }
        }
        self.strays.retain_mut(|waiting| {
            let due_now = is_due(waiting);
            if due_now {
                due.push((None, waiting.clone()));
            }
            !due_now
        });
        for serial in due.iter().filter_map(|(serial, _)| *serial) {
            let waiting = self.awaited.remove(&serial);
            self.seen.insert(serial, None);
            self.remember(waiting.and_then(|waiting| anchor_of(&waiting.event)));
        }
        due.into_iter().map(|(_, waiting)| waiting).collect()
    }

    /// What was announced before a moment and has not been shown by the log. For a log that is
    /// gone, and will not show it any more.
    #[must_use]
    pub fn told_before(&self, moment: Timestamp) -> Vec<Announced> {
        self.awaited.values().filter(|waiting| waiting.at < moment).cloned().collect()
    }

    /// Something was announced that the log has not shown yet.
    #[must_use]
    pub fn awaiting(&self) -> bool {
        !self.awaited.is_empty() || !self.strays.is_empty()
    }

    /// Moves the anchor up as far as nothing at or below it is awaited, and gives it out when it
    /// moved. It is always an event that the log itself has shown.
    pub fn settle(&mut self) -> Option<Anchor> {
        let bound = self.awaited.keys().next().copied().unwrap_or(u64::MAX);
        let mut reached = self.last;
        let mut anchor = None;
        while let Some(next) = reached.checked_add(1).filter(|next| *next < bound) {
            if let Some(span) = self.seen.covering(next) {
                reached = span.end;
                anchor = span.witness.clone().or(anchor);
            } else if let Some((end, RETRIES..)) = self.hole_at(next) {
                reached = end.min(bound - 1);
            } else {
                break;
            }
        }
        let anchor = anchor.filter(|anchor| anchor.serial.0 > self.last)?;
        self.last = anchor.serial.0;
        // What was just met is not overwritten; a gap above it is one like any other.
        self.anchor_met = true;
        self.seen.forget(self.last);
        self.holes = std::mem::take(&mut self.holes)
            .into_iter()
            .filter(|(_, (end, _))| *end > self.last)
            .map(|(start, hole)| (start.max(self.last + 1), hole))
            .collect();
        Some(anchor)
    }

    /// What the stream said of a serial: whether it was current. Its first word counts; a replay
    /// calls history what was live when it was first told.
    #[must_use]
    pub fn announced_current(&self, serial: EventSerial) -> Option<bool> {
        self.said.get(&serial.0).copied()
    }

    /// When an event was announced that the log has not shown yet.
    #[must_use]
    pub fn announced_at(&self, serial: EventSerial) -> Option<Timestamp> {
        self.awaited.get(&serial.0).map(|waiting| waiting.at)
    }

    /// Takes one event of the log into account; true if it is new.
    fn take(&mut self, serial: u64, event: &DeviceEvent) -> bool {
        let anchor = anchor_of(event);
        if let Some(waiting) = self.awaited.remove(&serial)
            && !anchor.as_ref().is_some_and(|anchor| is_same(anchor, &waiting.event))
        {
            // The log gave the number to another event. The stream's is not lost for that.
            self.strays.push(waiting);
        }
        let new = !self.seen.contains(serial);
        self.seen.insert(serial, anchor.clone());
        if new {
            self.progress = true;
            self.remember(anchor);
        }
        new
    }

    /// A live event that contradicts what is remembered of its serial, or comes far behind it.
    fn is_suspicious(&self, serial: u64, event: &DeviceEvent) -> bool {
        if event.current == Some(false) {
            return false;
        }
        let waiting = self.awaited.get(&serial).and_then(|waiting| anchor_of(&waiting.event));
        let mut remembered =
            self.recent.iter().chain(&waiting).filter(|anchor| anchor.serial.0 == serial).peekable();
        let nothing_known = remembered.peek().is_none();
        let confirmed = remembered.any(|anchor| is_same(anchor, event));
        !confirmed && (serial <= self.last || !nothing_known)
    }

    fn remember(&mut self, anchor: Option<Anchor>) {
        self.recent.extend(anchor);
        while self.recent.len() > RECENT {
            self.recent.pop_front();
        }
    }

    fn note(&mut self, serial: u64, current: Option<bool>) {
        let Some(current) = current.filter(|_| !self.said.contains_key(&serial)) else { return };
        self.said.insert(serial, current);
        self.said_order.push_back(serial);
        if self.said_order.len() > SAID_LIMIT
            && let Some(oldest) = self.said_order.pop_front()
        {
            self.said.remove(&oldest);
        }
    }

    fn hole_at(&self, serial: u64) -> Option<(u64, u8)> {
        self.holes.range(..=serial).next_back().map(|(_, hole)| *hole).filter(|(end, _)| *end >= serial)
    }

    /// The time up to which announcements must go, when there are too many.
    fn excess(&self) -> Option<Timestamp> {
        let total = self.awaited.len() + self.strays.len();
        let index = total.checked_sub(AWAITED_LIMIT + 1)?;
        let mut times: Vec<Timestamp> =
            self.awaited.values().chain(&self.strays).map(|waiting| waiting.at).collect();
        times.sort_unstable();
        times.get(index).copied()
    }
}

/// An event's serial, if it is one.
fn numbered(event: &DeviceEvent) -> Option<u64> {
    event.serial.map(|serial| serial.0).filter(|serial| (1..=SERIAL_LIMIT).contains(serial))
}

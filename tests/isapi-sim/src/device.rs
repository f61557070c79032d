//! The state of a device: its log, its clock, its account, its counters.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, watch};

use crate::auth::Auth;
use crate::clock::{TimeFormat, Zone, real_now_ms};
use crate::config::Config;
use crate::event::{Event, LogEntry, Pass, Stamp};
use crate::faults::{FaultError, Faults};
use crate::part::BOUNDARY_TRAP;

/// Never fails: a panicking test must not turn every other lock into a second panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a stream is told.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    Event(Arc<Event>),
    /// The device went away (hardware swap): the stream closes.
    End,
}

/// Counters and state, as `GET /state` of the control interface shows them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Requests per path (without the query), including those answered with 401.
    pub requests: BTreeMap<String, u64>,
    /// Requests per path that got past the password.
    pub admitted: BTreeMap<String, u64>,
    /// Requests with an Authorization header that was wrong (or right but while locked).
    pub refusals: u64,
    /// Requests with the right password refused because of their nonce.
    pub nonce_refusals: u64,
    /// The account is locked now.
    pub locked: bool,
    /// Wrong passwords left before it locks.
    pub tries_left: u32,
    /// Connections accepted since the start.
    pub connections: u64,
    /// Connections open now.
    pub connections_open: u64,
    /// Streams opened since the start (200 answered).
    pub streams: u64,
    /// Streams open now.
    pub streams_open: u64,
    /// Serial of the newest event; 0 when the log is empty.
    pub last_serial: u64,
    /// Events in the log now.
    pub log_length: u64,
    /// Events logged since the start, history included.
    pub emitted: u64,
    /// Log clearings and swaps since the start.
    pub epoch: u32,
    /// `serialNumber` now.
    pub serial_number: String,
    /// False while unplugged.
    pub plugged: bool,
    /// Faults that are on, with their values.
    pub faults: BTreeMap<String, String>,
}

pub(crate) struct State {
    pub log: VecDeque<Arc<Event>>,
    /// Everything ever logged, of all epochs.
    all: Vec<LogEntry>,
    next_serial: u64,
    epoch: u32,
    pub serial_number: Arc<str>,
    swaps: u32,
    listeners: Vec<mpsc::UnboundedSender<Told>>,
    observers: Vec<mpsc::UnboundedSender<LogEntry>>,
    pub zone: Zone,
    pub clock_offset_ms: i64,
    pub time_mode: String,
    pub known_searches: HashSet<String>,
}

pub(crate) struct Device {
    pub config: Config,
    pub address: Mutex<SocketAddr>,
    pub state: Mutex<State>,
    pub auth: Mutex<Auth>,
    pub stats: Mutex<Stats>,
    pub faults: watch::Sender<Arc<Faults>>,
    /// Something countable happened.
    pub changed: Notify,
    pub streams_open: AtomicU64,
    pub requests_total: AtomicU64,
    booted: Instant,
}

impl Device {
    pub(crate) fn new(config: Config) -> Result<Device, String> {
        let zone = Zone::parse(&config.time_zone)?;
        let state = State {
            log: VecDeque::new(),
            all: Vec::new(),
            next_serial: config.first_serial,
            epoch: 0,
            serial_number: config.serial_number.as_str().into(),
            swaps: 0,
            listeners: Vec::new(),
            observers: Vec::new(),
            zone,
            clock_offset_ms: config.clock_offset_s * 1000,
            time_mode: "NTP".into(),
            known_searches: HashSet::new(),
        };
        Ok(Device {
            address: Mutex::new(config.listen),
            state: Mutex::new(state),
            auth: Mutex::new(Auth::new(&config)),
            stats: Mutex::default(),
            faults: watch::Sender::new(Arc::default()),
            changed: Notify::new(),
            streams_open: AtomicU64::new(0),
            requests_total: AtomicU64::new(0),
            booted: Instant::now(),
            config,
        })
    }

    pub(crate) fn faults(&self) -> Arc<Faults> {
        self.faults.borrow().clone()
    }

    pub(crate) fn set_fault(&self, name: &str, value: Option<&str>) -> Result<(), FaultError> {
        let mut faults = (*self.faults()).clone();
        let name = faults.set(name, value)?;
        self.faults.send_replace(Arc::new(faults));
        if name == "history-before" {
            let count: u32 = value.and_then(|v| v.parse().ok()).unwrap_or(0);
            self.seed_history(count);
        }
        self.changed.notify_waiters();
        Ok(())
    }

    fn seed_history(&self, count: u32) {
        for back in (1..=count).rev() {
            let person = (1000 + back % 50).to_string();
            self.emit(Pass::granted().person(person).ago(std::time::Duration::from_secs(60) * back).silent());
        }
    }

    /// The device's idea of now, milliseconds since 1970.
    pub(crate) fn now_ms(&self, state: &State, faults: &Faults) -> i64 {
        let offset = state.clock_offset_ms + faults.clock_offset_s * 1000;
        if faults.clock_1970 {
            return i64::try_from(self.booted.elapsed().as_millis()).unwrap_or(0) + offset;
        }
        real_now_ms() + offset
    }

    /// The device's idea of now, written its way.
    pub(crate) fn now_text(&self, faults: &Faults) -> String {
        let state = lock(&self.state);
        let now = self.now_ms(&state, faults);
        zone(&state, faults).write(now, faults.zone_shift_s, faults.clock_format)
    }

    /// Logs an event, tells the streams, and gives its serial.
    pub(crate) fn emit(&self, pass: impl Into<Pass>) -> u64 {
        let pass = pass.into();
        let faults = self.faults();
        let mut state = lock(&self.state);
        let instant_ms = self.now_ms(&state, &faults) - pass.ago_ms();
        let mut serial = state.next_serial;
        if faults.serial_gap.is_some_and(|n| serial.is_multiple_of(n)) {
            serial += 1;
        }
        let zone = zone(&state, &faults);
        let stamp = Stamp {
            epoch: state.epoch,
            serial,
            front_serial: state.log.back().map_or(serial.saturating_sub(1), |e| e.serial),
            time: zone.write(instant_ms, faults.zone_shift_s, faults.clock_format),
            time_difference: (faults.clock_format == TimeFormat::Utc)
                .then(|| zone.difference(instant_ms, faults.zone_shift_s)),
            instant_ms,
            hardware: state.serial_number.clone(),
            reader_no: self.config.kind.preset().reader,
            comment: faults.boundary_in_picture.then_some(BOUNDARY_TRAP),
            card_beyond_64: faults.card_beyond_64,
        };
        let silent = pass.is_silent();
        let event = Arc::new(pass.into_event(stamp));
        state.next_serial = serial + 1;
        state.log.push_back(event.clone());
        if let Some(capacity) = faults.log_capacity {
            while state.log.len() > capacity {
                state.log.pop_front();
            }
        }
        let entry = LogEntry::from(&*event);
        state.observers.retain(|o| o.send(entry.clone()).is_ok());
        state.all.push(entry);
        if !silent {
            state.listeners.retain(|l| l.send(Told::Event(event.clone())).is_ok());
        }
        if silent || state.listeners.is_empty() {
            event.told.store(true, Ordering::Relaxed);
        }
        drop(state);
        self.changed.notify_waiters();
        serial
    }

    /// Opens a listener, and gives what was stored before it. Nothing falls between the two.
    pub(crate) fn listen(&self) -> (Vec<Arc<Event>>, mpsc::UnboundedReceiver<Told>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut state = lock(&self.state);
        state.listeners.retain(|l| !l.is_closed());
        state.listeners.push(sender);
        (state.log.iter().cloned().collect(), receiver)
    }

    /// With no stream left, nobody will be told of what was still waiting: it may be found now.
    pub(crate) fn stream_ended(&self) {
        if self.streams_open.fetch_sub(1, Ordering::AcqRel) == 1 && self.faults().announce_first {
            lock(&self.state).log.iter().for_each(|e| e.told.store(true, Ordering::Release));
        }
        self.changed.notify_waiters();
    }

    pub(crate) fn observe(&self) -> mpsc::UnboundedReceiver<LogEntry> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.state).observers.push(sender);
        receiver
    }

    pub(crate) fn clear_log(&self) {
        let mut state = lock(&self.state);
        state.log.clear();
        state.next_serial = 1;
        state.epoch += 1;
        drop(state);
        self.changed.notify_waiters();
    }

    pub(crate) fn swap_hardware(&self) -> String {
        let mut state = lock(&self.state);
        state.log.clear();
        state.next_serial = 1;
        state.epoch += 1;
        state.swaps += 1;
        state.known_searches.clear();
        state.serial_number = format!("{}-R{}", self.config.serial_number, state.swaps).into();
        for listener in state.listeners.drain(..) {
            let _ = listener.send(Told::End);
        }
        let serial_number = state.serial_number.to_string();
        drop(state);
        lock(&self.auth).reset();
        self.changed.notify_waiters();
        serial_number
    }

    pub(crate) fn log(&self) -> Vec<LogEntry> {
        lock(&self.state).log.iter().map(|e| LogEntry::from(&**e)).collect()
    }

    pub(crate) fn everything(&self) -> Vec<LogEntry> {
        lock(&self.state).all.clone()
    }

    pub(crate) fn stats(&self) -> Stats {
        let mut stats = lock(&self.stats).clone();
        let faults = self.faults();
        {
            let mut auth = lock(&self.auth);
            stats.locked = auth.locked_for().is_some();
            stats.tries_left = auth.tries_left(&faults);
            stats.refusals = auth.refusals;
            stats.nonce_refusals = auth.nonce_refusals;
        }
        stats.streams_open = self.streams_open.load(Ordering::Acquire);
        stats.faults = faults.active.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        let state = lock(&self.state);
        stats.last_serial = state.log.back().map_or(0, |e| e.serial);
        stats.log_length = state.log.len() as u64;
        stats.emitted = state.all.len() as u64;
        stats.epoch = state.epoch;
        stats.serial_number = state.serial_number.to_string();
        stats
    }

    /// Changes counters and wakes whoever waits for them.
    pub(crate) fn count(&self, change: impl FnOnce(&mut Stats)) {
        change(&mut lock(&self.stats));
        self.changed.notify_waiters();
    }
}

/// The zone in force: the device's own, unless a fault puts another in its place.
pub(crate) fn zone<'a>(state: &'a State, faults: &'a Faults) -> &'a Zone {
    faults.zone.as_ref().unwrap_or(&state.zone)
}

impl State {
    /// The vendor's prefix and a tail that follows the serial number: a swapped device has another.
    pub(crate) fn mac(&self) -> String {
        let sum =
            self.serial_number.bytes().fold(0_u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b)));
        let [_, a, b, c] = sum.to_be_bytes();
        format!("bc:ba:c2:{a:02x}:{b:02x}:{c:02x}")
    }

    /// Where these serials (inclusive) lie in the log.
    pub(crate) fn serial_range(&self, first: u64, last: u64) -> Range<usize> {
        let start = self.log.partition_point(|e| e.serial < first);
        let end = self.log.partition_point(|e| e.serial <= last);
        start..end.max(start)
    }
}

//! The handle by which tests and the command line drive a device.

use std::net::SocketAddr;
use std::ops::{Deref, RangeInclusive};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::config::Config;
use crate::control;
use crate::device::{Device, Stats, lock};
use crate::event::{LogEntry, Pass};
use crate::faults::{self, FaultError};
use crate::script::{self, Script, ScriptError};
use crate::server;

/// Why a simulator did not start or come back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A port could not be opened.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// The control interface has no password, so it stays on loopback.
    #[error("the control interface must be on a loopback address, not {0}")]
    ControlNotLoopback(SocketAddr),
    /// A fault at start was wrong.
    #[error(transparent)]
    Fault(#[from] FaultError),
    /// Another setting was wrong.
    #[error("{0}")]
    Config(String),
}

struct Listening {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

struct Inner {
    device: Arc<Device>,
    listening: Mutex<Option<Listening>>,
}

/// A running device. Stops when dropped. Everything to do with it is on [`Handle`], to which this
/// dereferences.
pub struct Simulator {
    handle: Handle,
    control: Option<(SocketAddr, JoinHandle<()>)>,
}

/// Drives a device; cheap to clone, and does not keep it running.
#[derive(Clone)]
pub struct Handle {
    inner: Arc<Inner>,
}

impl Simulator {
    /// Opens the ports and serves, on the current tokio runtime.
    ///
    /// # Errors
    /// A port is taken, or a setting is wrong.
    pub async fn start(config: Config) -> Result<Simulator, Error> {
        let (listen, control, faults) = (config.listen, config.control, config.faults.clone());
        let device = Arc::new(Device::new(config).map_err(Error::Config)?);
        for fault in &faults {
            let (name, value) = faults::split(fault);
            device.set_fault(name, Some(value))?;
        }
        let handle = Handle { inner: Arc::new(Inner { device, listening: Mutex::new(None) }) };
        handle.open(listen).await?;
        let mut simulator = Simulator { handle, control: None };
        if let Some(address) = control {
            if !address.ip().is_loopback() {
                return Err(Error::ControlNotLoopback(address));
            }
            let listener = TcpListener::bind(address).await.map_err(|e| Error::Listen(address, e))?;
            let address = listener.local_addr().map_err(|e| Error::Listen(address, e))?;
            simulator.control = Some((address, tokio::spawn(control::serve(listener, simulator.handle()))));
        }
        Ok(simulator)
    }

    /// A handle for another task.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Where the control interface listens.
    pub fn control_addr(&self) -> Option<SocketAddr> {
        self.control.as_ref().map(|(address, _)| *address)
    }
}

impl Deref for Simulator {
    type Target = Handle;
    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some((_, task)) = &self.control {
            task.abort();
        }
        if let Some(listening) = lock(&self.handle.inner.listening).take() {
            listening.task.abort();
        }
    }
}

impl Handle {
    fn device(&self) -> &Device {
        &self.inner.device
    }

    async fn open(&self, address: SocketAddr) -> Result<(), Error> {
        let listener = TcpListener::bind(address).await.map_err(|e| Error::Listen(address, e))?;
        let address = listener.local_addr().map_err(|e| Error::Listen(address, e))?;
        *lock(&self.device().address) = address;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server::serve(listener, self.inner.device.clone(), stopped));
        *lock(&self.inner.listening) = Some(Listening { stop, task });
        self.device().count(|s| s.plugged = true);
        Ok(())
    }

    /// Where the device listens; the same while unplugged.
    pub fn addr(&self) -> SocketAddr {
        *lock(&self.device().address)
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// `serialNumber` now.
    pub fn serial_number(&self) -> String {
        lock(&self.device().state).serial_number.to_string()
    }

    /// Logs an event and tells the open streams; gives its serial.
    pub fn pass(&self, pass: Pass) -> u64 {
        self.device().emit(pass)
    }

    /// Logs `count` card grants of persons 1001… (cards 50001001…), `rate` a second; a rate of 0
    /// is as fast as possible. Gives the serials.
    pub async fn burst(&self, count: u32, rate: f64) -> RangeInclusive<u64> {
        self.burst_with(count, rate, |i| {
            let person = 1001 + i % 200;
            Pass::granted().person(person.to_string()).card((50_000_000 + person).to_string())
        })
        .await
    }

    /// The same with passes of one's own, made from their index.
    pub async fn burst_with(&self, count: u32, rate: f64, make: impl Fn(u32) -> Pass) -> RangeInclusive<u64> {
        let start = Instant::now();
        let mut serials = None;
        for i in 0..count {
            if rate > 0.0 {
                // From the start, not from the last one: the rate holds however long a turn takes.
                tokio::time::sleep_until(start + Duration::from_secs_f64(f64::from(i) / rate)).await;
            } else if i % 64 == 63 {
                tokio::task::yield_now().await;
            }
            let serial = self.pass(make(i));
            serials = Some((serials.map_or(serial, |(first, _)| first), serial));
        }
        // Nothing logged: an empty range.
        let (first, last) = serials.unwrap_or((1, 0));
        first..=last
    }

    /// Plays a day. `speed` 1 is as written, 60 a minute a second, 0 without waiting.
    ///
    /// # Errors
    /// A step could not be done; its line is named.
    pub async fn play(&self, script: &Script, speed: f64) -> Result<(), ScriptError> {
        script::play(self, script, speed).await
    }

    /// Switches a fault on: `"drip"`, `"max-results=clamp:10"`. `"name=off"` switches it off.
    ///
    /// # Errors
    /// There is no such fault, or its value does not fit.
    pub fn set_fault(&self, fault: &str) -> Result<(), FaultError> {
        let (name, value) = faults::split(fault);
        self.device().set_fault(name, (value != "off").then_some(value))
    }

    /// Switches a fault off.
    ///
    /// # Errors
    /// There is no such fault.
    pub fn clear_fault(&self, name: &str) -> Result<(), FaultError> {
        self.device().set_fault(name, None)
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.device().faults.send_replace(Arc::default());
        self.device().changed.notify_waiters();
    }

    /// Empties the log; serials begin at 1 again.
    pub fn clear_log(&self) {
        self.device().clear_log();
    }

    /// Another device at the same address: other `serialNumber` (returned), empty log, streams cut.
    pub fn swap_hardware(&self) -> String {
        self.device().swap_hardware()
    }

    /// Closes the port and every connection.
    pub async fn unplug(&self) {
        let listening = lock(&self.inner.listening).take();
        if let Some(Listening { stop, task }) = listening {
            let _ = stop.send(());
            let _ = task.await;
            self.device().count(|s| s.plugged = false);
        }
    }

    /// Opens the same port again. Nothing when it is open.
    ///
    /// # Errors
    /// Somebody else took the port meanwhile.
    pub async fn plug(&self) -> Result<(), Error> {
        if lock(&self.inner.listening).is_some() {
            return Ok(());
        }
        self.open(self.addr()).await
    }

    /// Changes the password; open connections and streams go on.
    pub fn set_password(&self, password: &str) {
        password.clone_into(&mut lock(&self.device().auth).password);
    }

    /// Ends a lock and forgets failed passwords.
    pub fn unlock(&self) {
        lock(&self.device().auth).reset();
        self.device().changed.notify_waiters();
    }

    /// Moves the device's clock by so many seconds (negative: back). Logged times stay.
    pub fn step_clock(&self, seconds: i64) {
        lock(&self.device().state).clock_offset_ms += seconds * 1000;
    }

    /// Sets how far the device's clock is ahead of the real one.
    pub fn set_clock_offset(&self, seconds: i64) {
        lock(&self.device().state).clock_offset_ms = seconds * 1000;
    }

    /// The device's time now, as it would write it.
    pub fn device_time(&self) -> String {
        self.device().now_text(&self.device().faults())
    }

    /// Counters and state.
    pub fn stats(&self) -> Stats {
        self.device().stats()
    }

    /// The events in the log now, oldest first.
    pub fn log(&self) -> Vec<LogEntry> {
        self.device().log()
    }

    /// Every event since the start, of all epochs.
    pub fn everything(&self) -> Vec<LogEntry> {
        self.device().everything()
    }

    /// Every event from now on.
    pub fn observe(&self) -> mpsc::UnboundedReceiver<LogEntry> {
        self.device().observe()
    }

    /// Waits until the counters are as wished; false when `limit` passes first.
    pub async fn wait_until(&self, limit: Duration, mut wished: impl FnMut(&Stats) -> bool) -> bool {
        let wait = async {
            loop {
                let changed = self.device().changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if wished(&self.stats()) {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(limit, wait).await.is_ok()
    }

    /// Waits until so many streams are open; false when `limit` passes first.
    pub async fn wait_streams(&self, count: u64, limit: Duration) -> bool {
        self.wait_until(limit, |s| s.streams_open == count).await
    }
}

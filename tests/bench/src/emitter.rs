//! Events for a simulated device, each about a person of its own.

use isapi_sim::{Config, Handle, Kind, Pass, Simulator};
use std::time::{Duration, Instant};
use vakhta_domain::passage::ReaderDirection;

use crate::account::Known;
use crate::child::{Asked, PASSWORD};

/// Simulated devices that Vakhta knows. They stop when this is dropped.
pub(crate) struct Devices {
    running: Vec<Simulator>,
    known: Vec<Known>,
}

impl Devices {
    /// Starts them; their hardware numbers are all different.
    pub(crate) async fn start(count: usize, heartbeat: Duration) -> anyhow::Result<Self> {
        let mut running = Vec::with_capacity(count);
        let mut known = Vec::with_capacity(count);
        for index in 0..count {
            let kind = if index.is_multiple_of(2) { Kind::TurnstileIn } else { Kind::TurnstileOut };
            let mut config = Config::kind(kind).serial_number(format!("DS-BENCH-{index:05}"));
            config.password = PASSWORD.into();
            let simulator = Simulator::start(config.heartbeat(heartbeat)).await?;
            known.push(Known { name: format!("Device {index:04}"), device: simulator.handle() });
            running.push(simulator);
        }
        Ok(Self { running, known })
    }

    pub(crate) fn known(&self) -> &[Known] {
        &self.known
    }

    pub(crate) fn handles(&self) -> Vec<Handle> {
        self.running.iter().map(|device| device.handle()).collect()
    }

    /// Makes Vakhta know them.
    pub(crate) async fn introduce(&self, asked: &mut Asked) -> anyhow::Result<()> {
        for (index, Known { name, device }) in self.known.iter().enumerate() {
            let direction = match index % 3 {
                0 => ReaderDirection::In,
                1 => ReaderDirection::Out,
                _ => ReaderDirection::Both,
            };
            asked.add_device(name, device, direction).await?;
        }
        Ok(())
    }

    /// Waits until all their streams are open.
    pub(crate) async fn listened_to(&self, limit: Duration) -> anyhow::Result<()> {
        let begun = Instant::now();
        for Known { name, device } in &self.known {
            let left = limit.saturating_sub(begun.elapsed());
            anyhow::ensure!(device.wait_streams(1, left).await, "{name}: no stream within {limit:?}");
        }
        Ok(())
    }

    /// How many events they logged since they were started.
    pub(crate) fn emitted(&self) -> usize {
        let emitted = self.known.iter().map(|known| known.device.stats().emitted);
        usize::try_from(emitted.sum::<u64>()).unwrap_or(usize::MAX)
    }
}

/// Makes events for one device.
#[derive(Debug)]
pub(crate) struct Emitter {
    device: usize,
    count: u64,
}

impl Emitter {
    pub(crate) fn of(device: usize) -> Self {
        Self { device, count: 0 }
    }

    /// Whom the last event is about.
    pub(crate) fn person(&self) -> String {
        format!("{}{:08}", self.device + 1, self.count)
    }

    /// Mostly grants; refusals, pictures, and cards that visits were planned for among them.
    pub(crate) fn next(&mut self) -> Pass {
        self.count += 1;
        let person = self.person();
        let pass = match self.count % 10 {
            9 => Pass::refused(6),
            _ => Pass::granted().card(card(self.count % 40)),
        };
        let pass = pass.person(person);
        if self.count.is_multiple_of(250) { pass.tiny_picture() } else { pass }
    }
}

/// A card; visits are planned for the first twenty.
pub(crate) fn card(index: u64) -> String {
    format!("{:010}", 50_000_000 + index)
}

/// Emits so many events a second until the time is over; the rate holds on average however long
/// a turn takes.
pub(crate) async fn emit_at(device: &Handle, emitter: &mut Emitter, rate: f64, lasting: Duration) {
    let begun = tokio::time::Instant::now();
    let count = (rate * lasting.as_secs_f64()) as u32;
    for index in 0..count {
        tokio::time::sleep_until(begun + Duration::from_secs_f64(f64::from(index) / rate)).await;
        device.pass(emitter.next());
    }
}

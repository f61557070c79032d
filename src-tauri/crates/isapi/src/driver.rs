//! One device, watched: find out what it is, catch up with its log, keep its stream open, and
//! say plainly how it is. The stream is a wake-up; what counts is read from the log by serial.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;
use vakhta_app::device::{
    AuthHold, Batch, Cause, DeviceAddress, DeviceCondition, DeviceInbox, DeviceState, Reason, drift_ms,
};
use vakhta_domain::device_time::DeviceClock;
use vakhta_domain::ids::{DeviceId, Epoch, HardwareSerial};

use crate::client::{Client, ClientError};
use crate::log_cursor::Announced;
use crate::probe::{Identity, identify};
use crate::session::Session;

/// How a driver is to behave; the defaults are for real devices.
#[derive(Clone, Debug)]
pub struct Settings {
    /// With a healthy stream the log is looked at this often all the same.
    pub sweep: Duration,
    /// Without one, this often.
    pub poll: Duration,
    /// The first and the longest pause before a device is tried again.
    pub back_off: (Duration, Duration),
    /// The clock is measured this often.
    pub measure: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sweep: Duration::from_secs(15),
            poll: Duration::from_secs(1),
            back_off: (Duration::from_secs(1), Duration::from_secs(30)),
            measure: Duration::from_secs(300),
        }
    }
}

/// Why a session ended.
pub(crate) enum End {
    /// Vakhta ends, or the device was changed or removed.
    Stopped,
    /// Other hardware answers: its log is another one.
    Swapped,
    /// The device could not be spoken to, or its answers make no sense.
    Lost(ClientError),
    /// Vakhta could not write down what it read.
    NotWritten(String),
}

impl From<ClientError> for End {
    fn from(error: ClientError) -> Self {
        Self::Lost(error)
    }
}

/// What a lost session's stream told and its log had not shown. The next session looks for it;
/// when other hardware answers by then, the stream's own copies are all there is.
pub(crate) struct Told {
    hardware: HardwareSerial,
    epoch: Epoch,
    events: Vec<Announced>,
}

impl Told {
    fn batch(self, device: DeviceId, clock: DeviceClock) -> Batch {
        let events = self.events.into_iter().map(Announced::received).collect();
        Batch { device, epoch: self.epoch, clock, events, settled: None }
    }
}

/// What the user interface is shown of a device, kept by the driver.
pub(crate) struct Reporter<I> {
    inbox: Arc<I>,
    device: DeviceId,
    pub(crate) condition: DeviceCondition,
}

impl<I: DeviceInbox> Reporter<I> {
    fn new(inbox: Arc<I>, device: DeviceId) -> Self {
        let condition = DeviceCondition::of(DeviceState::Connecting);
        let reporter = Self { inbox, device, condition };
        reporter.tell();
        reporter
    }

    pub(crate) fn tell(&self) {
        self.inbox.report(self.device, self.condition.clone());
    }

    pub(crate) fn state(&mut self, state: DeviceState) {
        if self.condition.state != state {
            tracing::info!(device = %self.device, ?state, "device");
            self.condition.state = state;
            self.tell();
        }
    }

    fn lost(&mut self, reason: Reason, now: Timestamp) {
        let since = match &self.condition.state {
            DeviceState::Offline { since, .. } => *since,
            _ => now,
        };
        self.state(DeviceState::Offline { since, reason });
    }
}

/// Watches a device until `stop` turns true, or until it refuses the login: then nothing is
/// tried until a person has acted and a new driver is started.
pub async fn watch<I: DeviceInbox>(
    address: DeviceAddress,
    password: String,
    inbox: Arc<I>,
    settings: Settings,
    mut stop: watch::Receiver<bool>,
) {
    let mut reporter = Reporter::new(Arc::clone(&inbox), address.id);
    let mut failures = 0u32;
    let mut told = None;
    while !*stop.borrow() {
        let client = match Client::new(&address.url, &address.user, &password) {
            Ok(client) => Arc::new(client),
            Err(why) => {
                reporter.state(DeviceState::Faulty { reason: why.reason() });
                return;
            }
        };
        let begun = Instant::now();
        let end = tokio::select! {
            end = session(&client, &address, &inbox, &settings, &mut reporter, &mut told) => end,
            _ = stop.wait_for(|stop| *stop) => End::Stopped,
        };
        match end {
            End::Stopped => return,
            End::Swapped => {
                tracing::warn!(device = %address.id, "other hardware answers");
                // No failure: what answers is well, and its log is waiting to be read.
                failures = 0;
            }
            End::Lost(ClientError::Refused { tries_left, locked_for_s }) => {
                let hold = AuthHold { since: inbox.now(), tries_left, locked_for_s };
                while let Err(why) = inbox.hold(address.id, Some(hold.clone())).await {
                    tracing::error!(%why, "a refusal could not be written down");
                    if pause(&mut stop, settings.back_off.1).await {
                        return;
                    }
                }
                reporter.state(DeviceState::Refused(hold));
                return;
            }
            End::Lost(why @ (ClientError::Unreachable(_) | ClientError::Broken(_))) => {
                reporter.lost(why.reason(), inbox.now());
            }
            End::Lost(other) => reporter.state(DeviceState::Faulty { reason: other.reason() }),
            End::NotWritten(reason) => {
                tracing::error!(device = %address.id, %reason, "events could not be written down");
                reporter.state(DeviceState::Faulty { reason: Reason::new(Cause::NotWritten, reason) });
            }
        }
        // A session that held for a while starts the back-off anew.
        failures = if begun.elapsed() > settings.back_off.1 { 1 } else { failures + 1 };
        if pause(&mut stop, back_off(settings.back_off, failures)).await {
            return;
        }
    }
}

/// True when it is time to stop.
async fn pause(stop: &mut watch::Receiver<bool>, duration: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(duration) => false,
        _ = stop.wait_for(|stop| *stop) => true,
    }
}

/// Doubles with each failure, and scatters by a quarter either way: a hundred devices that came
/// back with the power are not asked all at once.
pub(crate) fn back_off((first, longest): (Duration, Duration), failures: u32) -> Duration {
    scatter(first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(longest))
}

/// The duration, a quarter more or less.
pub(crate) fn scatter(duration: Duration) -> Duration {
    let random = f64::from(getrandom::u32().unwrap_or(u32::MAX / 2)) / f64::from(u32::MAX);
    duration.mul_f64(0.75 + random / 2.0)
}

async fn session<I: DeviceInbox>(
    client: &Arc<Client>,
    address: &DeviceAddress,
    inbox: &Arc<I>,
    settings: &Settings,
    reporter: &mut Reporter<I>,
    told: &mut Option<Told>,
) -> End {
    let identity = match identify(client, inbox.as_ref()).await {
        Ok(identity) => identity,
        Err(why) => return why.into(),
    };
    note_identity(reporter, &identity);
    if let Err(why) = inbox.hold(address.id, None).await {
        return End::NotWritten(why.to_string());
    }
    let position = match inbox.open_log(address.id, &identity.hardware).await {
        Ok(position) => position,
        Err(why) => return End::NotWritten(why.to_string()),
    };
    let clock = identity.clock;
    let hardware = identity.hardware.clone();
    let mut session = Session::new(client, address.id, inbox, settings, reporter, identity, position);
    if let Some(before) = told.take() {
        if before.hardware == hardware && before.epoch == session.epoch() {
            session.resume(before.events);
        } else if let Err(why) = inbox.record(before.batch(address.id, clock)).await {
            return End::NotWritten(why.to_string());
        }
    }
    let end = session.run().await;
    if matches!(end, End::Lost(_) | End::NotWritten(_)) {
        *told = Some(Told { hardware, epoch: session.epoch(), events: session.told() });
    }
    end
}

fn note_identity<I: DeviceInbox>(reporter: &mut Reporter<I>, identity: &Identity) {
    let condition = &mut reporter.condition;
    condition.hardware = Some(identity.hardware.clone());
    condition.model.clone_from(&identity.model);
    condition.firmware.clone_from(&identity.firmware);
    condition.drift_ms = identity.clock.drift.map(drift_ms);
    reporter.tell();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_to_its_limit_and_is_scattered() {
        let settings = Settings::default();
        let pauses: Vec<Duration> = (1..12).map(|failures| back_off(settings.back_off, failures)).collect();
        assert!(pauses[0] >= Duration::from_millis(750) && pauses[0] <= Duration::from_millis(1250));
        let longest = Duration::from_secs(30);
        assert!(pauses[10] >= longest.mul_f64(0.75) && pauses[10] <= longest.mul_f64(1.25));
        let again: Vec<Duration> = (1..12).map(|failures| back_off(settings.back_off, failures)).collect();
        assert_ne!(pauses, again);
    }
}

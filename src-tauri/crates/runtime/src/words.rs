//! What is the matter with a device, in the words of a person at a desk. English; the window
//! has its own words for the same kinds.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use vakhta_app::device::{DeviceCondition, DeviceState};
use vakhta_app::view::DeviceNote;

/// Beyond this a device's clock is mentioned, in milliseconds.
const DRIFT_WORTH_MENTION: i64 = 30_000;

/// A device's condition in one line; empty when all is well.
#[must_use]
pub fn condition(condition: &DeviceCondition, zone: &TimeZone) -> String {
    let clock = |at: &Timestamp| at.to_zoned(zone.clone()).strftime("%H:%M").to_string();
    let mut words = match &condition.state {
        DeviceState::Unwatched => "is not watched: Vakhta does not run on this data folder".to_owned(),
        DeviceState::Connecting => "has not answered yet".to_owned(),
        DeviceState::Online => String::new(),
        DeviceState::Polling { reason } => format!("{reason}; events are asked for in turn"),
        DeviceState::StreamOnly => {
            "its event log cannot be searched; what happens while it is out of reach is lost".to_owned()
        }
        DeviceState::StreamSilent { since } => {
            format!(
                "its event stream is open, but silent since {}; events are asked for in turn",
                clock(since)
            )
        }
        DeviceState::Offline { since, reason } => {
            format!("does not answer since {}: {reason}", clock(since))
        }
        DeviceState::Refused(hold) => {
            let tries = match (hold.locked_for_s, hold.tries_left) {
                (Some(seconds), _) if seconds > 0 => {
                    let until = hold.since + SignedDuration::from_secs(seconds.into());
                    format!(" It has locked itself until {}.", clock(&until))
                }
                (_, Some(1)) => " One try is left before it locks itself.".to_owned(),
                (_, Some(tries)) => format!(" {tries} tries are left before it locks itself."),
                _ => String::new(),
            };
            format!(
                "wrong user name or password, refused at {}.{tries} Vakhta tries no more until you set the \
                 password (vakhtad device change NAME --password) or test the device.",
                clock(&hold.since)
            )
        }
        DeviceState::Faulty { reason } => reason.to_string(),
    };
    if let Some(drift) = condition.drift_ms.filter(|drift| drift.abs() >= DRIFT_WORTH_MENTION) {
        let way = if drift > 0 { "fast" } else { "slow" };
        let clock = format!("its clock is {} {way}", span(drift.unsigned_abs() / 1000));
        words = if words.is_empty() { clock } else { format!("{words}; {clock}") };
    }
    words
}

/// What a person should know of a device, in one line.
#[must_use]
pub fn note(note: &DeviceNote, now: Timestamp) -> String {
    let ago = |at: &Timestamp| span(u64::try_from(now.duration_since(*at).as_secs()).unwrap_or(0));
    match note {
        DeviceNote::HardwareSwapped { at } => format!(
            "another device answers at this address (noticed {} ago); its log is read as a new one",
            ago(at)
        ),
        DeviceNote::LogCleared { at } => format!(
            "its event log was cleared (noticed {} ago); reading goes on from its new beginning",
            ago(at)
        ),
        DeviceNote::SameAs { device } => {
            format!("reports the same serial number as “{device}”: is it one device at two addresses?")
        }
    }
}

/// Seconds in the largest unit that says something.
fn span(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

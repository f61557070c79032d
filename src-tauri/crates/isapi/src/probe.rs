//! What a device is and what its clock says; also the one-time test that a person asks for.

use jiff::{SignedDuration, Timestamp};
use vakhta_app::device::{Cause, DeviceInbox, drift_ms};
use vakhta_app::view::DeviceReport;
use vakhta_domain::device_time::DeviceClock;
use vakhta_domain::ids::HardwareSerial;

use crate::client::{Client, ClientError};
use crate::search::{DeviceInfo, device_info, system_time};

const DEVICE_INFO: &str = "/ISAPI/System/deviceInfo";

/// What a device told of itself.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) hardware: HardwareSerial,
    pub(crate) model: Option<String>,
    pub(crate) firmware: Option<String>,
    pub(crate) clock: DeviceClock,
}

/// Asks who answers, and what time it is there.
///
/// # Errors
/// When the device does not answer, refuses, or is no such device.
pub(crate) async fn identify<I: DeviceInbox>(client: &Client, inbox: &I) -> Result<Identity, ClientError> {
    let info = match client.get(DEVICE_INFO).await {
        Err(ClientError::Unreadable(_)) => {
            return Err(ClientError::Unreadable("what answers there is no Hikvision device".into()));
        }
        answer => device_info(&answer?),
    };
    Ok(Identity {
        hardware: hardware(&info),
        model: info.model,
        firmware: info.firmware,
        clock: measure(client, || inbox.now()).await?,
    })
}

/// Whether the hardware that answers now is still this one. A device that cannot tell at the
/// moment is.
///
/// # Errors
/// When the device does not answer or refuses.
pub(crate) async fn is_still(client: &Client, known: &HardwareSerial) -> Result<bool, ClientError> {
    match client.get(DEVICE_INFO).await {
        Ok(node) => Ok(hardware(&device_info(&node)) == *known),
        Err(why @ (ClientError::Unreachable(_) | ClientError::Broken(_) | ClientError::Refused { .. })) => {
            Err(why)
        }
        Err(_) => Ok(true),
    }
}

/// A unit that tells no serial number is told by its network address, which it has printed on
/// it; one that tells neither is at least always the same one.
fn hardware(info: &DeviceInfo) -> HardwareSerial {
    let mac = || info.mac.clone().map(HardwareSerial);
    info.serial_number.clone().or_else(mac).unwrap_or_else(|| HardwareSerial("unnumbered".into()))
}

/// Measures a device's clock against ours at the middle of the request. A device that does not
/// tell the time has an unknown drift.
///
/// # Errors
/// When the device does not answer or refuses.
pub(crate) async fn measure(
    client: &Client,
    now: impl Fn() -> Timestamp,
) -> Result<DeviceClock, ClientError> {
    let asked = now();
    let node = match client.get("/ISAPI/System/time").await {
        Ok(node) => node,
        Err(why @ (ClientError::Unreachable(_) | ClientError::Broken(_) | ClientError::Refused { .. })) => {
            return Err(why);
        }
        Err(_) => return Ok(DeviceClock::default()),
    };
    let answered = now();
    let Some(time) = system_time(&node) else { return Ok(DeviceClock::default()) };
    let middle = asked + answered.duration_since(asked) / 2;
    let device = time.local_time.instant(time.offset);
    let drift: Option<SignedDuration> = device.map(|device| device.duration_since(middle));
    Ok(DeviceClock { drift, offset: time.offset })
}

/// Speaks to a device once, because a person asked, and tells what it found. Costs the device at
/// most one refused login.
pub async fn test(url: &str, user: &str, password: &str, now: impl Fn() -> Timestamp) -> DeviceReport {
    match tried(url, user, password, now).await {
        Ok(report) => report,
        Err(why) => {
            let tries_left = match &why {
                ClientError::Refused { tries_left, .. } => *tries_left,
                _ => None,
            };
            let reason = Some(why.reason());
            DeviceReport { words: why.to_string(), reason, tries_left, ..DeviceReport::default() }
        }
    }
}

async fn tried(
    url: &str,
    user: &str,
    password: &str,
    now: impl Fn() -> Timestamp,
) -> Result<DeviceReport, ClientError> {
    let client = Client::new(url, user, password)?;
    let info = device_info(&client.get(DEVICE_INFO).await?);
    let clock = measure(&client, &now).await?;
    let search = crate::reading::can_search(&client, now()).await?;
    let stream = search || crate::stream::can_open(&client).await;
    let words = match (clock.drift, search) {
        _ if !stream => {
            "answers, but has neither an event log nor an event stream: nothing can be recorded".into()
        }
        (Some(drift), _) if !clock.is_sound() => {
            format!("answers; its clock is wrong by {} s", drift.as_secs())
        }
        (_, false) => "answers; its log cannot be searched, only its stream counts".into(),
        (None, _) => "answers; it does not tell the time".into(),
        _ => "answers".into(),
    };
    Ok(DeviceReport {
        ok: stream,
        words,
        reason: (!stream).then(|| Cause::NothingRecorded.into()),
        model: info.model,
        firmware: info.firmware,
        hardware: info.serial_number.map(|serial| serial.0),
        drift_ms: clock.drift.map(drift_ms),
        search: Some(search),
        tries_left: None,
    })
}

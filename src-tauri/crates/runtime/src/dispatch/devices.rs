//! Devices: added, changed, tested, removed, and shown.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use vakhta_app::device::{AuthHold, Cause, DeviceState, EpochReason};
use vakhta_app::devices;
use vakhta_app::refusal::{Problem, Refusal};
use vakhta_app::request::{DeviceChange, DeviceDraft};
use vakhta_app::secret::SecretText;
use vakhta_app::tx::{DeviceRecord, DeviceTx};
use vakhta_app::view::{DeviceNote, DeviceReport, DeviceView};
use vakhta_domain::ids::DeviceId;
use vakhta_store::LogRow;

use super::{internal, kit, read, refusal, secret, write};
use crate::access::Actor;
use crate::core::Core;
use crate::fleet::password_name;

/// How long it is worth telling that a log began anew.
const NEWS: SignedDuration = SignedDuration::from_hours(24);
/// A device that would lock itself after this many more refusals is not tried.
const LAST_TRIES: u32 = 2;

pub(super) async fn add(core: &Arc<Core>, actor: &Actor, draft: DeviceDraft) -> Result<DeviceView, Refusal> {
    let url = checked_url(&draft.url)?;
    let user = checked_user(&draft.user)?;
    let password = checked_password(draft.password.0)?;
    let id = DeviceId(uuid::Uuid::now_v7());
    let device = DeviceRecord { id, name: draft.name, url, user, direction: draft.direction, hold: None };
    // The password rests before the device is known: a crash in between leaves a secret that
    // nobody asks for, never a device that cannot be spoken to.
    keep_password(core, id, password).await?;
    let author = actor.author.clone();
    match write(core, core.now(), move |tx| devices::add(tx, device, &author)).await {
        Ok(device) => {
            core.fleet.follow(core).await.map_err(refusal)?;
            kit::keep_up(core).await?;
            one(core, device.id).await
        }
        Err(refused) => {
            forget_password(core, id).await?;
            Err(refused)
        }
    }
}

pub(super) async fn change(
    core: &Arc<Core>,
    actor: &Actor,
    change: DeviceChange,
) -> Result<DeviceView, Refusal> {
    let author = actor.author.clone();
    let url = change.url.as_deref().map(checked_url).transpose()?;
    let user = change.user.as_deref().map(checked_user).transpose()?;
    let password = change.password.map(|password| checked_password(password.0)).transpose()?;
    let credentials_changed = url.is_some() || user.is_some() || password.is_some();
    let (name, new_name, direction) = (change.name, change.new_name, change.direction);
    let now = core.now();
    let device = write(core, now, move |tx| {
        let before = devices::named(tx, &name)?;
        let after = DeviceRecord {
            name: new_name.unwrap_or_else(|| before.name.clone()),
            url: url.unwrap_or_else(|| before.url.clone()),
            user: user.unwrap_or_else(|| before.user.clone()),
            direction: direction.unwrap_or(before.direction),
            ..before.clone()
        };
        if after != before {
            devices::change(tx, after.clone(), &author)?;
        }
        if credentials_changed {
            // A person has acted: the device may be tried again.
            tx.set_hold(after.id, None)?;
        }
        DeviceTx::device(tx, after.id)
    })
    .await?
    .ok_or_else(|| internal("the device was changed and is not there"))?;
    if let Some(password) = password {
        keep_password(core, device.id, password).await?;
        core.fleet.restart(device.id).await;
        kit::keep_up(core).await?;
    }
    core.fleet.follow(core).await.map_err(refusal)?;
    one(core, device.id).await
}

pub(super) async fn remove(core: &Arc<Core>, actor: &Actor, name: String) -> Result<(), Refusal> {
    let (now, author) = (core.now(), actor.author.clone());
    let id = write(core, now, move |tx| {
        let device = devices::named(tx, &name)?;
        tx.remove_device(device.id, &author)?;
        Ok(device.id)
    })
    .await?;
    core.fleet.follow(core).await.map_err(refusal)?;
    forget_password(core, id).await?;
    kit::keep_up(core).await
}

pub(super) async fn test(core: &Arc<Core>, name: &str) -> Result<DeviceReport, Refusal> {
    let wanted = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let devices = read(core, |core| core.store.devices()).await?;
    let device = devices.into_iter().find(|device| device.name.to_lowercase() == wanted);
    let device = device.ok_or_else(|| Refusal::not_found("device", name))?;
    let id = device.id;
    let tries_left = device.hold.as_ref().and_then(|hold| hold.tries_left);
    if tries_left.is_some_and(|tries| tries <= LAST_TRIES) {
        return Ok(DeviceReport { tries_left, ..not_tried(Cause::WouldLock) });
    }
    let password = core.blocking(move |core| core.secrets.get(&password_name(id))).await;
    let Some(password) = password.map_err(internal)?.map_err(secret)? else {
        return Ok(not_tried(Cause::NoPassword));
    };
    let report =
        vakhta_isapi::probe::test(&device.url, &device.user, password.reveal(), Timestamp::now).await;
    if let Some(hold) = device.hold {
        // The device has told anew how it stands.
        let tries_left = report.tries_left;
        let hold = (!report.ok).then(|| AuthHold { tries_left: tries_left.or(hold.tries_left), ..hold });
        write(core, core.now(), move |tx| tx.set_hold(id, hold.as_ref())).await?;
        core.fleet.follow(core).await.map_err(refusal)?;
    }
    Ok(report)
}

/// Speaks to a device before it is added, so that what is typed can be mended at once.
pub(super) async fn try_out(draft: DeviceDraft) -> Result<DeviceReport, Refusal> {
    let url = checked_url(&draft.url)?;
    let user = checked_user(&draft.user)?;
    let password = checked_password(draft.password.0)?;
    Ok(vakhta_isapi::probe::test(&url, &user, password.reveal(), Timestamp::now).await)
}

fn not_tried(cause: Cause) -> DeviceReport {
    let reason = vakhta_app::device::Reason::from(cause);
    DeviceReport { words: reason.to_string(), reason: Some(reason), ..DeviceReport::default() }
}

async fn keep_password(core: &Arc<Core>, id: DeviceId, password: SecretText) -> Result<(), Refusal> {
    let kept = core.blocking(move |core| core.secrets.put(&password_name(id), &password)).await;
    kept.map_err(internal)?.map_err(secret)
}

async fn forget_password(core: &Arc<Core>, id: DeviceId) -> Result<(), Refusal> {
    let forgotten = core.blocking(move |core| core.secrets.remove(&password_name(id))).await;
    forgotten.map_err(internal)?.map_err(secret)
}

/// All devices with their condition.
pub(super) async fn list(core: &Arc<Core>) -> Result<Vec<DeviceView>, Refusal> {
    let (devices, logs) = read(core, |core| Ok((core.store.devices()?, core.store.device_logs()?))).await?;
    let mut views: Vec<DeviceView> = devices.into_iter().map(|device| view(core, device, &logs)).collect();
    note_doubles(&mut views);
    Ok(views)
}

async fn one(core: &Arc<Core>, id: DeviceId) -> Result<DeviceView, Refusal> {
    let (devices, logs) = read(core, |core| Ok((core.store.devices()?, core.store.device_logs()?))).await?;
    let device = devices.into_iter().find(|device| device.id == id);
    device.map(|device| view(core, device, &logs)).ok_or_else(|| Refusal::not_found("device", id))
}

/// One unit under two names would count everybody twice.
fn note_doubles(views: &mut [DeviceView]) {
    let mut units: HashMap<String, Vec<String>> = HashMap::new();
    for view in views.iter() {
        if let Some(unit) = &view.hardware {
            units.entry(unit.clone()).or_default().push(view.name.clone());
        }
    }
    for view in views {
        let names = view.hardware.as_ref().and_then(|unit| units.get(unit));
        if let Some(device) = names.into_iter().flatten().find(|name| **name != view.name) {
            view.notes.push(DeviceNote::SameAs { device: device.clone() });
        }
    }
}

fn view(core: &Core, device: DeviceRecord, logs: &HashMap<DeviceId, Vec<LogRow>>) -> DeviceView {
    let condition = core.conditions.get(device.id);
    let answers = condition.as_ref().and_then(|condition| condition.hardware.as_ref());
    let lives = logs.get(&device.id).map(Vec::as_slice).unwrap_or_default();
    let log = lives.iter().rev().find(|log| answers.is_none_or(|answers| answers.0 == log.hardware));
    let words = match &condition {
        Some(condition) => crate::words::condition(condition, &core.site().zone),
        None if core.fleet.is_active() => "is being started".to_owned(),
        None => "is not watched: Vakhta does not run on this data folder (vakhtad run)".to_owned(),
    };
    let nobody = if core.fleet.is_active() { DeviceState::Connecting } else { DeviceState::Unwatched };
    DeviceView {
        name: device.name,
        url: device.url,
        user: device.user,
        direction: device.direction,
        words,
        notes: log.and_then(|log| news(log, core.now())).into_iter().collect(),
        heard: condition.as_ref().and_then(|condition| condition.heard),
        drift_ms: condition.as_ref().and_then(|condition| condition.drift_ms),
        model: condition.as_ref().and_then(|condition| condition.model.clone()),
        epoch: log.map(|log| log.epoch),
        last_serial: log.and_then(|log| log.serial),
        hardware: log.map(|log| log.hardware.clone()),
        state: condition.map_or(nobody, |condition| condition.state),
    }
}

/// Why a device's log is read as a new one; for a day after it was noticed.
fn news(log: &LogRow, now: Timestamp) -> Option<DeviceNote> {
    let at = log.begun;
    let note = match log.reason {
        EpochReason::FirstContact => return None,
        EpochReason::HardwareSwapped => DeviceNote::HardwareSwapped { at },
        EpochReason::LogCleared => DeviceNote::LogCleared { at },
    };
    (now.duration_since(at) <= NEWS).then_some(note)
}

/// `http://host[:port]`: no path, no user, no password in it.
fn checked_url(text: &str) -> Result<String, Refusal> {
    let wrong = |problem, why: &str| Err(Refusal::invalid("url", problem, why));
    let text = text.trim();
    if !text.contains("://") {
        return wrong(Problem::NotAnAddress, "write it as http://host or http://host:port");
    }
    let url = match url::Url::parse(text) {
        Ok(url) => url,
        Err(why) => return Err(Refusal::invalid("url", Problem::NotAnAddress, why)),
    };
    if url.scheme() != "http" {
        return wrong(
            Problem::NotHttp,
            "only http:// devices can be added; https:// waits for pinned certificates",
        );
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() || url.host_str().is_none() {
        return wrong(
            Problem::NotAnAddress,
            "write only the host and port, without a path, user or password",
        );
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn checked_user(user: &str) -> Result<String, Refusal> {
    let user = user.trim();
    let problem = match user.chars().count() {
        0 => Problem::Empty,
        65.. => Problem::TooLong,
        _ if user.contains(':') || user.chars().any(char::is_control) => Problem::Malformed,
        _ => return Ok(user.to_owned()),
    };
    Err(Refusal::invalid("user", problem, "must have 1 to 64 characters and no colon"))
}

fn checked_password(password: String) -> Result<SecretText, Refusal> {
    let problem = match password.chars().count() {
        0 => Problem::Empty,
        129.. => Problem::TooLong,
        _ => return Ok(SecretText::new(password)),
    };
    Err(Refusal::invalid("password", problem, "must have 1 to 128 characters"))
}

//! A command to its use-case. A new command has its arm here, its entry with permission and
//! reply in `vakhta_app::command`, and its use-case in `vakhta_app`.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use vakhta_app::command::{Command, DeviceChange, DeviceDraft, ErrorCode, Refusal, Reply};
use vakhta_app::device::AuthHold;
use vakhta_app::secret::{SecretError, SecretText};
use vakhta_app::tx::{DeviceRecord, DeviceTx};
use vakhta_app::view::{DeviceReport, DeviceView, RunStatus};
use vakhta_app::{devices, visits};
use vakhta_domain::ids::DeviceId;
use vakhta_store::WriteError;

use crate::core::Core;
use crate::fleet::password_name;

/// Operations looked at for one answer of the feed.
const FEED_PAGE: u32 = 1_000;
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Who acts on the command line: the owner of the data folder.
const OWNER: &str = "owner of the data folder";

/// Carries out a command.
///
/// # Errors
/// A [`Refusal`], with [`ErrorCode::Internal`] for faults.
pub async fn carry_out(core: &Arc<Core>, command: Command) -> Result<Reply, Refusal> {
    match command {
        Command::Status => Ok(Reply::Status(status(core))),
        Command::DeviceAdd(draft) => device_add(core, draft).await,
        Command::DeviceChange(change) => device_change(core, change).await,
        Command::DeviceList => device_list(core).await,
        Command::DeviceTest { name } => device_test(core, &name).await,
        Command::DeviceRemove { name } => device_remove(core, name).await,
        Command::VisitAdd(draft) => {
            let now = core.now();
            let id = write(core, now, move |tx| visits::add(tx, &draft, now, OWNER)).await?;
            let visit = read(core, move |core| core.store.visit(id, now)).await?;
            visit.map(Reply::Visit).ok_or_else(|| Refusal::not_found("visit", id))
        }
        Command::VisitList(page) => {
            let now = core.now();
            Ok(Reply::Visits(read(core, move |core| core.store.visits(page, now)).await?))
        }
        Command::VisitAct { id, action } => {
            let now = core.now();
            write(core, now, move |tx| visits::act(tx, id, action, now, OWNER)).await?;
            let visit = read(core, move |core| core.store.visit(id, now)).await?;
            visit.map(Reply::Visit).ok_or_else(|| Refusal::not_found("visit", id))
        }
        Command::Passages(page) => {
            Ok(Reply::Passages(read(core, move |core| core.store.passages(page)).await?))
        }
        Command::Picture { name } => picture(core, name).await,
        Command::Incidents(page) => {
            Ok(Reply::Incidents(read(core, move |core| core.store.incidents(page)).await?))
        }
        Command::JournalVerify => Ok(Reply::Journal(read(core, |core| core.store.verify_journal()).await?)),
        Command::Watch { after, reader, wait_ms } => {
            feed(core, after, reader, Duration::from_millis(wait_ms.into())).await
        }
    }
}

fn status(core: &Core) -> RunStatus {
    RunStatus {
        running: core.fleet.is_active(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        secrets: core.secrets.place(),
        tasks: core.tasks.view(),
    }
}

// --- devices ---

async fn device_add(core: &Arc<Core>, draft: DeviceDraft) -> Result<Reply, Refusal> {
    let url = checked_url(&draft.url)?;
    let user = checked_user(&draft.user)?;
    let password = checked_password(draft.password.0)?;
    let id = DeviceId(uuid::Uuid::now_v7());
    let device = DeviceRecord { id, name: draft.name, url, user, direction: draft.direction, hold: None };
    // The password rests before the device is known: a crash in between leaves a secret that
    // nobody asks for, never a device that cannot be spoken to.
    keep_password(core, id, password).await?;
    match write(core, core.now(), move |tx| devices::add(tx, device)).await {
        Ok(device) => {
            core.fleet.follow(core).await.map_err(refusal)?;
            Ok(Reply::Device(view(core, device).await?))
        }
        Err(refused) => {
            forget_password(core, id).await?;
            Err(refused)
        }
    }
}

async fn device_change(core: &Arc<Core>, change: DeviceChange) -> Result<Reply, Refusal> {
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
            devices::change(tx, after.clone())?;
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
    }
    core.fleet.follow(core).await.map_err(refusal)?;
    Ok(Reply::Device(view(core, device).await?))
}

async fn device_remove(core: &Arc<Core>, name: String) -> Result<Reply, Refusal> {
    let now = core.now();
    let id = write(core, now, move |tx| {
        let device = devices::named(tx, &name)?;
        tx.remove_device(device.id)?;
        Ok(device.id)
    })
    .await?;
    core.fleet.follow(core).await.map_err(refusal)?;
    forget_password(core, id).await?;
    Ok(Reply::Done)
}

async fn device_list(core: &Arc<Core>) -> Result<Reply, Refusal> {
    let devices = read(core, |core| core.store.devices()).await?;
    let mut views = Vec::with_capacity(devices.len());
    for device in devices {
        views.push(view(core, device).await?);
    }
    note_doubles(&mut views);
    Ok(Reply::Devices(views))
}

/// One unit under two names would count everybody twice.
fn note_doubles(views: &mut [DeviceView]) {
    let units: Vec<(String, Option<String>)> =
        views.iter().map(|view| (view.name.clone(), view.hardware.clone())).collect();
    for view in views {
        let double =
            units.iter().find(|(name, unit)| unit.is_some() && *unit == view.hardware && *name != view.name);
        if let Some((name, _)) = double {
            let words =
                format!("reports the same serial number as “{name}”: is it one device at two addresses?");
            view.note = Some(view.note.take().map_or(words.clone(), |note| format!("{note}; {words}")));
        }
    }
}

async fn device_test(core: &Arc<Core>, name: &str) -> Result<Reply, Refusal> {
    let wanted = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let devices = read(core, |core| core.store.devices()).await?;
    let device = devices.into_iter().find(|device| device.name.to_lowercase() == wanted);
    let device = device.ok_or_else(|| Refusal::not_found("device", name))?;
    let id = device.id;
    if let Some(tries) = device.hold.as_ref().and_then(|hold| hold.tries_left).filter(|tries| *tries <= 2) {
        let words = format!(
            "not tried: it locks itself after {tries} more wrong passwords; set the right one first \
             (vakhtad device change NAME --password)"
        );
        return Ok(Reply::Tested(DeviceReport { words, tries_left: Some(tries), ..DeviceReport::default() }));
    }
    let password = core.blocking(move |core| core.secrets.get(&password_name(id))).await;
    let Some(password) = password.map_err(internal)?.map_err(secret)? else {
        let words = "its password is not in the keyring; set it: vakhtad device change NAME --password";
        return Ok(Reply::Tested(DeviceReport { words: words.into(), ..DeviceReport::default() }));
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
    Ok(Reply::Tested(report))
}

async fn keep_password(core: &Arc<Core>, id: DeviceId, password: SecretText) -> Result<(), Refusal> {
    let kept = core.blocking(move |core| core.secrets.put(&password_name(id), &password)).await;
    kept.map_err(internal)?.map_err(secret)
}

async fn forget_password(core: &Arc<Core>, id: DeviceId) -> Result<(), Refusal> {
    let forgotten = core.blocking(move |core| core.secrets.remove(&password_name(id))).await;
    forgotten.map_err(internal)?.map_err(secret)
}

async fn view(core: &Arc<Core>, device: DeviceRecord) -> Result<DeviceView, Refusal> {
    let id = device.id;
    let condition = core.conditions.get(id);
    let hardware = condition.as_ref().and_then(|condition| condition.hardware.clone());
    let log = read(core, move |core| core.store.device_log(id, hardware.as_ref())).await?;
    let words = match &condition {
        Some(condition) => crate::words::condition(condition, &core.site.zone),
        None if core.fleet.is_active() => "is being started".to_owned(),
        None => "is not watched: Vakhta does not run on this data folder (vakhtad run)".to_owned(),
    };
    Ok(DeviceView {
        name: device.name,
        url: device.url,
        user: device.user,
        direction: device.direction,
        words,
        note: log.as_ref().and_then(|log| crate::words::epoch(log.reason, log.begun, core.now())),
        heard: condition.as_ref().and_then(|condition| condition.heard),
        drift_ms: condition.as_ref().and_then(|condition| condition.drift_ms),
        model: condition.as_ref().and_then(|condition| condition.model.clone()),
        epoch: log.as_ref().map(|log| log.epoch),
        last_serial: log.as_ref().and_then(|log| log.serial),
        hardware: log.map(|log| log.hardware),
        state: condition.map(|condition| condition.state),
    })
}

/// `http://host[:port]`: no path, no user, no password in it.
fn checked_url(text: &str) -> Result<String, Refusal> {
    let wrong = |why: &str| Err(Refusal::invalid("url", why));
    let text = text.trim();
    if !text.contains("://") {
        return wrong("write it as http://host or http://host:port");
    }
    let url = match url::Url::parse(text) {
        Ok(url) => url,
        Err(why) => return Err(Refusal::invalid("url", why)),
    };
    if url.scheme() != "http" {
        return wrong("only http:// devices can be added; https:// waits for pinned certificates");
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() || url.host_str().is_none() {
        return wrong("write only the host and port, without a path, user or password");
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn checked_user(user: &str) -> Result<String, Refusal> {
    let user = user.trim();
    if user.is_empty()
        || user.chars().count() > 64
        || user.contains(':')
        || user.chars().any(char::is_control)
    {
        return Err(Refusal::invalid("user", "must have 1 to 64 characters and no colon"));
    }
    Ok(user.to_owned())
}

fn checked_password(password: String) -> Result<SecretText, Refusal> {
    if password.is_empty() || password.chars().count() > 128 {
        return Err(Refusal::invalid("password", "must have 1 to 128 characters"));
    }
    Ok(SecretText::new(password))
}

// --- pictures and the feed ---

async fn picture(core: &Arc<Core>, name: String) -> Result<Reply, Refusal> {
    let asked = name.clone();
    let picture = core.blocking(move |core| core.pictures.get(&asked)).await.map_err(internal)?;
    match picture {
        Ok(Some(jpeg)) => Ok(Reply::Picture(hex::encode(jpeg))),
        Ok(None) => Err(Refusal::not_found("picture", name)),
        Err(why) => Err(internal(why)),
    }
}

/// What happened after a place. Waits until there is something, or the time is over.
///
/// # Errors
/// When the journal cannot be read.
pub async fn feed(
    core: &Arc<Core>,
    after: Option<i64>,
    reader: Option<String>,
    wait: Duration,
) -> Result<Reply, Refusal> {
    let mut commits = core.store.commits();
    let mut after = match (after, &reader) {
        (Some(after), Some(name)) => {
            // Asking for what comes next says that what came before has been dealt with.
            remember(core, name.clone(), after).await?;
            after
        }
        (Some(after), None) => after,
        (None, Some(name)) => {
            let name = name.clone();
            read(core, move |core| core.store.reader(&name)).await?.unwrap_or(0)
        }
        (None, None) => *commits.borrow(),
    };
    let deadline = tokio::time::Instant::now() + wait.min(LONGEST_WAIT);
    loop {
        commits.mark_unchanged();
        let now = core.now();
        let page = read(core, move |core| core.store.feed(after, FEED_PAGE, now)).await?;
        let moved = page.next > after;
        after = page.next;
        if !page.items.is_empty() {
            return Ok(Reply::Feed { items: page.items, next: page.next });
        }
        if moved {
            // Operations that the feed has no words for.
            continue;
        }
        if tokio::time::timeout_at(deadline, commits.changed()).await.is_err() {
            return Ok(Reply::Feed { items: Vec::new(), next: after });
        }
    }
}

/// A durable reader has dealt with everything up to a place.
async fn remember(core: &Arc<Core>, name: String, seq: i64) -> Result<(), Refusal> {
    write(core, core.now(), move |tx| tx.advance_reader(&name, seq)).await
}

// --- the ways to the store ---

async fn read<T: Send + 'static>(
    core: &Arc<Core>,
    query: impl FnOnce(&Core) -> Result<T, WriteError> + Send + 'static,
) -> Result<T, Refusal> {
    core.blocking(query).await.map_err(internal)?.map_err(refusal)
}

async fn write<T: Send + 'static>(
    core: &Arc<Core>,
    now: Timestamp,
    job: impl FnOnce(&mut vakhta_store::WriteTx<'_>) -> vakhta_app::tx::TxResult<T> + Send + 'static,
) -> Result<T, Refusal> {
    core.store.write(now, job).await.map_err(refusal)
}

fn refusal(error: WriteError) -> Refusal {
    match error {
        WriteError::Refused(refusal) => refusal,
        WriteError::Unavailable(why) => Refusal::new(ErrorCode::NotReady, why),
        WriteError::Store(why) => Refusal::new(ErrorCode::Internal, why),
    }
}

fn secret(error: SecretError) -> Refusal {
    Refusal::new(ErrorCode::Internal, error.to_string())
}

fn internal(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(ErrorCode::Internal, error.to_string())
}

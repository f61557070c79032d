//! Each part, and what is found of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use vakhta_app::backups::plan::HERE;
use vakhta_app::device::DeviceState;
use vakhta_app::health::{BACKUP_HOURS, HealthCheck, HealthFinding, HealthPart, HealthReport};
use vakhta_store::WriteError;

use super::{Clock, disk};
use crate::core::Core;

/// A write that waits longer is not done in time for anybody.
const WRITTEN_WITHIN: Duration = Duration::from_secs(5);
/// A step smaller than this is a clock that is being kept right.
const STEP: i64 = 30;
/// How long a step is told.
const STEP_TOLD: Duration = Duration::from_secs(3_600);
/// The journal's clock may run ahead of the wall's by this much, after a small step back.
const BEHIND: SignedDuration = SignedDuration::from_secs(60);
/// Device clocks that differ by more make times uncertain.
const DRIFT_MS: i64 = 120_000;
/// A reader that is behind by so many entries does not keep up.
const ENTRIES: i64 = 10_000;
/// Secrets that are not read in this time are away.
const SECRETS: Duration = Duration::from_secs(10);

pub(super) async fn look(core: &Arc<Core>) -> HealthReport {
    let checks = vec![
        HealthCheck::of(HealthPart::Database, database(core)),
        HealthCheck::of(HealthPart::Writer, writer(core).await),
        HealthCheck::of(HealthPart::Disk, disk::look(core).await),
        HealthCheck::of(HealthPart::Devices, read(core, devices).await),
        HealthCheck::of(HealthPart::Backup, read(core, backup).await),
        HealthCheck::of(HealthPart::Queues, read(core, queues).await),
        HealthCheck::of(HealthPart::Clock, clock(core).await),
        HealthCheck::of(HealthPart::Keyring, keyring(core).await),
    ];
    HealthReport::of(core.now(), checks)
}

/// What a query finds; that it failed is a finding too.
async fn read(
    core: &Arc<Core>,
    query: impl FnOnce(&Core) -> Result<Vec<HealthFinding>, WriteError> + Send + 'static,
) -> Vec<HealthFinding> {
    match core.blocking(query).await {
        Ok(Ok(found)) => found,
        Ok(Err(why)) => vec![HealthFinding::NotChecked { words: why.to_string() }],
        Err(why) => vec![HealthFinding::NotChecked { words: why.to_string() }],
    }
}

fn database(core: &Core) -> Vec<HealthFinding> {
    // A file that was taken away can still be written, and what was written is nowhere.
    if !vakhta_store::Store::exists(core.folder.path()) {
        core.store.damaged("its file is missing".into());
    }
    if let Some(words) = core.store.damage_told() {
        return vec![HealthFinding::Damaged { words }];
    }
    match &core.health.state().integrity {
        None => vec![HealthFinding::NotYet],
        Some(Ok(())) => Vec::new(),
        Some(Err(words)) => vec![HealthFinding::NotChecked { words: words.clone() }],
    }
}

async fn writer(core: &Arc<Core>) -> Vec<HealthFinding> {
    let written = tokio::time::timeout(WRITTEN_WITHIN, core.store.write_try(core.now())).await;
    core.health.state().hangs = written.is_err();
    let words = match written {
        Ok(Ok(())) => return Vec::new(),
        Ok(Err(why)) => why.to_string(),
        Err(_) => format!("nothing was written for {} s", WRITTEN_WITHIN.as_secs()),
    };
    vec![HealthFinding::NotWritten { words }]
}

fn devices(core: &Core) -> Result<Vec<HealthFinding>, WriteError> {
    let devices = core.store.devices()?;
    let known = devices.iter().filter_map(|device| core.conditions.get(device.id));
    let away = count(known.filter(|condition| is_away(&condition.state)).count());
    if away == 0 {
        return Ok(Vec::new());
    }
    Ok(vec![HealthFinding::DevicesAway { away, of: count(devices.len()) }])
}

/// Not heard from, or not spoken to.
pub(super) fn is_away(state: &DeviceState) -> bool {
    match state {
        DeviceState::Unwatched
        | DeviceState::StreamSilent { .. }
        | DeviceState::Offline { .. }
        | DeviceState::Refused(_)
        | DeviceState::Faulty { .. } => true,
        DeviceState::Connecting
        | DeviceState::Online
        | DeviceState::Polling { .. }
        | DeviceState::StreamOnly => false,
    }
}

fn backup(core: &Core) -> Result<Vec<HealthFinding>, WriteError> {
    let view = crate::backups::view(core)?;
    let mut found = Vec::new();
    match view.verified {
        None => found.push(HealthFinding::NoBackup),
        Some(taken) => {
            let hours = core.now().duration_since(taken).as_hours();
            if hours >= i64::from(BACKUP_HOURS) {
                found.push(HealthFinding::BackupOld { hours: u32::try_from(hours).unwrap_or(u32::MAX) });
            }
        }
    }
    if view.targets.iter().all(|target| target.target.id == HERE) {
        found.push(HealthFinding::BackupOnlyHere);
    }
    let failing = view.targets.iter().filter(|target| target.problem.is_some());
    found.extend(failing.map(|target| HealthFinding::BackupPlaceFails { name: target.target.name.clone() }));
    if view.drill.is_some_and(|drill| drill.problem.is_some()) {
        found.push(HealthFinding::DrillFailed);
    }
    if !core.kit_state().confirmed {
        found.push(HealthFinding::KitNotConfirmed);
    }
    Ok(found)
}

fn queues(core: &Core) -> Result<Vec<HealthFinding>, WriteError> {
    let behind = core.store.readers_behind()?.into_iter().filter(|(_, entries)| *entries > ENTRIES);
    let told =
        |(reader, entries): (String, i64)| HealthFinding::Behind { reader, entries: entries.unsigned_abs() };
    Ok(behind.map(told).collect())
}

async fn clock(core: &Arc<Core>) -> Vec<HealthFinding> {
    let now = core.now();
    let mut found = Vec::new();
    {
        let mut state = core.health.state();
        let (seen, step) = stepped(state.clock, now, Instant::now());
        state.clock = Some(seen);
        found.extend(step.map(|seconds| HealthFinding::ClockStepped { seconds }));
    }
    found.extend(
        read(core, move |core| {
            let behind =
                core.store.journal_time()?.map(|last| last.duration_since(now)).filter(|by| *by > BEHIND);
            let behind = behind.map(|by| HealthFinding::ClockBehind { seconds: by.as_secs().unsigned_abs() });
            let drift = |id| core.conditions.get(id).and_then(|condition| condition.drift_ms);
            let devices = core.store.devices()?;
            let off = devices
                .iter()
                .filter(|device| drift(device.id).is_some_and(|ms| ms.abs() > DRIFT_MS))
                .count();
            let off = (off > 0).then(|| HealthFinding::ClockDrifts { devices: count(off) });
            Ok(behind.into_iter().chain(off).collect())
        })
        .await,
    );
    found
}

/// Compares what both clocks have gone since the last look: the reading to remember, and the step to tell.
fn stepped(before: Option<Clock>, wall: Timestamp, steady: Instant) -> (Clock, Option<i64>) {
    let Some(before) = before else { return (Clock { wall, steady, step: None }, None) };
    let gone = i64::try_from(steady.duration_since(before.steady).as_secs()).unwrap_or(i64::MAX);
    let step = wall.duration_since(before.wall).as_secs().saturating_sub(gone);
    let step = if step.abs() >= STEP { Some((step, steady)) } else { before.step };
    let step = step.filter(|(_, since)| steady.duration_since(*since) < STEP_TOLD);
    (Clock { wall, steady, step }, step.map(|(seconds, _)| seconds))
}

async fn keyring(core: &Arc<Core>) -> Vec<HealthFinding> {
    let asked = core.blocking(|core| core.secrets.get(vakhta_secrets::SITE_KEY));
    let away = |words: String| vec![HealthFinding::SecretsAway { words }];
    match tokio::time::timeout(SECRETS, asked).await {
        Ok(Ok(Ok(Some(_)))) if core.secrets.is_opened_by_key_file() => vec![HealthFinding::SecretsByKeyFile],
        Ok(Ok(Ok(Some(_)))) => Vec::new(),
        Ok(Ok(Ok(None))) => away("the site's key is not there".into()),
        Ok(Ok(Err(why))) => away(why.to_string()),
        Ok(Err(why)) => away(why.to_string()),
        Err(_) => away(format!("no answer for {} s", SECRETS.as_secs())),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_told_for_an_hour_and_one_that_runs_is_not() {
        let (wall, steady) = ("2026-11-23T00:00:00Z".parse::<Timestamp>().unwrap(), Instant::now());
        let later = |seconds: u64, set: i64| {
            let wall = wall + SignedDuration::from_secs(set + i64::try_from(seconds).unwrap());
            (wall, steady + Duration::from_secs(seconds))
        };
        let (first, told) = stepped(None, wall, steady);
        assert_eq!(told, None);
        let (at, when) = later(5, 2);
        let (second, told) = stepped(Some(first), at, when);
        assert_eq!(told, None, "kept right");
        let (at, when) = later(10, -7_200);
        let (third, told) = stepped(Some(second), at, when);
        assert!(told.is_some_and(|seconds| (-7_203..=-7_200).contains(&seconds)), "{told:?}");
        let (at, when) = later(3_000, -7_200);
        let (fourth, told) = stepped(Some(third), at, when);
        assert!(told.is_some());
        let (at, when) = later(3_700, -7_200);
        assert_eq!(stepped(Some(fourth), at, when).1, None);
    }
}

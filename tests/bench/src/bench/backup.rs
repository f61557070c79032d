//! A backup of a large database, what the desk feels of it meanwhile, and the way back with the recovery kit.

use std::path::Path;
use std::process::Command as Program;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use jiff::Timestamp;
use vakhta_app::backups::view::BackupsView;
use vakhta_app::command::{Command, Reply};
use vakhta_app::request::VisitDraft;
use vakhta_domain::passage::ReaderDirection;
use vakhta_domain::visit::Profile;

use super::store::{Door, open, record};
use super::{Setting, peer};
use crate::child::{Asked, Vakhtad};
use crate::place::Place;
use crate::process::{megabytes, resident};
use crate::table::{Row, millis, percentile};

const BATCH: usize = 1_000;
const MB: u64 = 1_000_000;
/// How often a person at the desk does something meanwhile.
const PACE: Duration = Duration::from_millis(100);
const LOOK: Duration = Duration::from_millis(250);

pub(super) async fn rows(setting: Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let (large, lost) = (setting.choose(150, 1_500), setting.choose(100, 1_000));
    let mut rows = backup(setting, large).await?;
    rows.push(restore(setting, lost).await?);
    Ok(rows)
}

async fn backup(setting: Setting<'_>, size: u64) -> anyhow::Result<Vec<Row>> {
    let place = Place::fresh()?;
    let size = filled(&place, size * MB).await?;
    let mut child = Vakhtad::start(setting.vakhtad, &place)?;
    let mut asked = child.asked().await?;
    let mut at_the_desk = child.asked().await?;
    let begun = Instant::now();
    let mut view = backups(asked.ask(Command::BackupCreate(())).await?)?;
    let (mut writing, mut reading, mut most) = (Vec::new(), Vec::new(), 0);
    while view.work.is_some() {
        for _ in 0..LOOK.as_millis() / PACE.as_millis() + 1 {
            let (wrote, read) = one_visit(&mut at_the_desk).await?;
            writing.push(wrote);
            reading.push(read);
            tokio::time::sleep(PACE).await;
        }
        most = most.max(resident(child.pid()).unwrap_or_default());
        view = backups(asked.ask(Command::Backups(())).await?)?;
    }
    let took = begun.elapsed();
    ensure!(view.verified.is_some(), "no backup came of it: {:?}", view.last);
    let packed = view.targets.first().and_then(|of| of.copies.first()).map(|copy| copy.size);
    child.kill()?;
    let (write, read) = (percentile(&mut writing, 99), percentile(&mut reading, 99));
    let longest = writing.last().max(reading.last()).copied().unwrap_or_default();
    Ok(vec![
        Row::new(
            &format!("backup of {}: snapshot, sealed, read back", megabytes(Some(size))),
            "≤ 90 s for 1.5 GB",
            format!(
                "{:.1} s, {}; {} resident at most",
                took.as_secs_f64(),
                megabytes(packed),
                megabytes(Some(most))
            ),
        )
        .peer(peer::backup(&place.data().join(vakhta_store::FILE))),
        Row::new(
            "a visit planned, and the desk read, meanwhile",
            "≤ 100 ms",
            format!(
                "p99 {} and {}, longest {} of {}",
                millis(write),
                millis(read),
                millis(longest),
                writing.len()
            ),
        ),
    ])
}

async fn one_visit(asked: &mut Asked) -> anyhow::Result<(Duration, Duration)> {
    let now = Timestamp::now();
    let draft = VisitDraft {
        visitor: "Somebody Meanwhile".into(),
        host: "Host".into(),
        purpose: None,
        person_no: None,
        card_no: None,
        document: None,
        iin: None,
        phone: None,
        from: Some(now),
        until: Some(now + jiff::SignedDuration::from_hours(1)),
        profile: Profile::Single,
    };
    let begun = Instant::now();
    asked.ask(Command::VisitAdd(draft)).await?;
    let wrote = begun.elapsed();
    let begun = Instant::now();
    asked.ask(Command::Snapshot(())).await?;
    Ok((wrote, begun.elapsed()))
}

async fn restore(setting: Setting<'_>, size: u64) -> anyhow::Result<Row> {
    let lost = Place::fresh()?;
    let code = init(setting.vakhtad, &lost)?;
    let size = filled(&lost, size * MB).await?;
    let mut child = Vakhtad::start(setting.vakhtad, &lost)?;
    let mut asked = child.asked().await?;
    let mut view = backups(asked.ask(Command::BackupCreate(())).await?)?;
    while view.work.is_some() {
        tokio::time::sleep(LOOK).await;
        view = backups(asked.ask(Command::Backups(())).await?)?;
    }
    ensure!(view.verified.is_some(), "no backup came of it: {:?}", view.last);
    child.kill()?;

    let new = Place::fresh()?;
    let begun = Instant::now();
    let mut command = tool(setting.vakhtad, &new);
    command.args(["backup", "restore", "--from"]).arg(lost.data().join("backups"));
    let done = command.env("VAKHTA_RECOVERY_KIT", code).output()?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let mut child = Vakhtad::start(setting.vakhtad, &new)?;
    child.asked().await?;
    let took = begun.elapsed();
    child.kill()?;
    Ok(Row::new(
        &format!("{} restored on a new machine with the kit alone, until it answers", megabytes(Some(size))),
        "≤ 5 min for 1 GB",
        format!("{:.1} s", took.as_secs_f64()),
    ))
}

/// Sets a site up as a service is; gives its kit's code.
fn init(vakhtad: &Path, place: &Place) -> anyhow::Result<String> {
    let mut command = tool(vakhtad, place);
    command.args(["init", "--login", "bench", "--name", "Bench", "--json"]);
    let done = command.env("VAKHTA_PASSWORD", "a long word for a bench").output()?;
    ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8(done.stdout)?;
    let code = text.split("\"code\":\"").nth(1).and_then(|rest| rest.split('"').next());
    code.map(str::to_owned).context("init tells no kit")
}

fn tool(vakhtad: &Path, place: &Place) -> Program {
    let mut command = Program::new(vakhtad);
    command
        .arg("--data")
        .arg(place.data())
        .env("VAKHTA_SECRETS", "sealed")
        .env("VAKHTA_KEY_DIR", place.keys())
        .env_remove("VAKHTA_PASSPHRASE");
    command
}

/// Passages until the file has so many bytes; gives how many it has. They are of nobody who is expected: no
/// visit of a day has a hundred of them, and the desk reads all that a visit of today has.
async fn filled(place: &Place, bytes: u64) -> anyhow::Result<u64> {
    let store = open(place)?;
    let mut door = Door::add(&store, ReaderDirection::In).await?;
    let file = place.data().join(vakhta_store::FILE);
    loop {
        record(&store, &mut door, BATCH, 20).await?;
        let size = std::fs::metadata(&file)?.len();
        if size >= bytes {
            store.close().await;
            return Ok(size);
        }
    }
}

fn backups(reply: Reply) -> anyhow::Result<BackupsView> {
    match reply {
        Reply::Backups(view) | Reply::BackupCreate(view) => Ok(view),
        other => bail!("asked for backups, got {other:?}"),
    }
}

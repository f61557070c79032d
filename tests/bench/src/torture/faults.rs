//! 1,000 events a second from 20 devices whose faults come and go.

use std::time::{Duration, Instant};

use isapi_sim::Handle;
use jiff::Timestamp;

use super::{Report, Setting, begin, judge, until_complete};
use crate::account::Account;
use crate::chance::Chance;
use crate::child::Asked;
use crate::emitter::{Devices, Emitter, emit_at};
use crate::place::Place;

const DEVICES: usize = 20;
const RATE: f64 = 50.0;
const PATIENCE: Duration = Duration::from_secs(180);
/// After the last fault a device is to be well again within this time.
const HEALED: Duration = Duration::from_secs(90);

/// Faults after which everything can still be had. What truly loses events is not here: no
/// search, a log that overwrites itself, events that are neither stored nor told.
const FAULTS: &[&str] = &[
    "announce-first",
    "bad-part=3",
    "bom",
    "boundary-in-picture",
    "boundary-style=angle",
    "boundary-style=missing",
    "boundary-style=quoted",
    "busy-503=5",
    "busy-503=40",
    "capability-lies",
    "chunked",
    "close-after-401",
    "close-on-accept",
    "content-id",
    "content-type-lies",
    "cut-body",
    "drip",
    "drip=7",
    "drop-connection-every=2",
    "drop-connection-every=5",
    "error-200=5",
    "error-200=40",
    "fill-columns",
    "hang",
    "length-lies=-7",
    "length-lies=11",
    "max-results=clamp:10",
    "more-forever",
    "no-current-event",
    "no-event-caps",
    "no-total",
    "nonce-bound",
    "nonce-per-connection",
    "nonce-reuse=half",
    "nonce-reuse=refuse",
    "nonce-stale=3",
    "ns-prefix",
    "part-lf",
    "part-no-blank-line",
    "part-no-length",
    "preamble",
    "replay-as-current",
    "replay-on-connect=200",
    "search-id-strict",
    "slow-answer=150",
    "stream-absent",
    "stream-drop-every=20",
    "stream-duplicates",
    "stream-freeze=30",
    "stream-loses=2",
    "stream-refused=403",
    "stream-silent",
    "stream-stub",
    "truncate-ok=20",
    "type-drift",
    "unsorted",
    "unsorted=all",
    "xml-stream",
];

/// Some devices show events late all the time. Switched on midway this would hide what could be
/// found before, and that is a log that was cleared, as far as anybody can tell.
const LATE: [&str; 5] = ["", "search-lag=300", "", "search-lag=2500", ""];

pub(super) async fn run(setting: &mut Setting<'_>, report: &mut Report) -> anyhow::Result<()> {
    let mut place = Place::fresh()?;
    let outcome = a_while(setting, &place, report).await;
    if outcome.is_err() || !report.violations.is_empty() {
        report.keep(&mut place);
    }
    outcome
}

async fn a_while(setting: &mut Setting<'_>, place: &Place, report: &mut Report) -> anyhow::Result<()> {
    let devices = Devices::start(DEVICES, Duration::from_secs(5)).await?;
    for (device, late) in
        devices.handles().iter().zip(LATE.iter().cycle()).filter(|(_, late)| !late.is_empty())
    {
        device.set_fault(late)?;
    }
    let (mut child, mut asked) = begin(setting.vakhtad, place, &devices).await?;
    let lasting = setting.lasting();
    let bursts: Vec<_> = devices
        .handles()
        .into_iter()
        .enumerate()
        .map(|(index, device)| {
            let mut emitter = Emitter::of(index);
            tokio::spawn(async move { emit_at(&device, &mut emitter, RATE, lasting).await })
        })
        .collect();
    let plagues: Vec<_> = devices
        .handles()
        .into_iter()
        .map(|device| tokio::spawn(plague(device, setting.chance.fork(), lasting)))
        .collect();
    let mut account = Account::default();
    while !bursts.iter().all(|burst| burst.is_finished()) {
        child.must_run()?;
        account.read(&mut asked).await?;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let mut faults: Vec<Vec<Had>> = Vec::new();
    for plague in plagues {
        faults.push(plague.await??);
    }
    let behind = devices.emitted() - account.count();
    let off = Instant::now();
    let took = until_complete(&mut account, &mut asked, &devices, PATIENCE).await?;
    report.say(format!(
        "{} events, {} faults; {behind} behind when the faults ended, complete {:.1} s later",
        devices.emitted(),
        faults.iter().map(Vec::len).sum::<usize>(),
        took.as_secs_f64()
    ));
    child.must_run()?;
    if !judge(&mut account, &mut asked, &devices, report).await? {
        return blame(&mut asked, &faults, report).await;
    }
    let ill = healed(&mut asked, HEALED.saturating_sub(off.elapsed())).await?;
    match ill.as_slice() {
        [] => report
            .say(format!("all devices are well {:.1} s after the last fault", off.elapsed().as_secs_f64())),
        ill => report.violated(format!("not healed within {HEALED:?}: {}", ill.join("; "))),
    }
    // Nothing comes late, either.
    account.read(&mut asked).await?;
    judge(&mut account, &mut asked, &devices, report).await.map(drop)
}

/// For the devices whose log was taken for another one: what they suffered from until then.
async fn blame(asked: &mut Asked, faults: &[Vec<Had>], report: &mut Report) -> anyhow::Result<()> {
    for view in asked.devices().await?.into_iter().filter(|view| view.epoch.is_some_and(|epoch| epoch > 1)) {
        let note =
            view.note.map_or(String::new(), |note| vakhta_runtime::words::note(&note, Timestamp::now()));
        report.say(format!("{}: epoch {:?}: {note}", view.name, view.epoch));
        let index: Option<usize> = view.name.split(' ').nth(1).and_then(|number| number.parse().ok());
        for had in index.and_then(|index| faults.get(index)).into_iter().flatten() {
            report.say(format!("    {} to {}: {}", had.from, had.until, had.what));
        }
    }
    Ok(())
}

/// What is the matter with whom after so long.
async fn healed(asked: &mut Asked, limit: Duration) -> anyhow::Result<Vec<String>> {
    let begun = Instant::now();
    loop {
        let devices = asked.devices().await?;
        let ill = devices.into_iter().filter(|device| !device.words.is_empty());
        let ill: Vec<String> = ill.map(|device| format!("{}: {}", device.name, device.words)).collect();
        if ill.is_empty() || begun.elapsed() > limit {
            return Ok(ill);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// A fault that a device had.
struct Had {
    from: Timestamp,
    until: Timestamp,
    what: String,
}

/// Lets faults come and go, up to two at a time, and at times pulls the plug.
async fn plague(device: Handle, mut chance: Chance, lasting: Duration) -> anyhow::Result<Vec<Had>> {
    let until = Instant::now() + lasting;
    let mut had = Vec::new();
    while Instant::now() < until {
        let ill_for = chance.millis(300, 6_000).min(until.saturating_duration_since(Instant::now()));
        let from = Timestamp::now();
        let mut what = Vec::new();
        if chance.one_in(10) {
            what.push("unplug");
            device.unplug().await;
            tokio::time::sleep(ill_for).await;
            device.plug().await?;
        } else {
            for _ in 0..chance.between(1, 2) {
                what.extend(chance.pick(FAULTS).copied());
            }
            for fault in &what {
                device.set_fault(fault)?;
            }
            tokio::time::sleep(ill_for).await;
            for fault in &what {
                device.clear_fault(fault.split('=').next().unwrap_or(fault))?;
            }
        }
        had.push(Had { from, until: Timestamp::now(), what: what.join(" and ") });
        tokio::time::sleep(chance.millis(0, 2_000)).await;
    }
    Ok(had)
}

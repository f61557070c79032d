//! Long loops of faults. Each part is described where it stands; all of them end with the same
//! question: is every event there, once, and is the journal whole?

mod desk;
mod disk;
mod epochs;
mod faults;
mod kill;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use crate::account::{Account, journal_is_whole};
use crate::chance::{Chance, fresh_seed};
use crate::child::{Asked, Vakhtad};
use crate::emitter::Devices;
use crate::place::Place;

/// Shown of a long list.
const SHOWN: usize = 10;

#[derive(Args)]
pub(crate) struct Options {
    /// Kills of `kill`, in bursts of 10,000 events, and of each loop of `desk`.
    #[arg(long, default_value_t = 100)]
    kills: u64,
    /// How long `faults` and `epochs` go on, in minutes.
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// 1,000 kills.
    #[arg(long)]
    full: bool,
    /// Only these parts.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Repeats the choices of an earlier run; moments still depend on the machine.
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// kill -9 in bursts of 10,000 events.
    Kill,
    /// Random faults of 20 devices at 1,000 events a second.
    Faults,
    /// Logs cleared and devices swapped during bursts.
    Epochs,
    /// A full disk.
    Disk,
    /// kill -9 over check-ins, migrations, backups and restores.
    Desk,
}

/// What a part found.
#[derive(Default)]
pub(super) struct Report {
    lines: Vec<String>,
    violations: Vec<String>,
    kept: Vec<PathBuf>,
}

impl Report {
    fn say(&mut self, line: impl Into<String>) {
        let line = line.into();
        println!("  {line}");
        self.lines.push(line);
    }

    fn violated(&mut self, what: impl Into<String>) {
        let what = what.into();
        println!("  VIOLATION: {what}");
        self.violations.push(what);
    }

    /// The folder stays for whoever looks into it.
    fn keep(&mut self, place: &mut Place) {
        let root = place.keep();
        println!("  kept: {}", root.display());
        self.kept.push(root);
    }
}

/// What every part is given.
struct Setting<'a> {
    vakhtad: &'a Path,
    options: &'a Options,
    chance: Chance,
}

impl Setting<'_> {
    fn kills(&self) -> u64 {
        if self.options.full { 1_000 } else { self.options.kills }
    }

    fn lasting(&self) -> Duration {
        Duration::from_secs_f64((self.options.minutes * 60.0).max(1.0))
    }
}

pub(crate) async fn run(vakhtad: &Path, options: &Options) -> anyhow::Result<ExitCode> {
    let seed = options.seed.unwrap_or_else(fresh_seed);
    println!("seed {seed}, {}", vakhtad.display());
    let mut violations = 0;
    for part in [Part::Kill, Part::Faults, Part::Epochs, Part::Disk, Part::Desk] {
        if !options.only.is_empty() && !options.only.contains(&part) {
            continue;
        }
        println!("\n== {part:?}");
        let begun = Instant::now();
        // Each part has choices of its own, whichever parts are run.
        let mut setting = Setting { vakhtad, options, chance: Chance::new(seed ^ ((part as u64) << 40)) };
        let mut report = Report::default();
        let outcome = match part {
            Part::Kill => kill::run(&mut setting, &mut report).await,
            Part::Faults => faults::run(&mut setting, &mut report).await,
            Part::Epochs => epochs::run(&mut setting, &mut report).await,
            Part::Disk => disk::run(&mut setting, &mut report).await,
            Part::Desk => desk::run(&setting),
        };
        if let Err(why) = outcome {
            report.violated(format!("{why:#}"));
        }
        let verdict = match report.violations.len() {
            0 => "nothing lost, nothing twice".to_owned(),
            many => format!("{many} VIOLATIONS"),
        };
        println!("== {part:?}: {verdict}, {} s", begun.elapsed().as_secs());
        violations += report.violations.len();
    }
    println!("\nseed {seed}: {violations} violations");
    Ok(if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads until everything that the devices logged is there, or nothing more has come for as long
/// as the limit. Returns how long that took.
async fn until_complete(
    account: &mut Account,
    asked: &mut Asked,
    devices: &Devices,
    limit: Duration,
) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let expected = devices.emitted();
    let (mut known, mut grown) = (0, Instant::now());
    loop {
        let now = account.read(asked).await?;
        if now > known {
            (known, grown) = (now, Instant::now());
        }
        if now >= expected || grown.elapsed() > limit {
            return Ok(begun.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The question at the end. True when all is well.
async fn judge(
    account: &mut Account,
    asked: &mut Asked,
    devices: &Devices,
    report: &mut Report,
) -> anyhow::Result<bool> {
    let before = report.violations.len();
    let missing = account.compare(devices.known());
    if !missing.is_empty() {
        report.violated(format!("{} of {} events are missing", missing.len(), devices.emitted()));
        show(report, &missing);
    }
    tell(account, report);
    if let Err(why) = journal_is_whole(asked).await {
        report.violated(format!("{why:#}"));
    }
    if report.violations.len() > before {
        for device in asked.devices().await?.into_iter().filter(|device| !device.words.is_empty()) {
            report.say(format!("{}: {}", device.name, device.words));
        }
    }
    Ok(report.violations.len() == before)
}

fn show(report: &mut Report, list: &[impl std::fmt::Display]) {
    for one in list.iter().take(SHOWN) {
        report.say(format!("{one}"));
    }
    if list.len() > SHOWN {
        report.say(format!("… and {} more", list.len() - SHOWN));
    }
}

/// Moves what the account found into the report.
fn tell(account: &mut Account, report: &mut Report) {
    let found = account.violations().to_vec();
    if let [first, ..] = found.as_slice() {
        report.violated(format!("{} wrong passages, the first: {first}", found.len()));
        show(report, found.get(1..).unwrap_or_default());
    }
}

/// Starts `vakhtad` on a fresh place with the devices added and listened to.
async fn begin(vakhtad: &Path, place: &Place, devices: &Devices) -> anyhow::Result<(Vakhtad, Asked)> {
    let mut child = Vakhtad::start(vakhtad, place)?;
    let mut asked = child.asked().await?;
    devices.introduce(&mut asked).await?;
    devices.listened_to(Duration::from_secs(30)).await?;
    Ok((child, asked))
}

//! The rows of the table of goals that exist. A row that cannot be measured says why.

mod backup;
mod burst;
mod decode;
mod fleet;
mod ingest;
mod latency;
mod pages;
mod peer;
mod start;
mod store;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, ValueEnum};

use crate::process::{fsync, load};
use crate::table::{Row, millis, print};

#[derive(Args)]
pub(crate) struct Options {
    /// Smaller and shorter, in less than two minutes.
    #[arg(long)]
    quick: bool,
    /// Only these.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Name>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Events a second into store and journal.
    Ingest,
    /// From a device to the disk, at 50 events a second.
    Passage,
    /// 1,000 events a second from 20 devices.
    Burst,
    /// 1,000 devices with open streams.
    Fleet,
    /// From start to usable.
    Start,
    /// A page of passages at any depth.
    Pages,
    /// The alert stream taken apart.
    Decode,
    /// A backup of a large database, and the way back.
    Backup,
}

/// What a measurement is given.
#[derive(Clone, Copy)]
struct Setting<'a> {
    vakhtad: &'a Path,
    quick: bool,
}

impl Setting<'_> {
    fn choose<T>(&self, quick: T, usual: T) -> T {
        if self.quick { quick } else { usual }
    }
}

pub(crate) async fn run(vakhtad: &Path, options: &Options) -> anyhow::Result<ExitCode> {
    let setting = Setting { vakhtad, quick: options.quick };
    let (load_before, disk_before) = (load(), disk());
    let begun = Instant::now();
    let mut rows = Vec::new();
    for name in Name::value_variants() {
        if !options.only.is_empty() && !options.only.contains(name) {
            continue;
        }
        eprintln!("{name:?} …");
        let measured = match name {
            Name::Ingest => ingest::rows(setting).await,
            Name::Passage => latency::rows(setting).await,
            Name::Burst => burst::rows(setting).await,
            Name::Fleet => fleet::rows(setting).await,
            Name::Start => start::rows(setting).await,
            Name::Pages => pages::rows(setting).await,
            Name::Decode => decode::rows(setting).await,
            Name::Backup => backup::rows(setting).await,
        };
        let failed =
            |why: anyhow::Error| vec![Row::new(&format!("{name:?}"), "", format!("not measured: {why:#}"))];
        rows.extend(measured.unwrap_or_else(failed));
    }
    println!();
    print(&rows);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let number = |load: Option<f64>| load.map_or_else(|| "unknown".into(), |load| format!("{load:.2}"));
    println!(
        "\n{} build, {cores} cores, load average {} before and {} after, {} s{}.\n4 kB made durable in {disk_before} \
         before, {} after (median and longest of 100). Nothing is judged by this.",
        if cfg!(debug_assertions) { "Debug" } else { "Release" },
        number(load_before),
        number(load()),
        begun.elapsed().as_secs(),
        if options.quick { ", --quick" } else { "" },
        disk(),
    );
    Ok(ExitCode::SUCCESS)
}

fn disk() -> String {
    match fsync() {
        Ok((half, most)) => format!("{} and {}", millis(half), millis(most)),
        Err(why) => format!("no time ({why})"),
    }
}

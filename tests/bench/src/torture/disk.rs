//! A full disk: said, survived, and over by itself once there is room again.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command as Program, Stdio};
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::{Report, Setting, begin, judge, until_complete};
use crate::account::Account;
use crate::child::{Asked, Vakhtad};
use crate::emitter::{Devices, Emitter, emit_at};
use crate::place::Place;

const DEVICES: usize = 4;
const CYCLES: u32 = 4;
const RATE: f64 = 400.0;
const SIZE: &str = "size=48m";
/// How soon it is to say so.
const SAID: Duration = Duration::from_secs(40);
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn run(setting: &mut Setting<'_>, report: &mut Report) -> anyhow::Result<()> {
    let mut place = Place::fresh()?;
    let disk = match Disk::mount(place.data()) {
        Ok(disk) => disk,
        Err(why) => {
            report.say(format!("skipped: {why}"));
            return Ok(());
        }
    };
    let outcome = cycles(setting, &place, &disk, report).await;
    if outcome.is_err() || !report.violations.is_empty() {
        // What is on the small disk goes with it.
        let copied = Program::new("cp")
            .arg("-a")
            .arg(place.data())
            .arg(place.keys().with_file_name("data.copy"))
            .status();
        if !copied.is_ok_and(|status| status.success()) {
            report.say("the data could not be copied");
        }
        report.keep(&mut place);
    }
    outcome
}

async fn cycles(
    setting: &mut Setting<'_>,
    place: &Place,
    disk: &Disk,
    report: &mut Report,
) -> anyhow::Result<()> {
    let devices = Devices::start(DEVICES, Duration::from_secs(5)).await?;
    let (mut child, mut asked) = begin(setting.vakhtad, place, &devices).await?;
    let mut emitters: Vec<Emitter> = (0..DEVICES).map(Emitter::of).collect();
    let mut account = Account::default();
    for cycle in 1..=CYCLES {
        let bursts: Vec<_> = devices
            .handles()
            .into_iter()
            .zip(std::mem::take(&mut emitters))
            .map(|(device, mut emitter)| {
                tokio::spawn(async move {
                    emit_at(&device, &mut emitter, RATE, Duration::from_secs(4)).await;
                    emitter
                })
            })
            .collect();
        tokio::time::sleep(setting.chance.millis(0, 2_500)).await;
        // A little is left over at times, so that something small can still be written.
        let left = if setting.chance.one_in(2) { 0 } else { setting.chance.between(4, 400) * 1024 };
        disk.fill(left)?;
        let full = Instant::now();
        let words = said(&mut child, &mut asked, SAID).await?;
        match words {
            Some(words) => {
                let after = full.elapsed().as_secs_f64();
                report.say(format!("cycle {cycle}: full; said after {after:.1} s: {words}"));
            }
            None => {
                report.violated(format!("cycle {cycle}: the disk was full for {SAID:?} and nobody said so"))
            }
        }
        for burst in bursts {
            emitters.push(burst.await?);
        }
        tokio::time::sleep(setting.chance.millis(0, 3_000)).await;
        child.must_run()?;
        let killed = setting.chance.one_in(2);
        if killed {
            // A full disk and a power cut together.
            account.read(&mut asked).await?;
            child.kill()?;
            disk.free()?;
            child = Vakhtad::start(setting.vakhtad, place)?;
            asked = child.asked().await?;
            account.confirm(&mut asked).await?;
        } else {
            disk.free()?;
        }
        let took = until_complete(&mut account, &mut asked, &devices, PATIENCE).await?;
        let how = if killed { "killed, freed, started" } else { "freed" };
        report.say(format!("cycle {cycle}: {how}; complete {:.1} s later", took.as_secs_f64()));
        if !judge(&mut account, &mut asked, &devices, report).await? {
            break;
        }
    }
    child.must_run()
}

/// What a person at the desk is told, once anything is.
async fn said(child: &mut Vakhtad, asked: &mut Asked, limit: Duration) -> anyhow::Result<Option<String>> {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        child.must_run()?;
        let devices = asked.devices().await?;
        let words = devices.into_iter().map(|device| device.words).find(|words| words.contains("full"));
        if words.is_some() {
            return Ok(words);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(None)
}

/// A small file system in memory, unmounted when dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path) -> anyhow::Result<Self> {
        ensure!(cfg!(target_os = "linux"), "a small disk is made with tmpfs, which is Linux'");
        let mounted = Program::new("mount")
            .args(["-t", "tmpfs", "-o", SIZE, "tmpfs"])
            .arg(at)
            .stderr(Stdio::null())
            .status()?;
        ensure!(mounted.success(), "a small disk can be mounted by root only");
        Ok(Self(at.to_owned()))
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    /// Fills it but for so many bytes.
    fn fill(&self, left: u64) -> anyhow::Result<()> {
        let mut file = File::create(self.filler())?;
        let block = [0; 4096];
        let mut written = 0;
        while file.write_all(&block).is_ok() {
            written += 4096;
        }
        file.set_len(u64::saturating_sub(written, left))?;
        Ok(())
    }

    fn free(&self) -> anyhow::Result<()> {
        Ok(std::fs::remove_file(self.filler())?)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Program::new("umount").arg("-l").arg(&self.0).status();
    }
}

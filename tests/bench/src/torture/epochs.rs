//! Logs that are cleared and devices that are swapped in the middle of bursts.
//!
//! What was logged just before such a moment may be gone before anybody could read it: it was
//! not told, because no stream was open, and it could not be found for long enough. That is
//! counted and said. Everything else is to be there once.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use isapi_sim::Handle;

use super::{Report, SHOWN, Setting, begin, tell};
use crate::account::{Account, Missing, journal_is_whole};
use crate::chance::Chance;
use crate::emitter::{Devices, Emitter};
use crate::place::Place;

const DEVICES: usize = 6;
const RATE: f64 = 60.0;
/// What stood in a log for longer than this could have been read, also behind a swap, which is
/// noticed a few seconds late.
const READABLE: Duration = Duration::from_secs(10);
/// Two lives of one log within a second look alike, because times are told in whole seconds; and
/// nobody swaps a device twice a second.
const APART: (u64, u64) = (3_000, 12_000);
/// An announced event that the log does not show is taken from the stream after 30 s.
const QUIET: Duration = Duration::from_secs(50);
const PATIENCE: Duration = Duration::from_secs(180);

/// What is known of an event beyond the device's log.
struct Sent {
    at: Instant,
    /// A stream was open, so that it was told.
    told: bool,
}

/// What one device did.
#[derive(Default)]
struct Story {
    sent: HashMap<String, Sent>,
    /// The ends of its log's lives, in order, and whether by a swap.
    ends: Vec<(Instant, bool)>,
}

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
    let (mut child, mut asked) = begin(setting.vakhtad, place, &devices).await?;
    let lasting = setting.lasting();
    let lives: Vec<_> = devices
        .handles()
        .into_iter()
        .enumerate()
        .map(|(index, device)| tokio::spawn(live(index, device, setting.chance.fork(), lasting)))
        .collect();
    let mut account = Account::default();
    while !lives.iter().all(|life| life.is_finished()) {
        child.must_run()?;
        account.read(&mut asked).await?;
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let mut stories = HashMap::new();
    for (life, known) in lives.into_iter().zip(devices.known()) {
        stories.insert(known.name.clone(), life.await?);
    }
    // Until nothing more comes: how many there are to be is not known beforehand.
    let begun = Instant::now();
    let (mut count, mut grown) = (account.count(), Instant::now());
    while count < devices.emitted() && grown.elapsed() < QUIET && begun.elapsed() < PATIENCE {
        let now = account.read(&mut asked).await?;
        if now > count {
            (count, grown) = (now, Instant::now());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    child.must_run()?;
    let missing = account.compare(devices.known());
    let ends: usize = stories.values().map(|story| story.ends.len()).sum();
    let swaps = stories.values().flat_map(|story| &story.ends).filter(|(_, swap)| *swap).count();
    report.say(format!(
        "{} events, {} logs cleared, {swaps} devices swapped",
        devices.emitted(),
        ends - swaps
    ));
    classify(&missing, &stories, report);
    tell(&mut account, report);
    let operations = journal_is_whole(&mut asked).await?;
    report.say(format!("{} events written once, journal of {operations} operations whole", account.count()));
    Ok(())
}

fn classify(missing: &[Missing], stories: &HashMap<String, Story>, report: &mut Report) {
    let (mut gone, mut longest, mut lost) = (0, Duration::ZERO, Vec::new());
    for one in missing {
        let story = stories.get(&one.device);
        let sent = story.zip(one.entry.person_no.as_ref()).and_then(|(story, person)| story.sent.get(person));
        let end = story.and_then(|story| story.ends.get(one.entry.epoch as usize));
        let stood = sent.zip(end).map(|(sent, (end, _))| end.saturating_duration_since(sent.at));
        let told = sent.is_some_and(|sent| sent.told);
        match stood {
            Some(stood) if !told && stood < READABLE => {
                gone += 1;
                longest = longest.max(stood);
            }
            _ => {
                let by = match end {
                    None => "its log was never cleared",
                    Some((_, true)) => "then the device was swapped",
                    Some((_, false)) => "then the log was cleared",
                };
                let stood = stood.unwrap_or_default().as_secs_f64();
                let how = if told { "told on a stream" } else { "told on no stream" };
                lost.push(format!("{one}: {how}, stood {stood:.3} s in the log, {by}"));
            }
        }
    }
    if gone > 0 {
        report.say(format!(
            "{gone} events are truly gone: told on no stream, and in the log for {:.1} s at most",
            longest.as_secs_f64()
        ));
    }
    if let [first, rest @ ..] = lost.as_slice() {
        let swap = lost.iter().filter(|text| text.contains("swapped")).count();
        report.violated(format!(
            "{} events lost that could be read ({swap} before a swap, {} before a clearing); the first: {first}",
            lost.len(),
            lost.len() - swap
        ));
        for line in rest.iter().take(SHOWN) {
            report.say(line.clone());
        }
    }
}

/// Emits, and ends the log's life at random moments.
async fn live(index: usize, device: Handle, mut chance: Chance, lasting: Duration) -> Story {
    let mut emitter = Emitter::of(index);
    let mut story = Story::default();
    let begun = tokio::time::Instant::now();
    let mut next_end = Duration::from_secs(2) + chance.millis(0, 6_000);
    // Streams that were opened before the last swap are of no use behind it, though they take a
    // moment to close.
    let mut useless = 0;
    let count = (RATE * lasting.as_secs_f64()) as u32;
    for turn in 0..count {
        tokio::time::sleep_until(begun + Duration::from_secs_f64(f64::from(turn) / RATE)).await;
        let stats = device.stats();
        let told = stats.streams_open > 0 && stats.streams > useless;
        device.pass(emitter.next());
        story.sent.insert(emitter.person(), Sent { at: Instant::now(), told });
        // Quiet at the end: the last life is read whole.
        if begun.elapsed() > next_end && begun.elapsed() + Duration::from_millis(APART.0) < lasting {
            let swap = chance.one_in(3);
            if swap {
                useless = device.stats().streams;
                device.swap_hardware();
            } else {
                device.clear_log();
            }
            story.ends.push((Instant::now(), swap));
            next_end = begun.elapsed() + chance.millis(APART.0, APART.1);
        }
    }
    story
}

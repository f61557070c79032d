//! kill -9 in the middle of a burst of 10,000 events, again and again on the same data.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use vakhta_app::command::Command;
use vakhta_app::request::VisitDraft;
use vakhta_domain::visit::Profile;

use super::{Report, Setting, begin, judge, until_complete};
use crate::account::Account;
use crate::child::{Asked, Vakhtad};
use crate::emitter::{Devices, Emitter, card};
use crate::place::Place;

const DEVICES: usize = 4;
const BURST: u32 = 10_000;
/// A folder and its devices are used for so many rounds: verifying walks all of it each time.
const ROUNDS_A_FOLDER: u32 = 10;
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn run(setting: &mut Setting<'_>, report: &mut Report) -> anyhow::Result<()> {
    let wanted = setting.kills();
    let (mut done, mut kills, mut longest) = (0, 0, Duration::ZERO);
    while kills < wanted {
        let mut place = Place::fresh()?;
        let folder = a_folder(setting, &place, wanted - kills, done, report).await;
        let folder = match folder {
            Ok(folder) => folder,
            Err(why) => {
                report.keep(&mut place);
                return Err(why.context(format!("around round {}", done + 1)));
            }
        };
        done += folder.rounds;
        kills += folder.kills;
        longest = longest.max(folder.longest);
        if !report.violations.is_empty() {
            report.keep(&mut place);
            break;
        }
    }
    report.say(format!(
        "{done} rounds, {kills} kills, {} events; whole again at most {:.1} s after the last kill",
        u64::from(done) * u64::from(BURST),
        longest.as_secs_f64()
    ));
    Ok(())
}

struct Folder {
    rounds: u32,
    kills: u64,
    longest: Duration,
}

async fn a_folder(
    setting: &mut Setting<'_>,
    place: &Place,
    wanted: u64,
    before: u32,
    report: &mut Report,
) -> anyhow::Result<Folder> {
    let devices = Devices::start(DEVICES, Duration::from_secs(5)).await?;
    let (mut child, mut asked) = begin(setting.vakhtad, place, &devices).await?;
    plan_visits(&mut asked).await?;
    let mut emitters: Vec<Emitter> = (0..DEVICES).map(Emitter::of).collect();
    let mut account = Account::default();
    let mut folder = Folder { rounds: 0, kills: 0, longest: Duration::ZERO };
    while folder.rounds < ROUNDS_A_FOLDER && folder.kills < wanted {
        // As fast as possible, or within a second or a few.
        let rate = if setting.chance.one_in(3) { 0.0 } else { setting.chance.between(500, 2_500) as f64 };
        let bursts: Vec<_> = devices.handles().into_iter().zip(std::mem::take(&mut emitters)).collect();
        let bursts: Vec<_> = bursts
            .into_iter()
            .map(|(device, mut emitter)| {
                tokio::spawn(async move {
                    let passes: Vec<_> = (0..BURST / DEVICES as u32).map(|_| emitter.next()).collect();
                    let pass = |index: u32| passes.get(index as usize).cloned().unwrap_or_default();
                    device.burst_with(BURST / DEVICES as u32, rate, pass).await;
                    emitter
                })
            })
            .collect();
        for _ in 0..setting.chance.between(1, 4) {
            tokio::time::sleep(setting.chance.millis(0, 1_500)).await;
            if setting.chance.one_in(2) {
                account.read(&mut asked).await?;
            }
            child.must_run()?;
            child.kill()?;
            folder.kills += 1;
            while setting.chance.one_in(4) {
                // Once more while it is still starting.
                let starting = Vakhtad::start(setting.vakhtad, place)?;
                tokio::time::sleep(setting.chance.millis(0, 120)).await;
                starting.kill()?;
                folder.kills += 1;
            }
            child = Vakhtad::start(setting.vakhtad, place)?;
            asked = child.asked().await?;
            account.confirm(&mut asked).await?;
        }
        for burst in bursts {
            emitters.push(burst.await?);
        }
        let took = until_complete(&mut account, &mut asked, &devices, PATIENCE).await?;
        folder.longest = folder.longest.max(took);
        child.must_run()?;
        folder.rounds += 1;
        if !judge(&mut account, &mut asked, &devices, report).await? {
            report.say(format!("in round {}", before + folder.rounds));
            break;
        }
        if folder.rounds.is_multiple_of(5) {
            println!(
                "  round {}: {} events in this folder, once each, {} kills",
                before + folder.rounds,
                account.count(),
                folder.kills
            );
        }
    }
    Ok(folder)
}

/// So that facts and incidents are written with the passages.
async fn plan_visits(asked: &mut Asked) -> anyhow::Result<()> {
    for index in 0..20 {
        let from = Timestamp::now() - SignedDuration::from_mins(1);
        let draft = VisitDraft {
            visitor: format!("Visitor {index}"),
            host: "Host".into(),
            purpose: None,
            person_no: None,
            card_no: Some(card(index)),
            document: None,
            iin: None,
            phone: None,
            from: Some(from),
            until: Some(from + SignedDuration::from_hours(12)),
            profile: Profile::Multiple,
        };
        asked.ask(Command::VisitAdd(draft)).await?;
    }
    Ok(())
}

//! 1,000 events a second from 20 devices.

use std::time::{Duration, Instant};

use super::Setting;
use crate::account::{Account, journal_is_whole};
use crate::child::Vakhtad;
use crate::emitter::{Devices, Emitter, emit_at};
use crate::place::Place;
use crate::process::{cpu, megabytes, resident};
use crate::table::Row;

const DEVICES: usize = 20;
const RATE: f64 = 50.0;
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn rows(setting: Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let lasting = Duration::from_secs(setting.choose(15, 60));
    let place = Place::fresh()?;
    let devices = Devices::start(DEVICES, Duration::from_secs(10)).await?;
    let mut child = Vakhtad::start(setting.vakhtad, &place)?;
    let mut asked = child.asked().await?;
    devices.introduce(&mut asked).await?;
    devices.listened_to(Duration::from_secs(30)).await?;
    let (cpu_before, begun) = (cpu(child.pid()), Instant::now());
    let bursts: Vec<_> = devices
        .handles()
        .into_iter()
        .enumerate()
        .map(|(index, device)| {
            let mut emitter = Emitter::of(index);
            tokio::spawn(async move {
                emit_at(&device, &mut emitter, RATE, lasting).await;
                Instant::now()
            })
        })
        .collect();
    let mut account = Account::default();
    let mut most_behind = 0;
    while !bursts.iter().all(|burst| burst.is_finished()) {
        account.read(&mut asked).await?;
        most_behind = most_behind.max(devices.emitted().saturating_sub(account.count()));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut ended = begun;
    for burst in bursts {
        ended = ended.max(burst.await?);
    }
    let expected = devices.emitted();
    while account.read(&mut asked).await? < expected && ended.elapsed() < PATIENCE {
        child.must_run()?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (lag, whole) = (ended.elapsed(), begun.elapsed());
    let used = cpu(child.pid()).zip(cpu_before).map(|(after, before)| after.saturating_sub(before));
    let memory = resident(child.pid());
    let lost = account.compare(devices.known()).len();
    let wrong = account.violations().len();
    journal_is_whole(&mut asked).await?;
    let cores = used.unwrap_or_default().as_secs_f64() / whole.as_secs_f64();
    Ok(vec![Row::new(
        &format!("burst: 1,000 events/s from 20 devices for {} s", lasting.as_secs()),
        "nothing lost, lag < 5 s",
        format!(
            "{expected} events: {lost} lost, {wrong} wrong; lag at the end {:.2} s, at most {most_behind} behind; \
             {cores:.2} cores, {}",
            lag.as_secs_f64(),
            megabytes(memory)
        ),
    )])
}

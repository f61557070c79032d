//! 1,000 devices with open streams: what they cost while nothing happens, and how soon it is
//! noticed that some have fallen silent.

use std::time::{Duration, Instant};

use anyhow::ensure;
use vakhta_app::device::DeviceState;

use super::Setting;
use crate::child::{Asked, Vakhtad};
use crate::emitter::Devices;
use crate::place::Place;
use crate::process::{cpu, descriptors, megabytes, resident};
use crate::table::{Row, percentile};

const HEARTBEAT: Duration = Duration::from_secs(10);
/// So many fall silent.
const SILENT: usize = 50;
const PATIENCE: Duration = Duration::from_secs(90);

pub(super) async fn rows(setting: Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let count = setting.choose(200, 1_000);
    let idle = Duration::from_secs(setting.choose(10, 30));
    let place = Place::fresh()?;
    let devices = Devices::start(count, HEARTBEAT).await?;
    let mut child = Vakhtad::start(setting.vakhtad, &place)?;
    let mut asked = child.asked().await?;
    let begun = Instant::now();
    devices.introduce(&mut asked).await?;
    let added = begun.elapsed();
    online(&mut asked, count).await?;
    // Two heartbeats, so that the interval is learned.
    tokio::time::sleep(HEARTBEAT * 2).await;

    let (cpu_before, begun) = (cpu(child.pid()), Instant::now());
    tokio::time::sleep(idle).await;
    let used = cpu(child.pid()).zip(cpu_before).map(|(after, before)| after.saturating_sub(before));
    let cores = used.unwrap_or_default().as_secs_f64() / begun.elapsed().as_secs_f64();
    let (memory, files) = (resident(child.pid()), descriptors(child.pid()));
    let streams = format!(
        "{}, {cores:.2} cores, {} descriptors; adding them took {:.1} s",
        megabytes(memory),
        files.map_or_else(|| "?".into(), |files| files.to_string()),
        added.as_secs_f64()
    );

    let mut noticed = silence(&mut asked, &devices).await?;
    child.must_run()?;
    let (half, most) = (percentile(&mut noticed, 50), percentile(&mut noticed, 100));
    Ok(vec![
        Row::new(
            &format!("{count} device streams, idle for {} s", idle.as_secs()),
            "≤ 150 MB, ≤ 1 core",
            streams,
        ),
        Row::new(
            &format!("a stream that falls silent ({} of {count}, heartbeats of 10 s)", noticed.len()),
            "noticed in 40 s",
            format!("p50 {:.1} s, most {:.1} s", half.as_secs_f64(), most.as_secs_f64()),
        ),
    ])
}

async fn online(asked: &mut Asked, count: usize) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        let devices = asked.devices().await?;
        let online = devices.iter().filter(|device| device.state == DeviceState::Online).count();
        if online == count {
            return Ok(());
        }
        if begun.elapsed() > PATIENCE {
            let words = devices.into_iter().map(|device| device.words).find(|words| !words.is_empty());
            ensure!(false, "{online} of {count} devices are online; another: {}", words.unwrap_or_default());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// How long each took to be noticed.
async fn silence(asked: &mut Asked, devices: &Devices) -> anyhow::Result<Vec<Duration>> {
    let every = (devices.known().len() / SILENT).max(1);
    let mut waiting = Vec::new();
    for known in devices.known().iter().step_by(every) {
        known.device.set_fault("stream-silent")?;
        waiting.push(known.name.clone());
    }
    let begun = Instant::now();
    let mut noticed = Vec::new();
    while !waiting.is_empty() {
        ensure!(begun.elapsed() < PATIENCE, "{} silent streams were not noticed", waiting.len());
        for device in asked.devices().await? {
            let is_silent = matches!(device.state, DeviceState::StreamSilent { .. });
            if is_silent && let Some(index) = waiting.iter().position(|name| *name == device.name) {
                waiting.swap_remove(index);
                noticed.push(begun.elapsed());
            }
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    Ok(noticed)
}

//! From the start of the process until it answers, with 100,000 passages in the store.

use std::time::{Duration, Instant};

use vakhta_domain::passage::ReaderDirection;

use super::Setting;
use super::store::{Door, open, plan_visits, record};
use crate::child::Vakhtad;
use crate::place::Place;
use crate::process::{cpu, megabytes, resident};
use crate::table::{Row, millis, percentile};

const BATCH: usize = 1_000;

pub(super) async fn rows(setting: Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let passages = setting.choose(20_000, 100_000);
    let idle = Duration::from_secs(setting.choose(5, 20));
    let place = Place::fresh()?;
    let store = open(&place)?;
    plan_visits(&store).await?;
    let mut door = Door::add(&store, ReaderDirection::In).await?;
    record(&store, &mut door, BATCH, passages / BATCH).await?;
    store.close().await;
    drop(store);

    let mut took = Vec::new();
    let mut resting = (None, 0.0);
    for run in 0..7 {
        let begun = Instant::now();
        let mut child = Vakhtad::start(setting.vakhtad, &place)?;
        child.asked().await?;
        took.push(begun.elapsed());
        if run == 6 {
            // What starting left to be done is done by then.
            tokio::time::sleep(Duration::from_secs(2)).await;
            let (before, begun) = (cpu(child.pid()), Instant::now());
            tokio::time::sleep(idle).await;
            let used = cpu(child.pid()).zip(before).map(|(after, before)| after.saturating_sub(before));
            let share = used.unwrap_or_default().as_secs_f64() / begun.elapsed().as_secs_f64();
            resting = (resident(child.pid()), share * 100.0);
        }
        child.kill()?;
    }
    let most = percentile(&mut took, 100);
    let rows = vec![
        Row::new(
            &format!("vakhtad: start to usable, {passages} passages (after a kill -9, file cache warm)"),
            "≤ 1.5 s cold, with the window",
            format!("median {}, most {} of 7", millis(percentile(&mut took, 50)), millis(most)),
        ),
        Row::new(
            "vakhtad: idle, no devices",
            "< 1 % CPU, ≤ 250 MB with the web view",
            format!("{}, {:.1} % of a core", megabytes(resting.0), resting.1),
        ),
    ];
    Ok(rows)
}

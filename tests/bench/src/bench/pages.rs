//! A page of passages at any depth.

use std::time::{Duration, Instant};

use vakhta_app::request::PageRequest;
use vakhta_domain::passage::ReaderDirection;

use super::Setting;
use super::store::{Door, open, plan_visits, record};
use crate::chance::Chance;
use crate::place::Place;
use crate::table::{Row, millis, percentile, thousands};

const ENOUGH: usize = 1_000_000;
const BATCH: usize = 5_000;
const LIMIT: u32 = 100;
const PAGES: usize = 2_000;

pub(super) async fn rows(setting: Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let filling = Duration::from_secs(setting.choose(8, 60));
    let place = Place::fresh()?;
    let store = open(&place)?;
    plan_visits(&store).await?;
    let mut door = Door::add(&store, ReaderDirection::In).await?;
    let (begun, mut filled) = (Instant::now(), 0);
    while filled < ENOUGH && begun.elapsed() < filling {
        record(&store, &mut door, BATCH, 1).await?;
        filled += BATCH;
    }
    let reading = store.clone();
    let mut took = tokio::task::spawn_blocking(move || -> anyhow::Result<Vec<Duration>> {
        let mut chance = Chance::new(1);
        let mut took = Vec::with_capacity(PAGES);
        for _ in 0..PAGES {
            let after = i64::try_from(chance.between(0, filled as u64 - u64::from(LIMIT)))?;
            let begun = Instant::now();
            let page = reading.passages(PageRequest { after, limit: LIMIT })?;
            took.push(begun.elapsed());
            anyhow::ensure!(page.len() == LIMIT as usize, "a page of {} behind {after}", page.len());
        }
        Ok(took)
    })
    .await??;
    store.close().await;
    let (p50, p95) = (percentile(&mut took, 50), percentile(&mut took, 95));
    Ok(vec![Row::new(
        &format!("a page of {LIMIT} passages at any depth of {}", thousands(filled as f64)),
        "≤ 5 ms p95",
        format!("p50 {:.2} ms, p95 {}", p50.as_secs_f64() * 1e3, millis(p95)),
    )])
}

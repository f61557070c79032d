//! Events a second through the use-case into rows and journal, durably.

use std::time::Instant;

use vakhta_domain::passage::ReaderDirection;

use super::store::{Door, open, plan_visits, record};
use super::{Setting, peer};
use crate::place::Place;
use crate::process::cpu;
use crate::table::{Row, median, thousands};

const GOAL: &str = "≥ 20,000 events/s";

/// How the events come.
struct Way {
    what: &'static str,
    doors: usize,
    batch: usize,
}

const WAYS: [Way; 3] = [
    Way { what: "ingest with journal, batches of 30, one device", doors: 1, batch: 30 },
    Way { what: "ingest with journal, batches of 30, 20 devices at once", doors: 20, batch: 30 },
    Way { what: "ingest with journal, batches of 256, one device", doors: 1, batch: 256 },
];

pub(super) async fn rows(setting: Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let events = setting.choose(15_000, 40_000);
    let runs = setting.choose(1, 3);
    let mut rows = Vec::new();
    for way in WAYS {
        let (mut speeds, mut costs) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            let (speed, cost) = measure(&way, events).await?;
            speeds.push(speed);
            costs.push(cost);
        }
        let measured =
            format!("{} events/s, {:.0} µs CPU an event", thousands(median(&mut speeds)), median(&mut costs));
        let row = Row::new(way.what, GOAL, measured);
        rows.push(if way.batch == 256 { row.peer(peer::ingest(events, runs)) } else { row });
    }
    Ok(rows)
}

/// Events a second, and microseconds of processor time for each.
async fn measure(way: &Way, events: usize) -> anyhow::Result<(f64, f64)> {
    let place = Place::fresh()?;
    let store = open(&place)?;
    plan_visits(&store).await?;
    let mut doors = Vec::new();
    for index in 0..way.doors {
        let direction = if index.is_multiple_of(2) { ReaderDirection::In } else { ReaderDirection::Out };
        doors.push(Door::add(&store, direction).await?);
    }
    let batches = events / way.doors / way.batch;
    let own = std::process::id();
    let (cpu_before, begun) = (cpu(own), Instant::now());
    let mut writing = Vec::new();
    for mut door in doors {
        let (store, size) = (store.clone(), way.batch);
        writing.push(tokio::spawn(async move { record(&store, &mut door, size, batches).await }));
    }
    for one in writing {
        one.await??;
    }
    let (took, written) = (begun.elapsed(), (batches * way.batch * way.doors) as f64);
    let spent = cpu(own).zip(cpu_before).map(|(after, before)| after.saturating_sub(before));
    store.close().await;
    Ok((written / took.as_secs_f64(), spent.unwrap_or_default().as_secs_f64() * 1e6 / written))
}

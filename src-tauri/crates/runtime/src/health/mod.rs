//! How Vakhta is: looked at every few seconds in the background, so that whoever asks is answered at once.
//!
//! | module | |
//! | --- | --- |
//! | `look` | each part, and what is found of it |
//! | `disk` | what is free, and for how long that will do |
//! | `metrics` | the same as numbers, for Prometheus |
//! | `service` | the service manager is told that it runs, and that it still does |

mod disk;
mod look;
pub(crate) mod metrics;
mod service;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use vakhta_app::health::{HealthCheck, HealthLevel, HealthPart, HealthReport};

use crate::core::Core;

const LOOK: Duration = Duration::from_secs(5);

/// What was found last, and what has to be remembered between two looks.
#[derive(Debug, Default)]
pub struct Health {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    report: Option<HealthReport>,
    /// What the last reading of the whole file found; in words what is wrong.
    integrity: Option<Result<(), String>>,
    /// The writer gave no answer in time.
    hangs: bool,
    clock: Option<Clock>,
    disk: disk::Samples,
    /// When the monitoring token was last shown.
    token: Option<Timestamp>,
}

/// Two clocks at the same moment: they part when one is set.
#[derive(Clone, Copy, Debug)]
struct Clock {
    wall: Timestamp,
    steady: Instant,
    /// The last step that was seen, and when.
    step: Option<(i64, Instant)>,
}

impl Health {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the last reading of the whole database found.
    pub fn integrity_seen(&self, found: Result<(), String>) {
        self.state().integrity = Some(found);
    }

    /// Somebody has shown the monitoring token.
    pub(crate) fn token_used(&self, now: Timestamp) {
        self.state().token = Some(now);
    }

    /// When somebody has, since the start.
    pub(crate) fn token_last_used(&self) -> Option<Timestamp> {
        self.state().token
    }

    /// How Vakhta is, as it was looked at last.
    #[must_use]
    pub fn report(&self, now: Timestamp) -> HealthReport {
        self.state().report.clone().unwrap_or_else(|| {
            let not_yet = |part| HealthCheck::of(part, vec![vakhta_app::health::HealthFinding::NotYet]);
            HealthReport::of(now, HealthPart::ALL.map(not_yet).to_vec())
        })
    }
}

/// Looks again and again, for as long as the core runs.
pub(crate) async fn watch(core: Arc<Core>, name: &'static str) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut service = service::Service::begin();
    let mut before = HealthLevel::Healthy;
    loop {
        ticks.tick().await;
        let report = look::look(&core).await;
        if report.level != before {
            let worst: Vec<&str> = report
                .checks
                .iter()
                .filter(|check| check.level == report.level)
                .map(|check| check.part.as_str())
                .collect();
            tracing::info!(level = ?report.level, parts = ?worst, "how Vakhta is has changed");
            before = report.level;
        }
        let answers = !core.health.state().hangs;
        service.lives(answers, report.level);
        core.tasks.note(name, core.now(), format!("{:?}", report.level).to_lowercase());
        core.health.state().report = Some(report);
    }
}

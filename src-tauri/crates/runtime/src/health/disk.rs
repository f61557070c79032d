//! What is free, and for how long that will do.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use vakhta_app::health::{DISK_DAYS, DISK_LOW, HealthFinding, days_left};

use crate::core::Core;

/// How often what is free is remembered.
const EVERY: SignedDuration = SignedDuration::from_hours(1);
/// Ten days of hours.
const SAMPLES: usize = 240;
/// Where they rest over a restart.
const SETTING: &str = "health.disk";

/// What was free, hour by hour, oldest first.
pub(super) type Samples = Option<Vec<(Timestamp, u64)>>;

pub(super) async fn look(core: &Arc<Core>) -> Vec<HealthFinding> {
    let looked = core.blocking(|core| fs4::available_space(core.folder.path())).await;
    let free = match looked {
        Ok(Ok(free)) => free,
        Ok(Err(why)) => return vec![HealthFinding::DiskUnknown { words: why.to_string() }],
        Err(why) => return vec![HealthFinding::DiskUnknown { words: why.to_string() }],
    };
    let days = days_left(&remembered(core, free).await);
    if free < DISK_LOW || days.is_some_and(|days| days < DISK_DAYS) {
        return vec![HealthFinding::DiskFills { free, days }];
    }
    Vec::new()
}

/// All samples with the present one, which is kept when an hour has passed.
async fn remembered(core: &Arc<Core>, free: u64) -> Vec<(Timestamp, u64)> {
    let now = core.now();
    let known = core.health.state().disk.clone();
    let mut samples = match known {
        Some(samples) => samples,
        None => {
            let text = core.blocking(|core| core.store.setting(SETTING)).await;
            let text = text.ok().and_then(Result::ok).flatten();
            text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
        }
    };
    // Of a clock that was set nothing can be reckoned.
    samples.retain(|(at, _)| *at <= now);
    let due = samples.last().is_none_or(|(at, _)| now.duration_since(*at) >= EVERY);
    if due {
        samples.push((now, free));
        let surplus = samples.len().saturating_sub(SAMPLES);
        samples.drain(..surplus);
        if let Ok(text) = serde_json::to_string(&samples) {
            let kept = core.store.write(now, move |tx| tx.set_setting(SETTING, &text)).await;
            if let Err(why) = kept {
                tracing::debug!(%why, "what is free on the disk is not remembered");
            }
        }
    }
    core.health.state().disk = Some(samples.clone());
    if !due {
        samples.push((now, free));
    }
    samples
}

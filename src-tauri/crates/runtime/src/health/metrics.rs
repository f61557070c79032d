//! How Vakhta is as numbers, for Prometheus. No person is in them.

use std::sync::Arc;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use vakhta_app::health::HealthLevel;
use vakhta_store::WriteError;

use crate::core::Core;

/// What such an answer is called.
pub(crate) const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labelled = Family<Vec<(String, String)>, Gauge>;

/// All numbers, as text. Blocks.
pub(crate) fn text(core: &Arc<Core>) -> Result<String, WriteError> {
    let mut registry = Registry::with_prefix("vakhta");
    let report = core.health.report(core.now());
    let level = |level: HealthLevel| match level {
        HealthLevel::Healthy => 0,
        HealthLevel::Warning => 1,
        HealthLevel::Unhealthy => 2,
    };
    let parts = Labelled::default();
    for check in &report.checks {
        parts.get_or_create(&label("part", check.part.as_str())).set(level(check.level));
    }
    registry.register("health", "0 healthy, 1 to be looked at, 2 unhealthy", parts);

    let devices = core.store.devices()?;
    let states = Labelled::default();
    for device in &devices {
        let heard = core.conditions.get(device.id);
        let up = heard.is_some_and(|known| !super::look::is_away(&known.state));
        states.get_or_create(&label("device", &device.name)).set(i64::from(up));
    }
    registry.register("device_up", "1 while the device is heard from", states);

    let counts = core.store.counts()?;
    gauge(&mut registry, "journal_entries", "Greatest place in the journal", counts.seq);
    gauge(&mut registry, "visits_inside", "Visits whose visitor is inside", counts.inside);
    gauge(&mut registry, "passages", "Passages that devices told", counts.passages);
    gauge(&mut registry, "incidents_open", "Incidents that nobody has settled", counts.incidents_open);

    let backups = crate::backups::view(core)?;
    let age = backups.verified.map(|taken| core.now().duration_since(taken).as_secs());
    gauge(
        &mut registry,
        "backup_age_seconds",
        "Since the last verified backup; -1 for none",
        age.unwrap_or(-1),
    );
    gauge(
        &mut registry,
        "backup_recoverable",
        "1 where a lost machine could be restored",
        i64::from(backups.recoverable),
    );
    if let Ok(free) = fs4::available_space(core.folder.path()) {
        gauge(
            &mut registry,
            "disk_free_bytes",
            "Free for the data folder",
            i64::try_from(free).unwrap_or(i64::MAX),
        );
    }
    let mut text = String::new();
    encode(&mut text, &registry).map_err(|why| WriteError::Store(why.to_string()))?;
    Ok(text)
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn label(name: &str, value: &str) -> Vec<(String, String)> {
    vec![(name.to_owned(), value.to_owned())]
}

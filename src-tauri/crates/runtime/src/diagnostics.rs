//! What may be sent to support: how Vakhta is, how its devices are, and its logs. No person is in it, no
//! secret, and no address.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use vakhta_app::backups::plan::BackupPlace;
use vakhta_app::backups::view::BackupsView;
use vakhta_app::health::{HealthFinding, HealthReport};
use vakhta_app::view::{DeviceView, RunStatus};

use crate::log;

/// Of one log; what is older is left out.
const LOG: u64 = 8 * 1024 * 1024;
const LEVEL: i32 = 9;

/// What a running Vakhta tells of itself.
pub struct Told {
    /// How it is.
    pub health: HealthReport,
    /// Whether it runs, and its tasks.
    pub status: RunStatus,
    /// The devices.
    pub devices: Vec<DeviceView>,
    /// The backups.
    pub backups: BackupsView,
}

/// What such a file is called.
#[must_use]
pub fn file_name(now: Timestamp) -> String {
    now.strftime("vakhta-diagnostics-%Y-%m-%dT%H-%M-%SZ.tar.zst").to_string()
}

/// The archive (tar, zstd). Blocks.
///
/// # Errors
/// When a log cannot be read.
pub fn archive(data: &Path, mut told: Told) -> std::io::Result<Vec<u8>> {
    for finding in told.health.checks.iter_mut().flat_map(|check| &mut check.findings) {
        if let HealthFinding::BackupPlaceFails { name } = finding {
            name.clear();
        }
    }
    let places = places(data, &told.backups);
    let mut tar = tar::Builder::new(zstd::Encoder::new(Vec::new(), LEVEL)?);
    put(&mut tar, "about.json", &text(&about())?)?;
    put(&mut tar, "health.json", &text(&told.health)?)?;
    put(&mut tar, "tasks.json", &text(&told.status.tasks)?)?;
    put(&mut tar, "devices.json", &text(&told.devices.iter().map(device).collect::<Vec<_>>())?)?;
    put(&mut tar, "backups.json", &text(&backups(&told.backups))?)?;
    for entry in std::fs::read_dir(data.join(log::FOLDER)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        put(&mut tar, &format!("logs/{name}"), without(&places, &end_of(&entry.path())?).as_bytes())?;
    }
    tar.into_inner()?.finish()
}

fn about() -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "zone": crate::site::system_zone(),
        "cores": std::thread::available_parallelism().map_or(0, usize::from),
    })
}

/// Without its name, its address and who logs in there.
fn device(device: &DeviceView) -> Value {
    json!({
        "model": device.model, "state": device.state, "notes": device.notes, "heard": device.heard,
        "drift_ms": device.drift_ms, "direction": device.direction, "epoch": device.epoch,
        "last_serial": device.last_serial,
    })
}

/// Without where they lie.
fn backups(view: &BackupsView) -> Value {
    let targets = view.targets.iter().map(|of| {
        let problem = of.problem.as_ref().map(|problem| problem.kind);
        json!({ "problem": problem, "copies": of.copies })
    });
    json!({
        "schedule": view.schedule, "verified": view.verified, "recoverable": view.recoverable,
        "drill": view.drill, "targets": targets.collect::<Vec<_>>(),
    })
}

/// What tells where things are: folders, endpoints and buckets; the longest first, so that none leaves a rest.
fn places(data: &Path, view: &BackupsView) -> Vec<String> {
    let mut places = vec![data.to_string_lossy().into_owned()];
    for of in &view.targets {
        match &of.target.place {
            BackupPlace::Folder { path } => places.push(path.clone()),
            BackupPlace::S3 { endpoint, bucket, .. } => places.extend([endpoint.clone(), bucket.clone()]),
        }
    }
    places.sort_by_key(|place| std::cmp::Reverse(place.len()));
    places
}

/// A log without them, and without whatever else is an address.
fn without(places: &[String], log: &[u8]) -> String {
    let text = String::from_utf8_lossy(log);
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find("://") {
        let (before, address) = rest.split_at(at);
        let end = address.find(|c: char| c.is_whitespace() || matches!(c, '"' | ')' | ',' | '<'));
        clean.push_str(before);
        clean.push_str("://(address)");
        rest = &address[end.unwrap_or(address.len())..];
    }
    clean.push_str(rest);
    for place in places.iter().filter(|place| place.len() > 2) {
        clean = clean.replace(place.as_str(), "(place)");
    }
    clean
}

fn text(value: &impl Serialize) -> std::io::Result<Vec<u8>> {
    serde_json::to_vec_pretty(value).map_err(std::io::Error::other)
}

fn put(tar: &mut tar::Builder<impl std::io::Write>, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    tar.append_data(&mut header, name, bytes)
}

fn end_of(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = std::fs::File::open(path)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(LOG)))?;
    let mut bytes = Vec::new();
    file.take(LOG).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_tells_no_address_and_no_place() {
        let places = ["/srv/vakhta/data".to_owned(), "https://s3.example.kz".to_owned(), "watch".to_owned()];
        let log = "a backup https://watch.s3.example.kz:9000/x?y failed (http://192.168.1.64) in /srv/vakhta/data/backups: no <BucketName>watch</BucketName>, at https://s3.example.kz/watch";
        let said = without(&places, log.as_bytes());
        for word in ["s3.example", "192.168", "/srv", "watch"] {
            assert!(!said.contains(word), "{word}: {said}");
        }
        assert!(
            said.starts_with("a backup https://(address) failed (http://(address)) in (place)/backups: no <"),
            "{said}"
        );
    }
}

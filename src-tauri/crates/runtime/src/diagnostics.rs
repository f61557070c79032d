//! What may be sent to support: how Vakhta is, how its devices are, and its logs. No person is in it, no
//! secret, and no address.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use vakhta_app::backups::view::BackupsView;
use vakhta_app::health::HealthReport;
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
pub fn archive(data: &Path, told: Told) -> std::io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(zstd::Encoder::new(Vec::new(), LEVEL)?);
    put(&mut tar, "about.json", &text(&about())?)?;
    put(&mut tar, "health.json", &text(&told.health)?)?;
    put(&mut tar, "tasks.json", &text(&told.status.tasks)?)?;
    put(&mut tar, "devices.json", &text(&told.devices.iter().map(device).collect::<Vec<_>>())?)?;
    put(&mut tar, "backups.json", &text(&backups(&told.backups))?)?;
    for entry in std::fs::read_dir(data.join(log::FOLDER)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        put(&mut tar, &format!("logs/{name}"), &end_of(&entry.path())?)?;
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

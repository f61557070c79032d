//! Peers: small Python programs that do the same with the standard library, beside us.

use std::process::{Command, Stdio};

use crate::table::{median, thousands};

const NO_PYTHON: &str = "no python3 here";

/// The same rows, the same journal, one hash over the other.
pub(super) fn ingest(events: usize, runs: usize) -> String {
    let Ok(folder) = tempfile::tempdir() else { return "no folder".into() };
    let (mut speeds, mut costs) = (Vec::new(), Vec::new());
    for run in 0..runs {
        let file = folder.path().join(format!("peer-{run}.sqlite3"));
        let file = file.to_string_lossy().into_owned();
        match python(include_str!("peer_ingest.py"), &[&file, &events.to_string()]).as_deref() {
            Some([speed, cost]) => {
                speeds.push(*speed);
                costs.push(*cost);
            }
            _ => return NO_PYTHON.into(),
        }
    }
    let (speed, cost) = (median(&mut speeds), median(&mut costs));
    format!("python3 sqlite3: {} events/s, {cost:.0} µs CPU", thousands(speed))
}

/// The same stream, split and read.
pub(super) fn decode(file: &str) -> String {
    match python(include_str!("peer_decode.py"), &[file]).as_deref() {
        Some([speed]) => format!("python3 re and json: {} MB/s", thousands(*speed)),
        _ => NO_PYTHON.into(),
    }
}

/// The same file by SQLite's own copying, compressed and read back.
pub(super) fn backup(file: &std::path::Path) -> String {
    let Ok(folder) = tempfile::tempdir() else { return "no folder".into() };
    let (file, folder) = (file.to_string_lossy(), folder.path().to_string_lossy());
    match python(include_str!("peer_backup.py"), &[&file, &folder]).as_deref() {
        Some([took, size]) => {
            format!("python3 sqlite3 backup() and gzip: {took:.1} s, {:.0} MB, not encrypted", size / 1e6)
        }
        _ => NO_PYTHON.into(),
    }
}

/// Runs a program that prints numbers.
fn python(program: &str, arguments: &[&str]) -> Option<Vec<f64>> {
    let python = if cfg!(windows) { "python" } else { "python3" };
    let output = Command::new(python)
        .arg("-c")
        .arg(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().map(|word| word.parse().ok()).collect()
}

//! Where the program says what it does.

use std::fs::OpenOptions;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::arguments::Places;

/// A log that is larger than this at a start begins anew; the one before is kept beside it.
const LARGE: u64 = 5 * 1024 * 1024;

/// Standard error where there is one; a file in the data folder where a window has none.
pub fn begin(places: &Places) {
    let filter = EnvFilter::try_from_env("VAKHTA_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let file = (cfg!(windows) && !cfg!(debug_assertions)).then(|| open(&places.window.join("vakhta.log")));
    let log = tracing_subscriber::fmt().with_env_filter(filter);
    if let Some(Ok(file)) = file {
        log.with_ansi(false).with_writer(Mutex::new(file)).init();
    } else {
        log.with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr).init();
    }
}

fn open(path: &Path) -> std::io::Result<std::fs::File> {
    if let Some(folder) = path.parent() {
        vakhta_runtime::folder::create_private(folder)?;
    }
    if std::fs::metadata(path).is_ok_and(|data| data.len() > LARGE) {
        std::fs::rename(path, path.with_extension("old.log"))?;
    }
    OpenOptions::new().create(true).append(true).open(path)
}

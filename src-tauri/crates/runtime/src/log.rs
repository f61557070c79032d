//! Where the program says what it does: on standard error where there is one, and in `logs` in the data
//! folder, in files that never grow beyond a size.
//!
//! What goes into the files is what may be sent to others: no more than `info`, whatever is asked of
//! standard error.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt};

use crate::folder::create_private;

/// In the data folder.
pub(crate) const FOLDER: &str = "logs";
const FILE: &str = "vakhta.log";
/// Of one file.
const SIZE: u64 = 4 * 1024 * 1024;
/// Files before the present one.
const KEPT: u32 = 4;

/// Begins to say. `usual` is the filter of standard error where `VAKHTA_LOG` has none; `data` the folder
/// whose logs are written, `None` for what only carries a command out. Without standard error, as for a
/// window of Windows, the file alone is written.
pub fn begin(usual: &str, data: Option<&Path>, has_stderr: bool) {
    let filter = EnvFilter::try_from_env("VAKHTA_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let stderr = has_stderr.then(|| {
        fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr).with_filter(filter)
    });
    let file = data.map(|data| {
        let rotating = Rotating::in_folder(data.join(FOLDER), SIZE, KEPT);
        fmt::layer().with_ansi(false).with_writer(Mutex::new(rotating)).with_filter(LevelFilter::INFO)
    });
    tracing_subscriber::registry().with(stderr).with(file).init();
}

/// A file that is renamed when it is large enough, with a few before it. Nothing that is said stops a
/// program: what cannot be written, on a full disk, is lost.
struct Rotating {
    folder: PathBuf,
    size: u64,
    kept: u32,
    open: Option<(File, u64)>,
}

impl Rotating {
    fn in_folder(folder: PathBuf, size: u64, kept: u32) -> Self {
        Self { folder, size, kept, open: None }
    }

    fn file(&self, age: u32) -> PathBuf {
        match age {
            0 => self.folder.join(FILE),
            age => self.folder.join(format!("{FILE}.{age}")),
        }
    }

    fn open(&self) -> io::Result<(File, u64)> {
        create_private(&self.folder)?;
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(self.file(0))?;
        let written = file.metadata()?.len();
        Ok((file, written))
    }

    fn rotate(&mut self) -> io::Result<()> {
        // Windows renames no file that is open.
        self.open = None;
        for age in (0..self.kept).rev() {
            match fs::rename(self.file(age), self.file(age + 1)) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
                _ => {}
            }
        }
        Ok(())
    }

    fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (mut file, written) = match self.open.take() {
            Some(open) => open,
            None => self.open()?,
        };
        file.write_all(bytes)?;
        let written = written + bytes.len() as u64;
        self.open = Some((file, written));
        if written >= self.size { self.rotate() } else { Ok(()) }
    }
}

impl Write for Rotating {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.say(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_never_grows_beyond_its_files_and_the_newest_lines_stay() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        for life in 0..3 {
            let mut log = Rotating::in_folder(logs.clone(), 100, 2);
            for line in 0..40 {
                writeln!(log, "life {life} line {line:02}").unwrap();
            }
        }
        let mut files: Vec<PathBuf> =
            fs::read_dir(&logs).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(files.len() <= 3, "{files:?}");
        let sizes: u64 = files.iter().map(|path| fs::metadata(path).unwrap().len()).sum();
        assert!(sizes <= 3 * 120, "{sizes}");
        let said: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        assert!(said.contains("life 2 line 39") && !said.contains("life 0"), "{said}");
    }

    #[test]
    fn a_folder_that_cannot_be_written_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a file");
        fs::write(&file, "").unwrap();
        let mut log = Rotating::in_folder(file.join("logs"), 100, 2);
        assert!(writeln!(log, "a line").is_ok());
    }
}

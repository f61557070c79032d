//! Files that only their owner reads, written so that a power cut leaves the old or the new one.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// Replaces `path` by `bytes`, durable when this returns.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let part = path.with_file_name(name);
    // What a crash left behind may have been made by anybody: it is not written into.
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let written = write_new(&part, bytes).and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    written?;
    sync_folder(path)
}

/// Writes a file that must not be there yet, durable when this returns.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_new(path, bytes)?;
    sync_folder(path)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // On Windows a file inherits its folder's access list, which is the user's own.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Moves a file within its folder, durable when this returns. What has the name is replaced.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    sync_folder(to)
}

/// A name beside `path` that nothing has, for what is kept of it: `NAME.lost-20260131T235959Z`.
pub(crate) fn aside(path: &Path, now: Timestamp) -> PathBuf {
    let named = |more: &str| {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(format!(".lost-{}{more}", now.strftime("%Y%m%dT%H%M%SZ")));
        path.with_file_name(name)
    };
    let mut free = named("");
    let mut count = 1;
    while free.symlink_metadata().is_ok() {
        count += 1;
        free = named(&format!("-{count}"));
    }
    free
}

/// Makes a rename or a new name durable. Windows has no such call and keeps names in its journal.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Makes a folder and those above it, readable by its owner only.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Takes from others what a copy or a careless tool gave them; `true` when it had to.
pub(crate) fn tighten(path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if std::fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
            return Ok(true);
        }
    }
    let _ = path;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_file_replaces_the_old_one_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        replace(&path, b"one").unwrap();
        std::fs::write(folder.path().join("a.new"), b"left by a crash").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(!tighten(&path).unwrap());
    }

    #[test]
    fn what_is_kept_aside_never_takes_a_name_that_something_has() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let now = Timestamp::from_second(1_234_567_890).unwrap();
        let first = aside(&path, now);
        assert_eq!(first.file_name().unwrap(), "a.lost-20090213T233130Z");
        std::fs::write(&first, "").unwrap();
        assert_eq!(aside(&path, now).file_name().unwrap(), "a.lost-20090213T233130Z-2");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_tightened() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        replace(&path, b"one").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(tighten(&path).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

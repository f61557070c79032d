//! A folder, or a network share that the system has mounted.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use vakhta_app::backups::view::BackupProgress;

use super::Stored;
use crate::BackupError;
use crate::archive::create;
use crate::watch::Watch;

/// What is not complete yet; never taken for a backup.
const PART: &str = ".part";
/// Deeper than anything that Vakhta makes there.
const DEPTH: usize = 6;

#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    fn file(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.path.clone(), |path, part| path.join(part))
    }

    /// Disks block, and a share may do so for long.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, BackupError> + Send + 'static,
    ) -> Result<T, BackupError> {
        let here = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&here)).await;
        done.map_err(|why| BackupError::Target(why.to_string()))?
    }

    pub(super) async fn put(&self, name: &str, file: &Path, watch: &Watch) -> Result<(), BackupError> {
        let (to, from, watch) = (self.file(name), file.to_owned(), watch.clone());
        self.blocking(move |_| {
            let content = File::open(&from).map_err(BackupError::disk(&from))?;
            place(&to, BufReader::new(watch.over(content)))
        })
        .await
    }

    pub(super) async fn put_bytes(&self, name: &str, bytes: Vec<u8>) -> Result<(), BackupError> {
        let to = self.file(name);
        self.blocking(move |_| place(&to, bytes.as_slice())).await
    }

    pub(super) async fn get(&self, name: &str, to: &Path, watch: &Watch) -> Result<(), BackupError> {
        let (from, to, watch) = (self.file(name), to.to_owned(), watch.clone());
        self.blocking(move |_| {
            let content = open(&from)?;
            let size = content.metadata().map_or(0, |of| of.len());
            let BackupProgress { stage, target, .. } = watch.seen();
            watch.at(stage, target.as_deref(), size)?;
            let mut file = create(&to).map_err(BackupError::disk(&to))?;
            io::copy(&mut watch.over(content), &mut file).map_err(BackupError::disk(&to))?;
            file.sync_all().map_err(BackupError::disk(&to))
        })
        .await
    }

    pub(super) async fn get_bytes(&self, name: &str, limit: u64) -> Result<Vec<u8>, BackupError> {
        let from = self.file(name);
        self.blocking(move |_| {
            let mut bytes = Vec::new();
            let read = open(&from)?.take(limit + 1).read_to_end(&mut bytes);
            read.map_err(BackupError::disk(&from))?;
            Ok(bytes)
        })
        .await
    }

    pub(super) async fn list(&self, folder: &str, watch: &Watch) -> Result<Vec<Stored>, BackupError> {
        let (folder, watch) = (folder.to_owned(), watch.clone());
        self.blocking(move |here| {
            if !here.path.is_dir() {
                // A share that is not mounted must not look like an empty place.
                let gone = io::Error::from(io::ErrorKind::NotFound);
                return Err(BackupError::Disk { path: here.path.clone(), source: gone });
            }
            let mut found = Vec::new();
            let start = if folder.is_empty() { here.path.clone() } else { here.file(&folder) };
            walk(&start, &folder, DEPTH, &mut found, &watch)?;
            Ok(found)
        })
        .await
    }

    pub(super) async fn clear_parts(&self, folder: &str) -> Result<(), BackupError> {
        let folder = self.file(folder);
        self.blocking(move |_| {
            let Ok(entries) = fs::read_dir(&folder) else { return Ok(()) };
            for entry in entries.flatten() {
                if entry.file_name().to_string_lossy().ends_with(PART) {
                    fs::remove_file(entry.path()).map_err(BackupError::disk(&folder))?;
                }
            }
            Ok(())
        })
        .await
    }

    pub(super) async fn remove(&self, name: &str) -> Result<(), BackupError> {
        let path = self.file(name);
        self.blocking(move |_| match fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(BackupError::disk(&path)(why)),
            _ => Ok(()),
        })
        .await
    }
}

fn open(path: &Path) -> Result<File, BackupError> {
    File::open(path).map_err(|why| match why.kind() {
        io::ErrorKind::NotFound => BackupError::Missing(path.display().to_string()),
        _ => BackupError::disk(path)(why),
    })
}

/// Whole or not at all: a part that is renamed once it is durable.
fn place(to: &Path, mut content: impl Read) -> Result<(), BackupError> {
    let disk = BackupError::disk(to);
    let folder = to.parent().unwrap_or(to);
    make(folder).map_err(&disk)?;
    let part = to.with_file_name(format!("{}{PART}", to.file_name().unwrap_or_default().to_string_lossy()));
    let mut write = || -> io::Result<()> {
        let mut file = create(&part)?;
        io::copy(&mut content, &mut file)?;
        file.flush()?;
        file.sync_all()?;
        drop(file);
        fs::rename(&part, to)?;
        // On unix the new name is durable only once its folder is; Windows has no such call.
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(())
    };
    write().map_err(|why| {
        let _ = fs::remove_file(&part);
        disk(why)
    })
}

/// For its owner only; on Windows it has the access list of the folder above it.
fn make(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn walk(
    folder: &Path,
    name: &str,
    depth: usize,
    found: &mut Vec<Stored>,
    watch: &Watch,
) -> Result<(), BackupError> {
    let disk = BackupError::disk(folder);
    let entries = match fs::read_dir(folder) {
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(&disk)?,
    };
    for entry in entries {
        watch.advance(1)?;
        let entry = entry.map_err(&disk)?;
        let Some(own) = entry.file_name().to_str().map(str::to_owned) else { continue };
        let name = if name.is_empty() { own.clone() } else { format!("{name}/{own}") };
        let of = entry.metadata().map_err(&disk)?;
        if of.is_dir() && depth > 0 {
            walk(&entry.path(), &name, depth - 1, found, watch)?;
        } else if of.is_file() && !own.ends_with(PART) {
            found.push(Stored { name, size: of.len() });
        }
    }
    Ok(())
}

//! Places for backups.
//!
//! A place keeps files under names with `/` in them. What is put there under a name is there whole or not
//! at all; that it is what was sent is found out by reading it back.

mod folder;
mod s3;

use std::path::{Path, PathBuf};

use vakhta_app::backups::plan::BackupPlace;
use vakhta_app::secret::SecretText;

use crate::BackupError;
use crate::watch::Watch;
use folder::Folder;
use s3::S3;

/// What lies at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its whole name.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

/// A place for backups.
#[derive(Debug)]
pub struct Target(Kind);

#[derive(Debug)]
enum Kind {
    Folder(Folder),
    S3(S3),
}

impl Target {
    /// The way to a place; nothing is asked of it yet.
    ///
    /// # Errors
    /// When what is set cannot be used.
    pub fn open(place: &BackupPlace, secret: Option<&SecretText>) -> Result<Self, BackupError> {
        Ok(Self(match place {
            BackupPlace::Folder { path } => Kind::Folder(Folder::at(PathBuf::from(path))),
            BackupPlace::S3 { .. } => Kind::S3(S3::open(place, secret)?),
        }))
    }

    /// Puts a file there under a name, durably where the place can say so.
    ///
    /// # Errors
    /// When the place or the disk fails, is silent for too long, or the task is stopped.
    pub async fn put(&self, name: &str, file: &Path, watch: &Watch) -> Result<(), BackupError> {
        match &self.0 {
            Kind::Folder(folder) => watch.alive(folder.put(name, file, watch)).await,
            Kind::S3(s3) => watch.alive(s3.put(name, file, watch)).await,
        }
    }

    /// Puts a few bytes there.
    ///
    /// # Errors
    /// As [`Target::put`].
    pub async fn put_bytes(&self, name: &str, bytes: Vec<u8>, watch: &Watch) -> Result<(), BackupError> {
        match &self.0 {
            Kind::Folder(folder) => watch.alive(folder.put_bytes(name, bytes)).await,
            Kind::S3(s3) => watch.alive(s3.put_bytes(name, bytes)).await,
        }
    }

    /// Fetches a file; what stood at `to` is replaced.
    ///
    /// # Errors
    /// [`BackupError::Missing`]; else as [`Target::put`].
    pub async fn get(&self, name: &str, to: &Path, watch: &Watch) -> Result<(), BackupError> {
        match &self.0 {
            Kind::Folder(folder) => watch.alive(folder.get(name, to, watch)).await,
            Kind::S3(s3) => watch.alive(s3.get(name, to, watch)).await,
        }
    }

    /// Fetches at most so many bytes; `None` where there is nothing of that name.
    ///
    /// # Errors
    /// [`BackupError::Broken`] for what is longer; else as [`Target::put`].
    pub async fn get_bytes(
        &self,
        name: &str,
        limit: u64,
        watch: &Watch,
    ) -> Result<Option<Vec<u8>>, BackupError> {
        let got = match &self.0 {
            Kind::Folder(folder) => watch.alive(folder.get_bytes(name, limit)).await,
            Kind::S3(s3) => watch.alive(s3.get_bytes(name, limit)).await,
        };
        match got {
            Ok(bytes) if bytes.len() as u64 > limit => {
                Err(BackupError::broken(format!("{name} is longer than any that Vakhta makes")))
            }
            Ok(bytes) => Ok(Some(bytes)),
            Err(BackupError::Missing(_)) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// Everything whose name begins with a folder, or all of it.
    ///
    /// # Errors
    /// As [`Target::put`].
    pub async fn list(&self, folder: &str, watch: &Watch) -> Result<Vec<Stored>, BackupError> {
        match &self.0 {
            Kind::Folder(here) => watch.alive(here.list(folder, watch)).await,
            Kind::S3(s3) => watch.alive(s3.list(folder, watch)).await,
        }
    }

    /// Removes what a killed process has left in a folder.
    ///
    /// # Errors
    /// As [`Target::put`].
    pub async fn clear_parts(&self, folder: &str, watch: &Watch) -> Result<(), BackupError> {
        match &self.0 {
            Kind::Folder(here) => watch.alive(here.clear_parts(folder)).await,
            Kind::S3(s3) => watch.alive(s3.clear_parts(folder, watch)).await,
        }
    }

    /// Removes what has a name; nothing there is no error.
    ///
    /// # Errors
    /// As [`Target::put`].
    pub async fn remove(&self, name: &str, watch: &Watch) -> Result<(), BackupError> {
        match &self.0 {
            Kind::Folder(folder) => watch.alive(folder.remove(name)).await,
            Kind::S3(s3) => watch.alive(s3.remove(name)).await,
        }
    }
}

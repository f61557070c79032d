//! Backups: one file that holds the database, sealed; pictures beside it, each once; and the places where
//! they lie.
//!
//! ```text
//! PLACE/DESK/2026-11-23T22-00-00Z.vakhta      a backup: age(zstd(tar(manifest, pictures, database)))
//! PLACE/DESK/pictures/a0/a0…                  pictures as they rest, sealed already, named by a keyed hash
//! PLACE/DESK/recovery.sealed                  opened by the recovery kit: with it, all of this is
//! PLACE/DESK/erased.sealed                    the erasure register
//! ```
//!
//! | module | |
//! | --- | --- |
//! | [`archive`] | the one file: packing and unpacking |
//! | [`identity`] | the key that opens it |
//! | [`layout`] | what lies where |
//! | [`target`] | the places: a folder, an S3 bucket |
//! | [`transfer`] | sending, reading back, fetching; what may go |
//! | [`watch`] | how far it is, and ending it early |
//!
//! Nothing here knows the database: it is a file whose hash stands in the manifest.

pub mod archive;
pub mod identity;
pub mod layout;
pub mod target;
pub mod transfer;
pub mod watch;

use std::path::{Path, PathBuf};

/// Why a backup could not be made, sent, read back or opened.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Somebody ended it.
    #[error("it was cancelled")]
    Cancelled,
    /// A file of this machine could not be read or written.
    #[error("{path}: {source}")]
    Disk {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The place does not do what is asked of it.
    #[error("the place for backups: {0}")]
    Target(String),
    /// Nothing was heard from the place for too long.
    #[error("the place for backups has not answered for {0} s")]
    Silent(u64),
    /// It is not there.
    #[error("{0} is not there")]
    Missing(String),
    /// What came back is not what was sent, or no backup.
    #[error("it is not whole: {0}")]
    Broken(String),
    /// The key does not open it.
    #[error("it is of another site, or the key that opens it is lost: use the recovery kit")]
    Locked,
}

impl BackupError {
    pub(crate) fn disk(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        move |source| match source.get_ref().is_some_and(|inner| inner.is::<watch::Stopped>()) {
            true => Self::Cancelled,
            false => Self::Disk { path: path.to_owned(), source },
        }
    }

    pub(crate) fn broken(why: impl std::fmt::Display) -> Self {
        Self::Broken(why.to_string())
    }
}

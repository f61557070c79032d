//! What the commands about backups take.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::plan::BackupPlace;
use crate::request::Password;

/// A place for backups to be added or tried.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BackupTargetDraft {
    /// Among people.
    pub name: String,
    /// What it is.
    pub place: BackupPlace,
    /// The secret of an S3 key; goes to the secrets and nowhere else. Of a place that is changed,
    /// `None` leaves it as it is.
    #[ts(type = "string | null")]
    pub secret: Option<Password>,
}

/// A place for backups as it is to be.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BackupTargetChange {
    /// Which.
    pub id: String,
    /// All of it.
    pub draft: BackupTargetDraft,
}

/// A place for backups.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BackupTargetWanted {
    /// Which.
    pub id: String,
}

/// A backup at one of its places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackupWanted {
    /// The place.
    pub target: String,
    /// The backup's name there.
    pub name: String,
}

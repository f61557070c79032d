//! What can be done where the database cannot be opened any more, and so nobody can sign in: whoever has the
//! data folder takes a backup that lies in it.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use vakhta_app::backups::retention::lies_ahead;
use vakhta_backup::layout;
use vakhta_backup::watch::Watch;
use vakhta_domain::ids::DeskId;

use super::{FOLDER, restore_alone};

/// A backup that lies in the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AtHand {
    /// Whose.
    pub desk: DeskId,
    /// Its name.
    pub name: String,
    /// When its snapshot was taken.
    pub taken: Timestamp,
    /// Bytes.
    pub size: u64,
}

/// The backups in a data folder, the newest first. Blocks.
#[must_use]
pub fn at_hand(data: &Path) -> Vec<AtHand> {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found = Vec::new();
    for folder in entries(&data.join(FOLDER)) {
        let Some(desk) = folder.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        for file in entries(&folder.path()) {
            let Ok(name) = file.file_name().into_string() else { continue };
            let size = file.metadata().map_or(0, |of| of.len());
            let taken = layout::taken_of(&name);
            found.extend(taken.map(|taken| AtHand { desk, name, taken, size }));
        }
    }
    let now = Timestamp::now();
    found.sort_by_key(|one| std::cmp::Reverse((!lies_ahead(one.taken, now), one.taken)));
    found
}

/// Whether the database is not what it was, so that a backup has to take its place: why it could not be opened.
#[must_use]
pub fn is_damage(why: &anyhow::Error) -> bool {
    why.chain().any(vakhta_store::is_damage)
}

/// Puts one of them in the place of the database.
///
/// # Errors
/// When the folder is busy, or the backup cannot be had.
pub async fn rescue(data: &Path, desk: DeskId, name: String) -> anyhow::Result<()> {
    let no_kit = || anyhow::bail!("the secrets are not there: vakhtad backup restore, with the recovery kit");
    restore_alone(data, None, (Some(desk), Some(name)), no_kit, &Watch::default()).await.map(drop)
}

//! A backup on its way to a place and back.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use futures_util::{StreamExt, TryStreamExt};
use jiff::Timestamp;
use vakhta_app::backups::view::BackupStage;
use vakhta_domain::ids::DeskId;

use crate::BackupError;
use crate::archive::{self, Unpacked};
use crate::identity::Identity;
use crate::layout::{self, Layout};
use crate::target::Target;
use crate::watch::Watch;

/// Pictures under way at a time.
const PICTURES: usize = 8;
/// No picture of a device is larger; a seal adds less.
const PICTURE_LIMIT: u64 = 11 * 1024 * 1024;
/// Of the kit's file and of the register.
pub const SMALL: u64 = 16 * 1024 * 1024;

/// A place by what it is called here and how it is reached.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// As it is called in [`Watch`].
    pub id: &'a str,
    /// The way.
    pub target: &'a Target,
    /// Whose folder there.
    pub layout: Layout,
}

/// A backup that lies at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// When its snapshot was taken.
    pub taken: Timestamp,
    /// Bytes.
    pub size: u64,
}

/// What lies at a place, desk by desk, oldest first.
///
/// # Errors
/// When the place does not answer.
pub async fn desks(target: &Target, watch: &Watch) -> Result<BTreeMap<DeskId, Vec<Listed>>, BackupError> {
    let mut found: BTreeMap<DeskId, Vec<Listed>> = BTreeMap::new();
    for stored in target.list("", watch).await? {
        let Some((desk, name)) = layout::split(&stored.name) else { continue };
        if let Some(taken) = layout::taken_of(name) {
            let listed = Listed { name: name.to_owned(), taken, size: stored.size };
            found.entry(desk).or_default().push(listed);
        }
    }
    found.values_mut().for_each(|listed| listed.sort_by_key(|one| one.taken));
    Ok(found)
}

/// The backups of one desk at a place, oldest first.
///
/// # Errors
/// When the place does not answer.
pub async fn list(at: At<'_>, watch: &Watch) -> Result<Vec<Listed>, BackupError> {
    let mut found: Vec<Listed> = at
        .target
        .list(&at.layout.desk.to_string(), watch)
        .await?
        .into_iter()
        .filter_map(|stored| {
            let (_, name) = layout::split(&stored.name)?;
            Some(Listed { taken: layout::taken_of(name)?, name: name.to_owned(), size: stored.size })
        })
        .collect();
    found.sort_by_key(|one| one.taken);
    Ok(found)
}

/// Sends pictures that are not there yet from `folder`, where they rest as in the data folder, and removes
/// those that are to be nowhere any more. How many were sent, and how many are neither here nor there.
///
/// # Errors
/// When the place or the disk fails, or the task is stopped.
pub async fn send_pictures(
    at: At<'_>,
    folder: &Path,
    names: &[String],
    gone: &[String],
    watch: &Watch,
) -> Result<(u64, u64), BackupError> {
    watch.at(BackupStage::Pictures, Some(at.id), 0)?;
    let there = there(at, watch).await?;
    for name in gone.iter().filter(|name| there.contains_key(name.as_str())) {
        if let Some(path) = at.layout.picture(name) {
            at.target.remove(&path, watch).await?;
        }
    }
    let mut wanted: Vec<(&String, PathBuf)> = Vec::new();
    let (mut bytes, mut missing) = (0, 0);
    for name in names {
        let (path, known) = (picture_in(folder, name), there.get(name.as_str()));
        match tokio::fs::metadata(&path).await {
            // One of another length was cut off on its way, or changed there.
            Ok(of) if known != Some(&of.len()) => {
                bytes += of.len();
                wanted.push((name, path));
            }
            Ok(_) => {}
            Err(_) => missing += u64::from(known.is_none()),
        }
    }
    watch.at(BackupStage::Pictures, Some(at.id), bytes)?;
    let sent = wanted.len() as u64;
    futures_util::stream::iter(wanted.into_iter().map(Ok))
        .try_for_each_concurrent(PICTURES, |(name, path)| async move {
            let Some(to) = at.layout.picture(name) else { return Ok(()) };
            let content = tokio::fs::read(&path).await.map_err(BackupError::disk(&path))?;
            let size = content.len() as u64;
            at.target.put_bytes(&to, content, watch).await?;
            watch.advance(size)
        })
        .await?;
    Ok((sent, missing))
}

/// The pictures that lie at a place and have something in them, with their lengths.
async fn there(at: At<'_>, watch: &Watch) -> Result<HashMap<String, u64>, BackupError> {
    let listed = at.target.list(&at.layout.pictures(), watch).await?;
    let name = |stored: &crate::target::Stored| stored.name.rsplit('/').next().map(str::to_owned);
    let whole = listed.iter().filter(|stored| stored.size > 0);
    Ok(whole.filter_map(|stored| Some((name(stored)?, stored.size))).collect())
}

/// How many of these pictures are not at a place, or are of another length there than in `folder`.
///
/// # Errors
/// When the place does not answer.
pub async fn missing_pictures(
    at: At<'_>,
    folder: &Path,
    names: &[String],
    watch: &Watch,
) -> Result<u64, BackupError> {
    let there = there(at, watch).await?;
    let mut missing = 0;
    for name in names {
        let own = tokio::fs::metadata(picture_in(folder, name)).await.map(|of| of.len()).ok();
        let known = there.get(name.as_str()).copied();
        missing += u64::from(known.is_none() || own.is_some_and(|own| known != Some(own)));
    }
    Ok(missing)
}

/// Sends a packed backup.
///
/// # Errors
/// When the place or the disk fails, or the task is stopped.
pub async fn send(at: At<'_>, packed: &Path, name: &str, watch: &Watch) -> Result<(), BackupError> {
    let size = tokio::fs::metadata(packed).await.map_err(BackupError::disk(packed))?.len();
    watch.at(BackupStage::Send, Some(at.id), size)?;
    at.target.put(&at.layout.backup(name), packed, watch).await
}

/// Fetches a backup to `part`, where it stays no longer than this takes, and opens all of it. The database
/// is kept where `database` says.
///
/// # Errors
/// When it is not there, not whole, or of another site.
pub async fn read_back(
    at: At<'_>,
    name: &str,
    identity: &Identity,
    part: &Path,
    database: Option<&Path>,
    watch: &Watch,
) -> Result<Unpacked, BackupError> {
    let stage = if database.is_some() { BackupStage::Fetch } else { BackupStage::ReadBack };
    watch.at(stage, Some(at.id), 0)?;
    let opened = async {
        at.target.get(&at.layout.backup(name), part, watch).await?;
        let size = tokio::fs::metadata(part).await.map_err(BackupError::disk(part))?.len();
        watch.at(BackupStage::Check, Some(at.id), size)?;
        let (from, identity, watch) = (part.to_owned(), identity.clone(), watch.clone());
        let database = database.map(Path::to_owned);
        let opened = tokio::task::spawn_blocking(move || {
            archive::unpack(&from, &identity, database.as_deref(), &watch)
        });
        opened.await.map_err(|why| BackupError::Target(why.to_string()))?
    };
    let opened = opened.await;
    let _ = tokio::fs::remove_file(part).await;
    opened
}

/// Fetches pictures that are not in `folder` yet; how many are not at the place either.
///
/// # Errors
/// When the place or the disk fails, or the task is stopped.
pub async fn fetch_pictures(
    at: At<'_>,
    folder: &Path,
    names: &[String],
    watch: &Watch,
) -> Result<u64, BackupError> {
    watch.at(BackupStage::Pictures, Some(at.id), names.len() as u64)?;
    let missing = futures_util::stream::iter(names.to_vec())
        .map(|name| async move {
            let path = picture_in(folder, &name);
            let fetched = fetch_picture(at, &name, &path, watch).await?;
            watch.advance(1)?;
            Ok::<bool, BackupError>(fetched)
        })
        .buffer_unordered(PICTURES)
        .try_fold(0, |missing, there| async move { Ok(missing + u64::from(!there)) });
    missing.await
}

async fn fetch_picture(at: At<'_>, name: &str, to: &Path, watch: &Watch) -> Result<bool, BackupError> {
    if tokio::fs::metadata(to).await.is_ok_and(|of| of.len() > 0) {
        return Ok(true);
    }
    let Some(from) = at.layout.picture(name) else { return Ok(false) };
    let Some(bytes) = at.target.get_bytes(&from, PICTURE_LIMIT, watch).await? else { return Ok(false) };
    let to = to.to_owned();
    let written = tokio::task::spawn_blocking(move || {
        let folder = to.parent().unwrap_or(&to);
        let part = to.with_extension("part");
        let write = || {
            std::fs::create_dir_all(folder)?;
            let mut file = archive::create(&part)?;
            std::io::Write::write_all(&mut file, &bytes)?;
            file.sync_all()?;
            std::fs::rename(&part, &to)
        };
        write().map_err(BackupError::disk(&to))
    });
    written.await.map_err(|why| BackupError::Target(why.to_string()))??;
    Ok(true)
}

/// As pictures lie in the data folder: no folder holds more than a 256th of them.
fn picture_in(folder: &Path, name: &str) -> PathBuf {
    folder.join(name.get(..2).unwrap_or("00")).join(name)
}

//! The secrets brought back from the kit's file by the code.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tracing::{info, warn};
use vakhta_app::secret::{SecretError, SecretText, Secrets};

use super::sealed::{Entries, KIT_FILE};
use crate::options::{OpenOptions, Place};
use crate::ring::{Ring, SITE_KEY};
use crate::sealed::{SEALED_FILE, SealedFile};
use crate::{file, folder, open};

/// A sealed file that is not complete yet.
const PART: &str = "secrets.sealed.recovered";
/// What rested under the site key's name and was no key.
const LOST_KEY: &str = "site-key.lost";

/// Brings the secrets of a data folder back, which must be held by this process, with nothing but
/// the folder and the code.
///
/// Where the folder's place for secrets still opens, only what it lacks is put there. Else a new
/// place is made as for a new folder (the keyring, else a sealed file), filled and read back; only
/// then it takes the old one's place, and `secrets.sealed` or `secrets.place` of the old one is kept
/// beside it as `NAME.lost-TIME`. Once more changes nothing; interrupted, it begins anew.
///
/// # Errors
/// When the code is mistyped or of another kit, the file is missing or damaged, or the folder's
/// secrets hold another site key: then nothing was changed. When the new place cannot be written:
/// then the old one is as it was.
pub fn recover(data: &Path, code: &SecretText, options: &OpenOptions) -> Result<(), SecretError> {
    recover_with(data, code, options, open::system(options))
}

pub(super) fn recover_with(
    data: &Path,
    code: &SecretText,
    options: &OpenOptions,
    keyring: impl Fn(&str) -> Result<Arc<dyn Secrets>, SecretError>,
) -> Result<(), SecretError> {
    let entries = super::opened(data, code)?;
    let text = entries.get(SITE_KEY);
    let ring =
        Ring::read(text.ok_or_else(|| crate::not_opened(format_args!("{KIT_FILE} has no site key")))?)?;
    if open::has_begun(data) {
        match open::choose(data, options, &keyring) {
            Ok(present) => return fill(present.as_ref(), &ring, &entries),
            Err(error) => warn!(%error, "the place of secrets is lost: a new one is made"),
        }
    }
    new_place(data, options, keyring, &ring, &entries)
}

fn new_place(
    data: &Path,
    options: &OpenOptions,
    keyring: impl Fn(&str) -> Result<Arc<dyn Secrets>, SecretError>,
    ring: &Ring,
    entries: &Entries,
) -> Result<(), SecretError> {
    let now = Timestamp::now();
    if options.place != Some(Place::Sealed) {
        let id = folder::new_id()?;
        match keyring(&id).and_then(|secrets| fill(secrets.as_ref(), ring, entries)) {
            Ok(()) => return move_to_keyring(data, &id, now),
            Err(error) if options.place == Some(Place::Keyring) => return Err(error),
            Err(error) => warn!(%error, "no keyring: secrets go to a sealed file"),
        }
    }
    // What an earlier try has left opens nothing that is not elsewhere.
    let part = data.join(PART);
    if part.symlink_metadata().is_ok() {
        std::fs::remove_file(&part).map_err(cannot(&part))?;
    }
    fill(&SealedFile::create_named(PART, data, options)?, ring, entries)?;
    if !holds(&SealedFile::open_named(PART, data, options)?, entries)? {
        return Err(crate::unavailable("the new sealed file does not hold what was written"));
    }
    move_to_file(data, &part, now)
}

/// Puts what is not there, and sees that it is. What is there is newer than the kit, and stays.
fn fill(secrets: &dyn Secrets, ring: &Ring, entries: &Entries) -> Result<(), SecretError> {
    let present = secrets.get(SITE_KEY)?;
    match present.as_ref().map(Ring::read) {
        Some(Ok(present)) if present.holds(ring) => {}
        Some(Ok(present)) if !ring.holds(&present) => {
            return Err(crate::unavailable(
                "this folder's secrets hold another site key than the kit; nothing was changed",
            ));
        }
        other => {
            // It may be of a version that is newer than this one.
            if let (Some(Err(_)), Some(text)) = (other, &present) {
                secrets.put(LOST_KEY, text)?;
            }
            ring.keep(secrets)?;
            info!("the site key is back");
        }
    }
    let mut back = 0;
    for (name, text) in entries.iter().filter(|(name, _)| *name != SITE_KEY) {
        if secrets.get(name)?.is_none() {
            secrets.put(name, text)?;
            if secrets.get(name)?.as_ref() != Some(text) {
                return Err(crate::unavailable(format_args!("the secret {name:?} was not kept")));
            }
            back += 1;
        }
    }
    info!(secrets = back, place = secrets.place(), "secrets were brought back");
    Ok(())
}

fn holds(secrets: &dyn Secrets, entries: &Entries) -> Result<bool, SecretError> {
    for (name, text) in entries {
        if secrets.get(name)?.as_ref() != Some(text) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A sealed file goes before the marker: the folder is with its old place until the last step.
fn move_to_keyring(data: &Path, id: &str, now: Timestamp) -> Result<(), SecretError> {
    copy_aside(&folder::path(data), now)?;
    folder::remember_keyring(data, id)?;
    let sealed = data.join(SEALED_FILE);
    if sealed.symlink_metadata().is_ok() {
        file::rename(&sealed, &file::aside(&sealed, now)).map_err(cannot(&sealed))?;
    }
    Ok(())
}

/// The new file goes before the old marker as soon as it has its name.
fn move_to_file(data: &Path, part: &Path, now: Timestamp) -> Result<(), SecretError> {
    let sealed = data.join(SEALED_FILE);
    copy_aside(&sealed, now)?;
    file::rename(part, &sealed).map_err(cannot(&sealed))?;
    let marker = folder::path(data);
    if marker.symlink_metadata().is_ok() {
        file::rename(&marker, &file::aside(&marker, now)).map_err(cannot(&marker))?;
    }
    Ok(())
}

/// The file stays where it is, so that its name is never without one; what cannot be copied (a
/// folder, a broken link) is moved.
fn copy_aside(path: &Path, now: Timestamp) -> Result<(), SecretError> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let aside = file::aside(path, now);
    match std::fs::read(path) {
        Ok(bytes) => file::create(&aside, &bytes),
        Err(_) => file::rename(path, &aside),
    }
    .map_err(cannot(path))
}

fn cannot(path: &Path) -> impl Fn(std::io::Error) -> SecretError {
    move |error| crate::unavailable(format_args!("{} cannot be kept aside: {error}", path.display()))
}

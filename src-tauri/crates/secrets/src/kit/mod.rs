//! The recovery kit: a code on paper that brings the secrets back when their place is lost.
//!
//! ```text
//! let kit = kit::make(data, secrets)?;            // the first one: print kit.code and kit.id
//! kit::keep(data, secrets, &names)?;              // at once, and after every change of a secret
//!
//! let kit = kit::draw(secrets)?;                  // another one: print it
//! if kit.is_confirmed_by(typed) {                 // the last group, typed from the paper
//!     kit.take_effect(data, secrets, &names)?;    // from now on recovery.sealed is of this paper
//! }
//!
//! kit::recover(data, &code, &options)?;           // before anything else is opened
//! ```
//!
//! A kit that was drawn is nothing before it takes effect, and the paper before it is good until
//! then: so nobody loses the old one to a printer that was out of paper.
//!
//! A kit's code opens what the file held at any time. When a key had to be changed because
//! somebody may know it, a new kit is to be made too: with the old site key and an old copy of the
//! file the kit's key is found, and it opens the newer file.

mod code;
mod recover;
mod sealed;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tracing::info;
use vakhta_app::secret::{SecretError, SecretText, Secrets};

pub use code::{Mistyped, last_group, read};
pub use recover::recover;
pub use sealed::KIT_FILE;

use crate::ring::{Ring, SITE_KEY};
use crate::{cipher, crockford};
use sealed::{Content, Entries, Header};

/// The file is replaced by one at a time.
static WRITING: Mutex<()> = Mutex::new(());

/// A kit that was just made.
#[derive(Clone, Debug)]
pub struct Kit {
    /// Eight groups of five signs, 160 bits, with a check in each group.
    pub code: SecretText,
    /// Tells kits apart, on the paper and in the file: `7QK2-M0XD`. No secret.
    pub id: String,
    made: Timestamp,
}

/// The kit that a folder is kept with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KitStatus {
    /// As its paper says.
    pub id: String,
    /// When.
    pub made: Timestamp,
}

/// Draws a kit for the site whose secrets these are. Nothing is written before
/// [`Kit::take_effect`].
///
/// # Errors
/// When there is no site key to save, or no randomness.
pub fn draw(secrets: &dyn Secrets) -> Result<Kit, SecretError> {
    site_ring(secrets)?;
    let id = crockford::grouped(&crockford::split(cipher::random::<5>()?.as_slice()), 4);
    Ok(Kit { code: code::new()?, id, made: Timestamp::now() })
}

/// Draws a kit that takes effect at once, which is right for a folder's first one. It holds the
/// site's keys and what the kit before it held, if there was one; [`keep`] adds the rest.
///
/// # Errors
/// As [`draw`] and [`Kit::take_effect`].
pub fn make(data: &Path, secrets: &dyn Secrets) -> Result<Kit, SecretError> {
    let kit = draw(secrets)?;
    let names: Vec<String> = held(data, &site_ring(secrets)?).into_keys().collect();
    kit.take_effect(data, secrets, &names)?;
    Ok(kit)
}

impl Kit {
    /// When it was drawn.
    #[must_use]
    pub fn made(&self) -> Timestamp {
        self.made
    }

    /// Whether somebody has the paper: the last group as they typed it.
    #[must_use]
    pub fn is_confirmed_by(&self, typed: &str) -> bool {
        code::ends_with(&self.code, typed)
    }

    /// Makes it the folder's kit: writes `recovery.sealed` with the site's keys and the secrets of
    /// these names as [`keep`] does, and opens what was written by the code. The kit before it opens
    /// nothing from then on.
    ///
    /// # Errors
    /// When secrets cannot be read or the file cannot be written; the kit before it stays then. When
    /// the disk gives back something else than was written.
    pub fn take_effect(
        &self,
        data: &Path,
        secrets: &dyn Secrets,
        names: &[String],
    ) -> Result<(), SecretError> {
        let _one = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
        let ring = site_ring(secrets)?;
        let entries = gather(secrets, names, &ring, &held(data, &ring))?;
        let header = Header::new(&self.id, self.made);
        let key = header.key(&self.code)?;
        Content::new(header, &key, &ring, &entries)?.write(data)?;
        if opened(data, &self.code)? != entries {
            return Err(crate::unavailable(format_args!("{KIT_FILE} does not hold what was written")));
        }
        info!(id = self.id, "a recovery kit took effect");
        Ok(())
    }
}

/// Brings the folder's kit up to date: the site's keys and the secrets of these names, all of them,
/// as they are now. What is not named is in it no more; what is named and not there stays as the
/// file has it, for its place may have lost it. The paper stays good. `false` where no kit has taken
/// effect. Writes nothing when nothing has changed.
///
/// # Errors
/// When secrets cannot be read, the file cannot be written, is damaged or not of this site; its old
/// content stays then.
pub fn keep(data: &Path, secrets: &dyn Secrets, names: &[String]) -> Result<bool, SecretError> {
    let _one = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(before) = sealed::read(data)? else { return Ok(false) };
    let ring = site_ring(secrets)?;
    let key = before.key_by_site(&ring)?;
    // Secrets that cannot be read there any more are written anew.
    let old = before.open(&key).unwrap_or_default();
    let entries = gather(secrets, names, &ring, &old)?;
    if old != entries || before.held_under() != ring.newest() {
        Content::new(before.header, &key, &ring, &entries)?.write(data)?;
    }
    Ok(true)
}

/// The kit that the folder is kept with; `None` where none has taken effect.
///
/// # Errors
/// When the file is there, but cannot be read or is damaged: then a new kit is to be made.
pub fn status(data: &Path) -> Result<Option<KitStatus>, SecretError> {
    Ok(sealed::read(data)?.map(|content| KitStatus { id: content.header.id, made: content.header.made }))
}

fn opened(data: &Path, code: &SecretText) -> Result<Entries, SecretError> {
    let content = sealed::read(data)?.ok_or_else(|| {
        crate::unavailable(format_args!(
            "there is no {KIT_FILE} in {}; put it there from a backup",
            data.display()
        ))
    })?;
    content.open(&content.key_by_code(code)?)
}

fn site_ring(secrets: &dyn Secrets) -> Result<Ring, SecretError> {
    Ring::load(secrets)?.ok_or_else(|| crate::unavailable("there is no site key that a kit could save"))
}

/// What the folder's kit holds, as far as the site's key opens it.
fn held(data: &Path, ring: &Ring) -> Entries {
    let content = sealed::read(data).ok().flatten();
    content.and_then(|content| content.open(&content.key_by_site(ring).ok()?).ok()).unwrap_or_default()
}

/// The site's keys, and the secrets of these names: as they rest, else as the old kit has them.
fn gather(
    secrets: &dyn Secrets,
    names: &[String],
    ring: &Ring,
    old: &Entries,
) -> Result<Entries, SecretError> {
    let mut entries = Entries::from([(SITE_KEY.to_owned(), ring.text())]);
    for name in names.iter().filter(|name| *name != SITE_KEY) {
        if let Some(text) = secrets.get(name)?.or_else(|| old.get(name).cloned()) {
            entries.insert(name.clone(), text);
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests;

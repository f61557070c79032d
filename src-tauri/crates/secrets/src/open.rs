//! The choice of a place, made once for a data folder.

use std::path::Path;
use std::sync::Arc;

use tracing::{info, warn};
use vakhta_app::secret::{SecretError, Secrets};

use crate::folder;
use crate::keyring::Keyring;
use crate::options::{OpenOptions, Place};
use crate::sealed::{SEALED_FILE, SealedFile};

/// Opens the secrets of a data folder, which must exist and be held by this process.
///
/// A folder stays with the place it began with; a new one takes the keyring where that keeps a
/// value it is given, else the sealed file.
///
/// # Errors
/// When the place does not answer or does not open, when another place is demanded than the
/// folder began with, or when nothing is there to open a sealed file with. The words say what
/// to do.
pub fn open(data: &Path, options: &OpenOptions) -> Result<Arc<dyn Secrets>, SecretError> {
    open_with(data, options, system(options))
}

/// The keyring of the system, by the id of a folder.
pub(crate) fn system(options: &OpenOptions) -> impl Fn(&str) -> Result<Arc<dyn Secrets>, SecretError> {
    let patience = options.patience;
    move |id| Keyring::start(id, patience).map(|keyring| Arc::new(keyring) as Arc<dyn Secrets>)
}

fn open_with(
    data: &Path,
    options: &OpenOptions,
    keyring: impl Fn(&str) -> Result<Arc<dyn Secrets>, SecretError>,
) -> Result<Arc<dyn Secrets>, SecretError> {
    let secrets = choose(data, options, keyring)?;
    info!(place = secrets.place(), "secrets opened");
    Ok(secrets)
}

/// Whether the folder has a place for secrets, though it may not answer.
#[must_use]
pub fn has_begun(data: &Path) -> bool {
    [data.join(SEALED_FILE), folder::path(data)].iter().any(|path| path.symlink_metadata().is_ok())
}

/// The place that the folder has, else a new one.
pub(crate) fn choose(
    data: &Path,
    options: &OpenOptions,
    keyring: impl Fn(&str) -> Result<Arc<dyn Secrets>, SecretError>,
) -> Result<Arc<dyn Secrets>, SecretError> {
    let sealed = data.join(SEALED_FILE);
    let marked = folder::keyring_id(data)?;
    // A broken link or a folder of that name is something to be told of, not a free place.
    let has_file = sealed.symlink_metadata().is_ok();

    if has_file {
        if options.place == Some(Place::Keyring) {
            return Err(contradiction("keyring", "the sealed file", &sealed));
        }
        if marked.is_some() {
            warn!("both secrets.sealed and secrets.place are there; the sealed file is used");
        }
        return Ok(Arc::new(SealedFile::open(data, options)?));
    }
    if let Some(id) = marked {
        if options.place == Some(Place::Sealed) {
            return Err(contradiction("sealed", "the keyring", &data.join("secrets.place")));
        }
        return keyring(&id).map_err(|error| {
            crate::unavailable(format_args!(
                "the secrets of this folder rest in the system's keyring, and {}. Unlock the keyring or \
                 start Vakhta as the user who set it up",
                reason(&error)
            ))
        });
    }
    if options.place != Some(Place::Sealed) {
        let id = folder::new_id()?;
        match keyring(&id) {
            Ok(secrets) => {
                folder::remember_keyring(data, &id)?;
                return Ok(secrets);
            }
            Err(error) if options.place == Some(Place::Keyring) => return Err(error),
            Err(error) => warn!(%error, "no keyring: secrets go to a sealed file"),
        }
    }
    Ok(Arc::new(SealedFile::create(data, options)?))
}

fn contradiction(demanded: &str, began: &str, evidence: &Path) -> SecretError {
    crate::unavailable(format_args!(
        "VAKHTA_SECRETS demands {demanded}, but this folder keeps its secrets in {began} ({}); unset it, or \
         begin with a new folder",
        evidence.display()
    ))
}

fn reason(error: &SecretError) -> &str {
    match error {
        SecretError::Unavailable(text) | SecretError::Sealed(text) => text,
    }
}

#[cfg(test)]
mod tests {

    use vakhta_app::secret::SecretText;

    use super::*;

    /// A stand-in for a keyring that is there: a sealed file elsewhere.
    fn present(folder: &Path) -> impl Fn(&str) -> Result<Arc<dyn Secrets>, SecretError> {
        let folder = folder.to_path_buf();
        move |_| {
            let options =
                OpenOptions { passphrase: Some(SecretText::new("k".into())), ..OpenOptions::default() };
            let file = if folder.join(SEALED_FILE).exists() {
                SealedFile::open(&folder, &options)?
            } else {
                SealedFile::create(&folder, &options)?
            };
            Ok(Arc::new(file) as Arc<dyn Secrets>)
        }
    }

    fn absent(_: &str) -> Result<Arc<dyn Secrets>, SecretError> {
        Err(crate::unavailable("there is no session bus"))
    }

    struct Folders {
        data: tempfile::TempDir,
        keys: tempfile::TempDir,
        ring: tempfile::TempDir,
    }

    impl Folders {
        fn new() -> Self {
            let new = || tempfile::tempdir().unwrap();
            Self { data: new(), keys: new(), ring: new() }
        }

        fn options(&self) -> OpenOptions {
            OpenOptions { key_folder: Some(self.keys.path().into()), ..OpenOptions::default() }
        }
    }

    fn secret(text: &str) -> SecretText {
        SecretText::new(text.into())
    }

    #[test]
    fn without_a_keyring_secrets_go_to_a_sealed_file_and_stay_there() {
        let t = Folders::new();
        let first = open_with(t.data.path(), &t.options(), absent).unwrap();
        first.put("device/1", &secret("pa55word")).unwrap();
        drop(first);
        let again = open_with(t.data.path(), &t.options(), present(t.ring.path())).unwrap();
        assert_eq!(again.get("device/1").unwrap(), Some(secret("pa55word")));
        assert!(again.place().contains("key file"), "{}", again.place());
    }

    #[test]
    fn a_keyring_that_is_away_later_is_an_error_and_no_empty_file() {
        let t = Folders::new();
        let first = open_with(t.data.path(), &t.options(), present(t.ring.path())).unwrap();
        first.put("device/1", &secret("pa55word")).unwrap();
        drop(first);
        let error = open_with(t.data.path(), &t.options(), absent).err().unwrap().to_string();
        assert!(error.contains("no session bus") && error.contains("Unlock the keyring"), "{error}");
        assert!(!t.data.path().join(SEALED_FILE).exists());
        let again = open_with(t.data.path(), &t.options(), present(t.ring.path())).unwrap();
        assert_eq!(again.get("device/1").unwrap(), Some(secret("pa55word")));
    }

    #[test]
    fn a_demand_decides_for_a_new_folder_and_contradicts_an_old_one() {
        let t = Folders::new();
        let demand = |place| OpenOptions { place: Some(place), ..t.options() };
        assert!(open_with(t.data.path(), &demand(Place::Keyring), absent).is_err());
        assert_eq!(std::fs::read_dir(t.data.path()).unwrap().count(), 0);
        open_with(t.data.path(), &demand(Place::Sealed), present(t.ring.path())).unwrap();
        assert!(t.data.path().join(SEALED_FILE).exists());
        let error = open_with(t.data.path(), &demand(Place::Keyring), present(t.ring.path())).err().unwrap();
        assert!(error.to_string().contains("demands keyring"), "{error}");

        let other = Folders::new();
        open_with(other.data.path(), &other.options(), present(other.ring.path())).unwrap();
        let error = open_with(other.data.path(), &demand(Place::Sealed), absent).err().unwrap();
        assert!(error.to_string().contains("demands sealed"), "{error}");
    }

    #[test]
    fn a_marker_that_was_damaged_is_not_taken_for_a_new_folder() {
        let t = Folders::new();
        std::fs::write(t.data.path().join("secrets.place"), "{").unwrap();
        assert!(open_with(t.data.path(), &t.options(), present(t.ring.path())).is_err());
    }

    #[test]
    fn nothing_to_open_a_file_with_is_a_clear_error() {
        let t = Folders::new();
        let nothing = OpenOptions { key_folder: None, ..OpenOptions::default() };
        let error = open_with(t.data.path(), &nothing, absent).err().unwrap().to_string();
        assert!(error.contains("VAKHTA_PASSPHRASE") && error.contains("VAKHTA_KEY_DIR"), "{error}");
        assert_eq!(std::fs::read_dir(t.data.path()).unwrap().count(), 0);
        let inside = OpenOptions { key_folder: Some(t.data.path().join("keys")), ..OpenOptions::default() };
        let error = open_with(t.data.path(), &inside, absent).err().unwrap().to_string();
        assert!(error.contains("outside"), "{error}");
    }
}

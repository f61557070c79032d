//! What the surroundings say about where secrets are to rest.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use vakhta_app::secret::{SecretError, SecretText};

/// A kind of place for secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The operating system's own.
    Keyring,
    /// `secrets.sealed` in the data folder.
    Sealed,
}

/// What [`crate::open`] goes by. The environment is read here and nowhere else.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// Demanded for this folder (`VAKHTA_SECRETS=keyring|sealed`); otherwise the keyring where
    /// there is one.
    pub place: Option<Place>,
    /// Opens the sealed file (`VAKHTA_PASSPHRASE`).
    pub passphrase: Option<SecretText>,
    /// Where systemd lays credentials down (`CREDENTIALS_DIRECTORY`).
    pub credentials: Option<PathBuf>,
    /// Where key files rest, outside the data folder (`VAKHTA_KEY_DIR`, else the user's own
    /// configuration folder). `None` where the user has no home.
    pub key_folder: Option<PathBuf>,
    /// How long a call to the keyring may take; 3 s. A locked one asks the person at the desk,
    /// who may need longer than that.
    pub patience: Duration,
}

impl Default for OpenOptions {
    /// Nothing is known of the surroundings.
    fn default() -> Self {
        Self {
            place: None,
            passphrase: None,
            credentials: None,
            key_folder: None,
            patience: Duration::from_secs(3),
        }
    }
}

impl OpenOptions {
    /// From the process's environment.
    ///
    /// # Errors
    /// When `VAKHTA_SECRETS` or `VAKHTA_PASSPHRASE` is set to something that cannot be meant.
    pub fn from_env() -> Result<Self, SecretError> {
        let text = |name: &str| match env::var(name) {
            Ok(text) if text.is_empty() => Err(crate::unavailable(format_args!("{name} is set, but empty"))),
            Ok(text) => Ok(Some(text)),
            Err(env::VarError::NotPresent) => Ok(None),
            Err(env::VarError::NotUnicode(_)) => {
                Err(crate::unavailable(format_args!("{name} is not valid text")))
            }
        };
        let folder = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Ok(Self {
            place: text("VAKHTA_SECRETS")?.map(|word| parse_place(&word)).transpose()?,
            passphrase: text("VAKHTA_PASSPHRASE")?.map(SecretText::new),
            credentials: folder("CREDENTIALS_DIRECTORY"),
            key_folder: folder("VAKHTA_KEY_DIR").or_else(|| own_key_folder(&folder)),
            ..Self::default()
        })
    }
}

fn parse_place(word: &str) -> Result<Place, SecretError> {
    match word {
        "keyring" => Ok(Place::Keyring),
        "sealed" => Ok(Place::Sealed),
        other => {
            Err(crate::unavailable(format_args!("VAKHTA_SECRETS is {other:?}; it may be keyring or sealed")))
        }
    }
}

fn own_key_folder(folder: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    if cfg!(windows) {
        return folder("APPDATA").map(|base| base.join("Vakhta").join("keys"));
    }
    // XDG: a relative path there is to be ignored.
    folder("XDG_CONFIG_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| folder("HOME").map(|home| home.join(".config")))
        .map(|base| base.join("vakhta").join("keys"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_places_are_known() {
        assert_eq!(parse_place("keyring").unwrap(), Place::Keyring);
        assert_eq!(parse_place("sealed").unwrap(), Place::Sealed);
        assert!(parse_place("plain").unwrap_err().to_string().contains("keyring or sealed"));
    }

    #[cfg(unix)]
    #[test]
    fn key_files_rest_in_the_users_configuration() {
        let home = |name: &str| (name == "HOME").then(|| PathBuf::from("/h"));
        assert_eq!(own_key_folder(&home), Some(PathBuf::from("/h/.config/vakhta/keys")));
        let both = |name: &str| Some(PathBuf::from(if name == "HOME" { "/h" } else { "/x" }));
        assert_eq!(own_key_folder(&both), Some(PathBuf::from("/x/vakhta/keys")));
        assert_eq!(own_key_folder(&|_| None), None);
    }
}

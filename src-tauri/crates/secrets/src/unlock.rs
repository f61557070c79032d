//! What opens a sealed file: a passphrase, a systemd credential, or a key file elsewhere.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use tracing::warn;
use vakhta_app::secret::{SecretError, SecretText};
use zeroize::Zeroizing;

use crate::file;
use crate::options::OpenOptions;

const CREDENTIAL: &str = "vakhta-passphrase";

/// Which kind of thing a file is opened by; part of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OpenedBy {
    /// From the environment or a systemd credential: one may take the other's place.
    Passphrase,
    /// 256 random bits in a file of the user's own.
    KeyFile,
}

/// What a file is opened with, and where that was found, in words.
pub(crate) struct Unlock {
    pub(crate) by: OpenedBy,
    pub(crate) secret: SecretText,
    pub(crate) found: String,
}

/// For a new file: the first of the three that is there; a key file is made.
pub(crate) fn for_new(data: &Path, id: &str, options: &OpenOptions) -> Result<Unlock, SecretError> {
    if let Some(unlock) = passphrase(options)? {
        return Ok(unlock);
    }
    let path = key_path(data, id, options)?;
    let key = crate::cipher::random::<32>()?;
    let text = Zeroizing::new(format!("{}\n", Zeroizing::new(BASE64.encode(key.as_slice())).as_str()));
    path.parent()
        .map_or(Ok(()), file::private_folder)
        .and_then(|()| file::create(&path, text.as_bytes()))
        .map_err(|error| crate::unavailable(format_args!("{} cannot be written: {error}", path.display())))?;
    warn_of_key_file(&path);
    Ok(key_file(&path, text.trim_end()))
}

/// For a file that is there: what its header names.
pub(crate) fn for_existing(
    data: &Path,
    id: &str,
    by: OpenedBy,
    options: &OpenOptions,
) -> Result<Unlock, SecretError> {
    match by {
        OpenedBy::Passphrase => passphrase(options)?.ok_or_else(|| {
            crate::not_opened(format_args!(
                "they are opened by a passphrase; give it in VAKHTA_PASSPHRASE or as the systemd credential \
                 {CREDENTIAL}"
            ))
        }),
        OpenedBy::KeyFile => {
            if options.passphrase.is_some() {
                warn!("a passphrase is given, but this folder's secrets are opened by a key file");
            }
            let path = key_path(data, id, options)?;
            let text = std::fs::read_to_string(&path).map(Zeroizing::new).map_err(|error| {
                crate::not_opened(format_args!(
                    "their key file {} cannot be read ({error}); put it back, or start Vakhta as the user who \
                     set it up",
                    path.display()
                ))
            })?;
            if file::tighten(&path).unwrap_or(false) {
                warn!(path = %path.display(), "others could read the key file; they no longer can");
            }
            warn_of_key_file(&path);
            Ok(key_file(&path, text.trim_end()))
        }
    }
}

fn warn_of_key_file(path: &Path) {
    warn!(
        path = %path.display(),
        "secrets are opened by a key file: whoever reads this user's files and the data folder reads them. A \
         passphrase or a keyring is safer"
    );
}

fn key_file(path: &Path, key: &str) -> Unlock {
    Unlock {
        by: OpenedBy::KeyFile,
        secret: SecretText::new(key.to_owned()),
        found: format!("the key file {}", path.display()),
    }
}

fn passphrase(options: &OpenOptions) -> Result<Option<Unlock>, SecretError> {
    if let Some(secret) = &options.passphrase {
        let found = "a passphrase (VAKHTA_PASSPHRASE)".to_owned();
        return Ok(Some(Unlock { by: OpenedBy::Passphrase, secret: secret.clone(), found }));
    }
    let Some(path) = options.credentials.as_ref().map(|folder| folder.join(CREDENTIAL)) else {
        return Ok(None);
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(crate::not_opened(format_args!(
                "the systemd credential {CREDENTIAL} cannot be read: {error}"
            )));
        }
    };
    // Whoever writes the credential with an editor ends it with a line break.
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(crate::not_opened(format_args!("the systemd credential {CREDENTIAL} is empty")));
    }
    Ok(Some(Unlock {
        by: OpenedBy::Passphrase,
        secret: SecretText::new(text.to_owned()),
        found: format!("a passphrase (systemd credential {CREDENTIAL})"),
    }))
}

fn key_path(data: &Path, id: &str, options: &OpenOptions) -> Result<PathBuf, SecretError> {
    let Some(folder) = &options.key_folder else {
        return Err(crate::unavailable(
            "there is no keyring, no passphrase, and no home folder for a key file; set VAKHTA_PASSPHRASE, give \
             the systemd credential vakhta-passphrase, or name a folder outside the data folder in \
             VAKHTA_KEY_DIR",
        ));
    };
    if resolved(folder).starts_with(resolved(data)) {
        return Err(crate::unavailable(format_args!(
            "key files must rest outside the data folder, so that a copy of it opens nothing; {} is inside",
            folder.display()
        )));
    }
    Ok(folder.join(format!("{id}.key")))
}

/// The path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut known = path.as_path();
    loop {
        if let Ok(real) = known.canonicalize() {
            return real.join(path.strip_prefix(known).unwrap_or(Path::new("")));
        }
        match known.parent() {
            Some(parent) => known = parent,
            None => return path,
        }
    }
}

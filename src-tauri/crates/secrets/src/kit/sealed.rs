//! `recovery.sealed`: everything that Vakhta has to keep secret here, sealed for the paper.
//!
//! JSON: `format` (1), the kit's `id` and when it was `made`; `check`, which opens for the right
//! code alone; `secrets`, a JSON object of names and texts, the site's keys among them; `held`,
//! the kit's key sealed under a key derived from the site's key of the number `under`, so that the
//! running program can bring `secrets` up to date without the paper. All is bound to format, id
//! and time.
//!
//! The kit's key is derived from the code by HKDF. A slow derivation would add nothing: nobody
//! guesses 160 random bits.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use hkdf::Hkdf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use vakhta_app::secret::{SecretError, SecretText};
use zeroize::Zeroizing;

use super::code;
use crate::cipher::{self, KEY, Key};
use crate::file;
use crate::ring::Ring;
use crate::sealed_box::{SealedBox, seal, unseal};

/// The file's name in the data folder.
pub const KIT_FILE: &str = "recovery.sealed";

const FORMAT: u32 = 1;
/// As much as the sealed file may hold, and what sealing adds.
const MAX_BYTES: u64 = 8 << 20;

/// Secrets by their names.
pub(crate) type Entries = BTreeMap<String, SecretText>;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Header {
    format: u32,
    pub(crate) id: String,
    pub(crate) made: Timestamp,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Content {
    #[serde(flatten)]
    pub(crate) header: Header,
    check: SealedBox,
    secrets: SealedBox,
    held: Held,
}

#[derive(Serialize, Deserialize)]
struct Held {
    under: u8,
    key: SealedBox,
}

impl Header {
    pub(crate) fn new(id: &str, made: Timestamp) -> Self {
        Self { format: FORMAT, id: id.to_owned(), made }
    }

    fn context(&self, kind: &str) -> Vec<u8> {
        format!("vakhta recovery {}\0{}\0{}\0{kind}", self.format, self.id, self.made).into_bytes()
    }

    /// What the code is for.
    pub(crate) fn key(&self, code: &SecretText) -> Result<Key, SecretError> {
        let code = code::bytes(code.reveal())?;
        let mut key = Zeroizing::new([0; KEY]);
        Hkdf::<Sha256>::new(Some(b"vakhta recovery kit 1"), code.as_slice())
            .expand(self.id.as_bytes(), key.as_mut_slice())
            .map_err(|_| crate::unavailable("a key could not be derived"))?;
        Ok(key)
    }
}

impl Content {
    pub(crate) fn new(
        header: Header,
        key: &Key,
        ring: &Ring,
        secrets: &Entries,
    ) -> Result<Self, SecretError> {
        let texts: BTreeMap<&str, &str> =
            secrets.iter().map(|(name, text)| (name.as_str(), text.reveal())).collect();
        let texts = serde_json::to_vec(&texts).map(Zeroizing::new).map_err(crate::unavailable)?;
        let cipher = cipher::under(key);
        let under = ring.newest();
        let site = cipher::under(&ring.derived(under, b"kit")?);
        Ok(Self {
            check: seal(&cipher, &header.context("check"), b"")?,
            secrets: seal(&cipher, &header.context("secrets"), &texts)?,
            held: Held { under, key: seal(&site, &header.context("held"), key.as_slice())? },
            header,
        })
    }

    /// The kit's key, by the paper.
    pub(crate) fn key_by_code(&self, code: &SecretText) -> Result<Key, SecretError> {
        let key = self.header.key(code)?;
        match unseal(&cipher::under(&key), &self.header.context("check"), &self.check) {
            Some(_) => Ok(key),
            None => Err(crate::not_opened(format_args!(
                "the code is not of the recovery kit {}, which this folder was kept with, or {KIT_FILE} was changed",
                self.header.id
            ))),
        }
    }

    /// The kit's key, by the site's.
    pub(crate) fn key_by_site(&self, ring: &Ring) -> Result<Key, SecretError> {
        let site = ring.derived(self.held.under, b"kit").ok();
        site.and_then(|site| unseal(&cipher::under(&site), &self.header.context("held"), &self.held.key))
            .and_then(|key| <[u8; KEY]>::try_from(key.as_slice()).ok())
            .map(Zeroizing::new)
            .ok_or_else(|| {
                crate::not_opened(format_args!(
                    "{KIT_FILE} is of another site key than the secrets hold: recover with its kit, or make a \
                     new one"
                ))
            })
    }

    /// The number of the site's key that holds the kit's.
    pub(crate) fn held_under(&self) -> u8 {
        self.held.under
    }

    pub(crate) fn open(&self, key: &Key) -> Result<Entries, SecretError> {
        let damaged = || crate::not_opened(format_args!("{KIT_FILE} is damaged; take it from a backup"));
        let texts = unseal(&cipher::under(key), &self.header.context("secrets"), &self.secrets);
        let texts: BTreeMap<String, String> =
            serde_json::from_slice(&texts.ok_or_else(damaged)?).map_err(|_| damaged())?;
        Ok(texts.into_iter().map(|(name, text)| (name, SecretText::new(text))).collect())
    }

    pub(crate) fn write(&self, data: &Path) -> Result<(), SecretError> {
        let text = serde_json::to_vec_pretty(self).map_err(crate::unavailable)?;
        file::replace(&data.join(KIT_FILE), &text)
            .map_err(|error| crate::unavailable(format_args!("{KIT_FILE} cannot be written: {error}")))
    }
}

/// `None` where there is no such file.
pub(crate) fn read(data: &Path) -> Result<Option<Content>, SecretError> {
    let path = data.join(KIT_FILE);
    let cannot =
        |error: io::Error| crate::unavailable(format_args!("{} cannot be read: {error}", path.display()));
    match std::fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot(error)),
        Ok(found) if found.len() > MAX_BYTES => {
            return Err(crate::not_opened(format_args!("{KIT_FILE} is far too long")));
        }
        Ok(_) => {}
    }
    let text = std::fs::read(&path).map_err(cannot)?;
    let damaged = || crate::not_opened(format_args!("{KIT_FILE} is damaged; take it from a backup"));
    let format: Format = serde_json::from_slice(&text).map_err(|_| damaged())?;
    if format.format != FORMAT {
        return Err(crate::not_opened(format_args!(
            "{KIT_FILE} has format {}, of which this version knows nothing",
            format.format
        )));
    }
    serde_json::from_slice(&text).map(Some).map_err(|_| damaged())
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

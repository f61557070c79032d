//! `secrets.sealed`: the fallback where there is no keyring.
//!
//! JSON: what it is opened by, the parameters of Argon2id, and the entries, each sealed with its
//! name as associated data. A check entry tells a wrong passphrase at opening, and holds the
//! list of names, so that an entry that was taken out is noticed too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::XChaCha20Poly1305;
use serde::{Deserialize, Serialize};
use tracing::warn;
use vakhta_app::secret::{SecretError, SecretText, Secrets};
use zeroize::Zeroizing;

use crate::cipher::{self, Key};
use crate::options::OpenOptions;
use crate::sealed_box::{SealedBox, seal, unseal};
use crate::unlock::{self, OpenedBy, Unlock};
use crate::{file, folder};

/// The file's name in the data folder.
pub const SEALED_FILE: &str = "secrets.sealed";

const FORMAT: u32 = 1;
/// A file with a hundred device passwords has 30 kB.
const MAX_BYTES: u64 = 4 << 20;

#[derive(Clone, Serialize, Deserialize)]
struct Header {
    format: u32,
    id: String,
    opened_by: OpenedBy,
    kdf: Kdf,
}

#[derive(Clone, Serialize, Deserialize)]
struct Kdf {
    name: String,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
}

#[derive(Clone, Serialize, Deserialize)]
struct Content {
    #[serde(flatten)]
    header: Header,
    check: SealedBox,
    entries: BTreeMap<String, SealedBox>,
}

/// The sealed file of one data folder, held open by this process alone.
pub struct SealedFile {
    path: PathBuf,
    found: String,
    by_key_file: bool,
    cipher: XChaCha20Poly1305,
    content: Mutex<Content>,
}

impl SealedFile {
    /// Begins a sealed file; what opens it is the first of passphrase, credential, key file.
    ///
    /// # Errors
    /// When none of these is there or the file cannot be written.
    pub fn create(data: &Path, options: &OpenOptions) -> Result<Self, SecretError> {
        Self::create_named(SEALED_FILE, data, options)
    }

    /// Begins one under another name, which takes its place when it is complete.
    pub(crate) fn create_named(name: &str, data: &Path, options: &OpenOptions) -> Result<Self, SecretError> {
        let id = folder::new_id()?;
        let unlock = unlock::for_new(data, &id, options)?;
        let kdf = Kdf {
            name: "argon2id".into(),
            memory_kib: 19 * 1024,
            passes: 2,
            lanes: 1,
            salt: BASE64.encode(cipher::random::<16>()?.as_slice()),
        };
        let header = Header { format: FORMAT, id, opened_by: unlock.by, kdf };
        let cipher = cipher::under(&derive(&header.kdf, &unlock.secret)?);
        let entries = BTreeMap::new();
        let content = Content { check: check(&cipher, &header, &entries)?, header, entries };
        let path = data.join(name);
        write(&path, &content)?;
        let by_key_file = unlock.by == OpenedBy::KeyFile;
        Ok(Self { path, found: unlock.found, by_key_file, cipher, content: Mutex::new(content) })
    }

    /// Opens the file that is there.
    ///
    /// # Errors
    /// When what its header names is not to be had, when it does not fit, or when the file was
    /// changed.
    pub fn open(data: &Path, options: &OpenOptions) -> Result<Self, SecretError> {
        Self::open_named(SEALED_FILE, data, options)
    }

    pub(crate) fn open_named(name: &str, data: &Path, options: &OpenOptions) -> Result<Self, SecretError> {
        let path = data.join(name);
        let content = read(&path)?;
        let header = &content.header;
        let unlock = unlock::for_existing(data, &header.id, header.opened_by, options)?;
        if file::tighten(&path).unwrap_or(false) {
            warn!(path = %path.display(), "others could read the sealed secrets; they no longer can");
        }
        let cipher = cipher::under(&derive(&header.kdf, &unlock.secret)?);
        verify(&cipher, &content, &unlock)?;
        let by_key_file = unlock.by == OpenedBy::KeyFile;
        Ok(Self { path, found: unlock.found, by_key_file, cipher, content: Mutex::new(content) })
    }

    /// Changes a copy, writes it, and only then goes on with it.
    fn change(
        &self,
        edit: impl FnOnce(&mut Content) -> Result<bool, SecretError>,
    ) -> Result<(), SecretError> {
        let mut current = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = current.clone();
        if edit(&mut next)? {
            next.check = check(&self.cipher, &next.header, &next.entries)?;
            write(&self.path, &next)?;
            *current = next;
        }
        Ok(())
    }
}

impl Secrets for SealedFile {
    fn get(&self, name: &str) -> Result<Option<SecretText>, SecretError> {
        let content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(entry) = content.entries.get(name) else { return Ok(None) };
        let plain = unseal(&self.cipher, &context(&content.header, "entry", name), entry)
            .ok_or_else(|| crate::not_opened(format_args!("the entry {name:?} was changed")))?;
        let text = std::str::from_utf8(&plain)
            .map_err(|_| crate::not_opened(format_args!("the entry {name:?} is not text")))?;
        Ok(Some(SecretText::new(text.to_owned())))
    }

    fn put(&self, name: &str, secret: &SecretText) -> Result<(), SecretError> {
        self.change(|content| {
            let context = context(&content.header, "entry", name);
            let entry = seal(&self.cipher, &context, secret.reveal().as_bytes())?;
            content.entries.insert(name.to_owned(), entry);
            Ok(true)
        })
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        self.change(|content| Ok(content.entries.remove(name).is_some()))
    }

    fn place(&self) -> String {
        format!("the sealed file {}, opened by {}", self.path.display(), self.found)
    }

    fn is_opened_by_key_file(&self) -> bool {
        self.by_key_file
    }
}

/// Binds what is sealed to this file and to what it is.
fn context(header: &Header, kind: &str, name: &str) -> Vec<u8> {
    format!("vakhta secrets {}\0{}\0{kind}\0{name}", header.format, header.id).into_bytes()
}

fn check(
    cipher: &XChaCha20Poly1305,
    header: &Header,
    entries: &BTreeMap<String, SealedBox>,
) -> Result<SealedBox, SecretError> {
    let names = serde_json::to_vec(&entries.keys().collect::<Vec<_>>()).map_err(crate::unavailable)?;
    seal(cipher, &context(header, "check", ""), &names)
}

fn verify(cipher: &XChaCha20Poly1305, content: &Content, unlock: &Unlock) -> Result<(), SecretError> {
    let names = unseal(cipher, &context(&content.header, "check", ""), &content.check).ok_or_else(|| {
        crate::not_opened(format_args!("{} does not fit, or the file was changed", unlock.found))
    })?;
    let names: Vec<String> = serde_json::from_slice(&names).map_err(crate::not_opened)?;
    if !names.iter().eq(content.entries.keys()) {
        return Err(crate::not_opened("entries were taken out of the file or put into it"));
    }
    for (name, entry) in &content.entries {
        if unseal(cipher, &context(&content.header, "entry", name), entry).is_none() {
            return Err(crate::not_opened(format_args!("the entry {name:?} was changed")));
        }
    }
    Ok(())
}

fn derive(kdf: &Kdf, secret: &SecretText) -> Result<Key, SecretError> {
    // The bounds keep a file from somewhere else from taking the machine's memory.
    let sensible = kdf.name == "argon2id"
        && (8..=1 << 20).contains(&kdf.memory_kib)
        && (1..=32).contains(&kdf.passes)
        && (1..=16).contains(&kdf.lanes);
    let wrong = || crate::not_opened("the file's parameters were changed");
    if !sensible {
        return Err(wrong());
    }
    let salt = BASE64.decode(&kdf.salt).map_err(|_| wrong())?;
    let params =
        Params::new(kdf.memory_kib, kdf.passes, kdf.lanes, Some(cipher::KEY)).map_err(|_| wrong())?;
    let mut key = Zeroizing::new([0; cipher::KEY]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(secret.reveal().as_bytes(), &salt, key.as_mut_slice())
        .map_err(|_| wrong())?;
    Ok(key)
}

fn read(path: &Path) -> Result<Content, SecretError> {
    let cannot = |error: std::io::Error| {
        crate::unavailable(format_args!("{} cannot be read: {error}", path.display()))
    };
    if std::fs::metadata(path).map_err(cannot)?.len() > MAX_BYTES {
        return Err(crate::not_opened(format_args!("{} is far too long", path.display())));
    }
    let text = std::fs::read(path).map_err(cannot)?;
    let format: Format = serde_json::from_slice(&text)
        .map_err(|_| crate::not_opened(format_args!("{} is damaged", path.display())))?;
    if format.format != FORMAT {
        return Err(crate::not_opened(format_args!(
            "{} has format {}, of which this version knows nothing",
            path.display(),
            format.format
        )));
    }
    let content: Content = serde_json::from_slice(&text)
        .map_err(|_| crate::not_opened(format_args!("{} is damaged", path.display())))?;
    if !folder::is_id(&content.header.id) {
        return Err(crate::not_opened(format_args!("{} is damaged", path.display())));
    }
    Ok(content)
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

fn write(path: &Path, content: &Content) -> Result<(), SecretError> {
    let text = serde_json::to_vec_pretty(content).map_err(crate::unavailable)?;
    file::replace(path, &text)
        .map_err(|error| crate::unavailable(format_args!("{} cannot be written: {error}", path.display())))
}

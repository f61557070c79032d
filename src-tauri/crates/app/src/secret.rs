//! The port to the keyring, and what must be sealed before it is written down.

use std::fmt;

use zeroize::Zeroizing;

/// A secret in memory: never printed, never serialised, wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The one way to the text; look for its callers to see where secrets go.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// Why a secret could not be had or kept. Never holds the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The keyring or the sealed file refused.
    #[error("the secret store does not answer: {0}")]
    Unavailable(String),
    /// A wrong passphrase, or a file that was changed.
    #[error("the sealed secrets cannot be opened: {0}")]
    Sealed(String),
}

/// Where secrets rest: the operating system's keyring, else a sealed file. All calls block.
pub trait Secrets: Send + Sync {
    /// `None` when there is no such secret.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, name: &str) -> Result<Option<SecretText>, SecretError>;
    /// Writes durably before it returns.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn put(&self, name: &str, secret: &SecretText) -> Result<(), SecretError>;
    /// Removing what is not there is no error.
    ///
    /// # Errors
    /// When the store cannot be written.
    fn remove(&self, name: &str) -> Result<(), SecretError>;
    /// In words, where secrets rest on this machine, for the operator's eyes.
    fn place(&self) -> String;
    /// Whether whoever takes the machine's files takes what opens them along.
    fn is_opened_by_key_file(&self) -> bool {
        false
    }
}

/// A person's key, wrapped by the site's key: what the database may hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WrappedKey(pub Vec<u8>);

/// Seals personal fields. Implemented over the site's key, which never leaves the implementation.
pub trait Sealer: Send + Sync {
    /// A fresh key for one person.
    ///
    /// # Errors
    /// When the system has no randomness.
    fn new_key(&self) -> Result<WrappedKey, SecretError>;
    /// Seals with a person's key, or the site's own where nobody is known. `context` is bound
    /// to the result: it opens only under the same one.
    ///
    /// # Errors
    /// When the wrapped key is not of this site.
    fn seal(&self, key: Option<&WrappedKey>, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, SecretError>;
    /// # Errors
    /// When the key, the context or the sealed bytes are not the ones that belong together.
    fn open(&self, key: Option<&WrappedKey>, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecretError>;
    /// A keyed hash of a content, 64 hex digits: the name that a picture rests under.
    fn content_name(&self, content: &[u8]) -> String;
    /// A keyed hash that finds a value again by exact match: the same for the same kind and value,
    /// telling nothing to who has not the site's key. The value is to be brought into one form
    /// first (a phone to its digits, a name folded). Site keys may change; this does not.
    fn index(&self, kind: &str, value: &str) -> [u8; 32];
    /// The same key under the newest of the site's keys; equal where it already is. What was sealed
    /// with it stays as it is.
    ///
    /// # Errors
    /// When the wrapped key is not of this site.
    fn rewrap(&self, key: &WrappedKey) -> Result<WrappedKey, SecretError>;
    /// What was sealed without a person's key, under the newest of the site's keys; equal where it
    /// already is.
    ///
    /// # Errors
    /// When the context and the sealed bytes are not the ones that belong together.
    fn reseal(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecretError>;
}

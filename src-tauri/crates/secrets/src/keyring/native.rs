//! Windows' Credential Manager and the Keychain of macOS: both answer plain blocking calls.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use vakhta_app::secret::SecretText;
use zeroize::Zeroizing;

use super::SERVICE;

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
#[cfg(windows)]
use windows_native_keyring_store::Store;

#[cfg(target_os = "macos")]
pub(super) const NAME: &str = "Keychain";
#[cfg(windows)]
pub(super) const NAME: &str = "Credential Manager";

pub(super) struct Vault {
    store: Arc<Store>,
}

impl Vault {
    /// Neither of the two takes a time limit; the waiting side has one.
    pub(super) fn new(_patience: Duration) -> Result<Self, String> {
        Ok(Self { store: Store::new().map_err(|error| refused(&error))? })
    }

    fn entry(&self, account: &str) -> Result<Entry, String> {
        // Credentials of the "Enterprise" kind, the library's default, roam to other machines.
        let modifiers = cfg!(windows).then(|| HashMap::from([("persistence", "Local")]));
        self.store.build(SERVICE, account, modifiers.as_ref()).map_err(|error| refused(&error))
    }

    pub(super) fn get(&mut self, account: &str) -> Result<Option<SecretText>, String> {
        let bytes = match self.entry(account)?.get_secret() {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(Error::NoEntry) => return Ok(None),
            Err(error) => return Err(refused(&error)),
        };
        let text = std::str::from_utf8(&bytes).map_err(|_| format!("the {NAME}: an entry is not text"))?;
        Ok(Some(SecretText::new(text.to_owned())))
    }

    /// Windows takes 2,560 bytes at most.
    pub(super) fn put(&mut self, account: &str, secret: &SecretText) -> Result<(), String> {
        self.entry(account)?.set_secret(secret.reveal().as_bytes()).map_err(|error| refused(&error))
    }

    pub(super) fn remove(&mut self, account: &str) -> Result<(), String> {
        match self.entry(account)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(refused(&error)),
        }
    }
}

/// An error may carry the bytes that did not decode: only its kind is told for those.
fn refused(error: &Error) -> String {
    match error {
        Error::BadEncoding(_) | Error::BadDataFormat(..) => format!("the {NAME}: an entry cannot be read"),
        other => format!("the {NAME} refuses: {other}"),
    }
}

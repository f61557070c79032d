//! The Secret Service of freedesktop.org: GNOME Keyring, KWallet, KeePassXC.
//!
//! Each call makes a connection of its own: calls are few, and a keyring that was restarted
//! needs no thought then.

use std::collections::HashMap;
use std::time::Duration;

use secret_service::{Collection, EncryptionType, Error, SecretService};
use tokio::runtime::{Builder, Runtime};
use vakhta_app::secret::SecretText;
use zeroize::Zeroizing;

use super::{SERVICE, too_slow};

pub(super) const NAME: &str = "Secret Service";

const TEXT: &str = "text/plain; charset=utf-8";

pub(super) struct Vault {
    runtime: Runtime,
    patience: Duration,
}

impl Vault {
    pub(super) fn new(patience: Duration) -> Result<Self, String> {
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        Ok(Self { runtime, patience })
    }

    pub(super) fn get(&mut self, account: &str) -> Result<Option<SecretText>, String> {
        self.run(async |service| {
            let found = service.search_items(attributes(account)).await?;
            let item = match (found.unlocked.first(), found.locked.first()) {
                (Some(item), _) => item,
                (None, Some(item)) => {
                    item.unlock().await?;
                    item
                }
                (None, None) => return Ok(None),
            };
            let bytes = Zeroizing::new(item.get_secret().await?);
            let text = std::str::from_utf8(&bytes).map_err(|_| Error::Crypto("an entry is not text"))?;
            Ok(Some(SecretText::new(text.to_owned())))
        })
    }

    pub(super) fn put(&mut self, account: &str, secret: &SecretText) -> Result<(), String> {
        self.run(async |service| {
            let collection = default_collection(&service).await?;
            let label = format!("{SERVICE}: {account}");
            let bytes = secret.reveal().as_bytes();
            collection.create_item(&label, attributes(account), bytes, true, TEXT).await?;
            Ok(())
        })
    }

    pub(super) fn remove(&mut self, account: &str) -> Result<(), String> {
        self.run(async |service| {
            let found = service.search_items(attributes(account)).await?;
            for item in found.unlocked.iter().chain(&found.locked) {
                if item.is_locked().await? {
                    item.unlock().await?;
                }
                item.delete().await?;
            }
            Ok(())
        })
    }

    fn run<T>(
        &self,
        call: impl AsyncFnOnce(SecretService<'static>) -> Result<T, Error>,
    ) -> Result<T, String> {
        let bounded = async {
            tokio::time::timeout(self.patience, async {
                call(SecretService::connect(EncryptionType::Dh).await?).await
            })
            .await
        };
        match self.runtime.block_on(bounded) {
            Ok(result) => result.map_err(|error| refused(&error)),
            Err(_) => Err(too_slow(self.patience)),
        }
    }
}

/// What a secret lies in: never the collection that lives as long as the login only.
async fn default_collection<'a>(service: &'a SecretService<'_>) -> Result<Collection<'a>, Error> {
    let collection = service.get_default_collection().await?;
    if collection.collection_path.ends_with("/collection/session") {
        return Err(Error::NoResult);
    }
    if collection.is_locked().await? {
        collection.unlock().await?;
    }
    Ok(collection)
}

fn attributes(account: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("username", account)])
}

fn refused(error: &Error) -> String {
    match error {
        Error::Unavailable => format!("there is no {NAME} on the session bus"),
        Error::Locked | Error::Prompt | Error::PromptDisconnected => {
            format!("the {NAME} is locked, and nobody unlocked it")
        }
        Error::NoResult => format!("the {NAME} has no lasting keyring by default"),
        other => format!("the {NAME} refuses: {other}"),
    }
}

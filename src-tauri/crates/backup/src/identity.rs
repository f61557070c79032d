//! The key that opens backups. What seals them is its public half, so that it is needed for reading alone;
//! it rests among the secrets and in the recovery kit.

use age::secrecy::ExposeSecret;
use age::x25519;
use vakhta_app::secret::{SecretError, SecretText, Secrets};

use crate::BackupError;

/// The name that it rests under.
pub const BACKUP_IDENTITY: &str = "backup-identity";

/// Opens what was sealed for it.
#[derive(Clone)]
pub struct Identity(x25519::Identity);

impl Identity {
    /// The one that rests among the secrets, or a new one that rests there from now on. Blocks.
    ///
    /// # Errors
    /// When the secrets cannot be read or written, or what rests there is none.
    pub fn have(secrets: &dyn Secrets) -> Result<Self, SecretError> {
        if let Some(found) = Self::kept(secrets)? {
            return Ok(found);
        }
        let fresh = x25519::Identity::generate();
        let text = SecretText::new(fresh.to_string().expose_secret().to_owned());
        secrets.put(BACKUP_IDENTITY, &text)?;
        if secrets.get(BACKUP_IDENTITY)?.as_ref() != Some(&text) {
            return Err(SecretError::Unavailable("the key of backups was not kept".into()));
        }
        Ok(Self(fresh))
    }

    /// The one that rests among the secrets. Blocks.
    ///
    /// # Errors
    /// When the secrets cannot be read, or what rests there is none.
    pub fn kept(secrets: &dyn Secrets) -> Result<Option<Self>, SecretError> {
        let Some(text) = secrets.get(BACKUP_IDENTITY)? else { return Ok(None) };
        let read = text.reveal().parse().map(Self);
        read.map(Some)
            .map_err(|_| SecretError::Sealed("what rests under the name of the backups' key is none".into()))
    }

    pub(crate) fn recipient(&self) -> x25519::Recipient {
        self.0.to_public()
    }

    pub(crate) fn reading<R: std::io::Read>(&self, sealed: R) -> Result<impl std::io::Read, BackupError> {
        let decryptor = age::Decryptor::new(sealed).map_err(BackupError::broken)?;
        decryptor.decrypt(std::iter::once(&self.0 as &dyn age::Identity)).map_err(|why| match why {
            age::DecryptError::NoMatchingKeys => BackupError::Locked,
            why => BackupError::broken(why),
        })
    }
}

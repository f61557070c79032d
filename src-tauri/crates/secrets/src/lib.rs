//! Where secrets rest, and what seals personal fields.
//!
//! Secrets rest in the operating system's keyring, or in `secrets.sealed` in the data folder
//! where there is no keyring. [`open`] decides once for a folder, and a folder stays with what
//! it began with: a keyring that is away later is an error, never an empty new store, because
//! with the site's key everything that was sealed under it would be lost from sight.
//!
//! What is deliberately absent: a constant, a machine id, plain text. The sealed file is opened
//! by a passphrase, by a systemd credential, or by a key file outside the data folder.
//!
//! [`SiteSealer`] seals personal fields under the site's keys. [`kit`] brings all of it back when
//! the place is lost, by a code on paper. [`password`], [`factor`] and [`recovery_codes`] are what
//! people prove with who they are.
//!
//! All calls block, for the keyring up to [`OpenOptions::patience`]; none needs an async
//! runtime and all may be made from a thread inside one.

mod cipher;
mod crockford;
pub mod factor;
mod file;
mod folder;
mod keyring;
pub mod kit;
mod open;
mod options;
mod packed;
pub mod password;
pub mod recovery_codes;
mod ring;
mod sealed;
mod sealed_box;
mod sealer;
#[cfg(test)]
mod testing;
mod unlock;

pub use open::{has_begun, open};
pub use options::{OpenOptions, Place};
pub use ring::SITE_KEY;
pub use sealed::{SEALED_FILE, SealedFile};
pub use sealer::SiteSealer;

/// A fault in words that name no secret.
pub(crate) fn unavailable(what: impl std::fmt::Display) -> vakhta_app::secret::SecretError {
    vakhta_app::secret::SecretError::Unavailable(what.to_string())
}

/// The sealed file does not open, in words that name no secret.
pub(crate) fn not_opened(what: impl std::fmt::Display) -> vakhta_app::secret::SecretError {
    vakhta_app::secret::SecretError::Sealed(what.to_string())
}

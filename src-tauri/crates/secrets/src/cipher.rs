//! XChaCha20-Poly1305 with random nonces, as everything here uses it.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use vakhta_app::secret::SecretError;
use zeroize::Zeroizing;

/// Length of a key.
pub(crate) const KEY: usize = 32;
/// Length of a nonce: long enough to be drawn at random for ever.
pub(crate) const NONCE: usize = 24;
/// Length of an authentication tag.
pub(crate) const TAG: usize = 16;

/// Key bytes, wiped when dropped.
pub(crate) type Key = Zeroizing<[u8; KEY]>;

/// Fresh random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, SecretError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|error| crate::unavailable(format_args!("the system gives no randomness: {error}")))?;
    Ok(bytes)
}

/// A cipher under `key`; it wipes its own copy when dropped.
pub(crate) fn under(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new((&**key).into())
}

/// Ciphertext and tag.
pub(crate) fn seal(
    cipher: &XChaCha20Poly1305,
    nonce: &[u8; NONCE],
    context: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, SecretError> {
    cipher
        .encrypt(&XNonce::from(*nonce), Payload { msg: plain, aad: context })
        .map_err(|_| crate::not_opened("too long to be sealed"))
}

/// `None` when key, nonce, context and ciphertext do not belong together.
pub(crate) fn open(
    cipher: &XChaCha20Poly1305,
    nonce: &[u8; NONCE],
    context: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: context }).ok().map(Zeroizing::new)
}

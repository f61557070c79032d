//! How sealed values rest in the database: a number, a nonce, ciphertext and tag.
//!
//! The number is that of the site's key which it was sealed under (1 to 255), and 1 for what a
//! person's key seals. 0 is left for a format that may come.

use chacha20poly1305::XChaCha20Poly1305;
use vakhta_app::secret::SecretError;
use zeroize::Zeroizing;

use crate::cipher::{self, NONCE, TAG};

pub(crate) fn pack(
    number: u8,
    cipher: &XChaCha20Poly1305,
    context: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, SecretError> {
    let nonce = cipher::random::<NONCE>()?;
    let sealed = cipher::seal(cipher, &nonce, context, plain)?;
    let mut packed = Vec::with_capacity(1 + NONCE + sealed.len());
    packed.push(number);
    packed.extend_from_slice(nonce.as_slice());
    packed.extend_from_slice(&sealed);
    Ok(packed)
}

/// The number that a packed value begins with.
pub(crate) fn number(packed: &[u8]) -> Option<u8> {
    packed.first().copied()
}

/// `None` when it does not open; the number is for the caller to have looked at.
pub(crate) fn unpack(
    cipher: &XChaCha20Poly1305,
    context: &[u8],
    packed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (_, rest) = packed.split_first()?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
    if sealed.len() < TAG {
        return None;
    }
    cipher::open(cipher, nonce, context, sealed)
}

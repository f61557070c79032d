//! A sealed text within JSON: its nonce, and ciphertext with tag, in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::XChaCha20Poly1305;
use serde::{Deserialize, Serialize};
use vakhta_app::secret::SecretError;
use zeroize::Zeroizing;

use crate::cipher;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SealedBox {
    nonce: String,
    sealed: String,
}

pub(crate) fn seal(
    cipher: &XChaCha20Poly1305,
    context: &[u8],
    plain: &[u8],
) -> Result<SealedBox, SecretError> {
    let nonce = cipher::random()?;
    let sealed = cipher::seal(cipher, &nonce, context, plain)?;
    Ok(SealedBox { nonce: BASE64.encode(nonce.as_slice()), sealed: BASE64.encode(sealed) })
}

/// `None` when cipher, context and box do not belong together.
pub(crate) fn unseal(
    cipher: &XChaCha20Poly1305,
    context: &[u8],
    sealed: &SealedBox,
) -> Option<Zeroizing<Vec<u8>>> {
    let nonce = BASE64.decode(&sealed.nonce).ok()?.try_into().ok()?;
    cipher::open(cipher, &nonce, context, &BASE64.decode(&sealed.sealed).ok()?)
}

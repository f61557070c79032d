//! Sealing under the site's key.
//!
//! The site key is 32 random bytes that rest under [`SITE_KEY`]; nothing is ever sealed with it
//! directly. Three keys are derived from it: one wraps the keys of persons, one seals what
//! belongs to nobody known, one names pictures.
//!
//! A person's key is unwrapped anew for each call. That costs two microseconds (sealing a field
//! takes four in all, measured in a debug build), and so no key of a person who was erased
//! stays in memory.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::XChaCha20Poly1305;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tracing::info;
use vakhta_app::secret::{Sealer, SecretError, SecretText, Secrets, WrappedKey};
use zeroize::Zeroizing;

use crate::cipher::{self, KEY, Key, NONCE, TAG};

/// The name that the site key rests under.
pub const SITE_KEY: &str = "site-key";

const VERSION: u8 = 1;
const PERSON: &[u8] = b"vakhta person key";

/// Seals personal fields for one site.
pub struct SiteSealer {
    wrap: XChaCha20Poly1305,
    own: XChaCha20Poly1305,
    names: Hmac<Sha256>,
}

impl SiteSealer {
    /// Takes the site key from `secrets`; makes it when there is none, which is right for a
    /// folder that nothing was sealed in yet, and for no other (see [`SiteSealer::existing`]).
    ///
    /// # Errors
    /// When the secrets cannot be read or written, or hold something else under that name.
    pub fn open(secrets: &dyn Secrets) -> Result<Self, SecretError> {
        if let Some(sealer) = Self::existing(secrets)? {
            return Ok(sealer);
        }
        let key = cipher::random::<KEY>()?;
        let text = SecretText::new(BASE64.encode(key.as_slice()));
        secrets.put(SITE_KEY, &text)?;
        // Losing this key loses every personal field: it is seen to be there before it is used.
        if secrets.get(SITE_KEY)?.as_ref() != Some(&text) {
            return Err(crate::unavailable("the site key was not kept"));
        }
        info!("a site key was made");
        Self::under(&key)
    }

    /// `None` where there is no site key. For a folder that holds sealed fields this is a fault
    /// that a new key would hide.
    ///
    /// # Errors
    /// When the secrets cannot be read, or hold something else under that name.
    pub fn existing(secrets: &dyn Secrets) -> Result<Option<Self>, SecretError> {
        let Some(text) = secrets.get(SITE_KEY)? else { return Ok(None) };
        let bytes = BASE64.decode(text.reveal()).map(Zeroizing::new);
        let key: Option<Key> =
            bytes.ok().and_then(|bytes| <[u8; KEY]>::try_from(bytes.as_slice()).ok()).map(Zeroizing::new);
        let key = key.ok_or_else(|| crate::not_opened("what rests under the site key's name is no key"))?;
        Self::under(&key).map(Some)
    }

    fn under(site: &Key) -> Result<Self, SecretError> {
        let derived = Hkdf::<Sha256>::new(Some(b"vakhta site key 1"), site.as_slice());
        let subkey = |purpose: &[u8]| {
            let mut key = Zeroizing::new([0; KEY]);
            derived
                .expand(purpose, key.as_mut_slice())
                .map(|()| key)
                .map_err(|_| crate::unavailable("a key could not be derived"))
        };
        let names = subkey(b"names")?;
        Ok(Self {
            wrap: cipher::under(&subkey(b"wrap")?),
            own: cipher::under(&subkey(b"seal")?),
            names: Hmac::new_from_slice(names.as_slice())
                .map_err(|_| crate::unavailable("a key could not be derived"))?,
        })
    }

    fn person(&self, wrapped: &WrappedKey) -> Result<XChaCha20Poly1305, SecretError> {
        let key = unpack(&self.wrap, PERSON, &wrapped.0)
            .and_then(|key| <[u8; KEY]>::try_from(key.as_slice()).ok())
            .map(Zeroizing::new)
            .ok_or_else(|| crate::not_opened("the person's key is not of this site"))?;
        Ok(cipher::under(&key))
    }
}

impl Sealer for SiteSealer {
    fn new_key(&self) -> Result<WrappedKey, SecretError> {
        let key = cipher::random::<KEY>()?;
        pack(&self.wrap, PERSON, key.as_slice()).map(WrappedKey)
    }

    fn seal(&self, key: Option<&WrappedKey>, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, SecretError> {
        match key {
            Some(wrapped) => pack(&self.person(wrapped)?, context, plain),
            None => pack(&self.own, context, plain),
        }
    }

    fn open(&self, key: Option<&WrappedKey>, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
        let plain = match key {
            Some(wrapped) => unpack(&self.person(wrapped)?, context, sealed),
            None => unpack(&self.own, context, sealed),
        };
        plain.map(|mut plain| std::mem::take(&mut *plain)).ok_or_else(|| {
            crate::not_opened("the key, the context and the sealed field do not belong together")
        })
    }

    fn content_name(&self, content: &[u8]) -> String {
        let mut mac = self.names.clone();
        mac.update(content);
        hex::encode(mac.finalize().into_bytes())
    }
}

/// Version byte, nonce, ciphertext and tag.
fn pack(cipher: &XChaCha20Poly1305, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, SecretError> {
    let nonce = cipher::random::<NONCE>()?;
    let sealed = cipher::seal(cipher, &nonce, context, plain)?;
    let mut packed = Vec::with_capacity(1 + NONCE + sealed.len());
    packed.push(VERSION);
    packed.extend_from_slice(nonce.as_slice());
    packed.extend_from_slice(&sealed);
    Ok(packed)
}

fn unpack(cipher: &XChaCha20Poly1305, context: &[u8], packed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (&VERSION, rest) = packed.split_first()? else { return None };
    let (nonce, sealed) = rest.split_first_chunk::<NONCE>()?;
    if sealed.len() < TAG {
        return None;
    }
    cipher::open(cipher, nonce, context, sealed)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct InMemory(Mutex<BTreeMap<String, SecretText>>);

    impl Secrets for InMemory {
        fn get(&self, name: &str) -> Result<Option<SecretText>, SecretError> {
            Ok(self.0.lock().unwrap().get(name).cloned())
        }
        fn put(&self, name: &str, secret: &SecretText) -> Result<(), SecretError> {
            self.0.lock().unwrap().insert(name.into(), secret.clone());
            Ok(())
        }
        fn remove(&self, name: &str) -> Result<(), SecretError> {
            self.0.lock().unwrap().remove(name);
            Ok(())
        }
        fn place(&self) -> String {
            "memory".into()
        }
    }

    #[test]
    fn the_site_key_is_made_once_and_serves_after_a_restart() {
        let secrets = InMemory::default();
        assert!(SiteSealer::existing(&secrets).unwrap().is_none());
        let first = SiteSealer::open(&secrets).unwrap();
        let person = first.new_key().unwrap();
        let theirs = first.seal(Some(&person), b"phone", b"+7 701 000 00 00").unwrap();
        let nobodys = first.seal(None, b"note", b"").unwrap();
        let again = SiteSealer::open(&secrets).unwrap();
        assert_eq!(again.open(Some(&person), b"phone", &theirs).unwrap(), b"+7 701 000 00 00");
        assert_eq!(again.open(None, b"note", &nobodys).unwrap(), b"");
        assert_eq!(first.content_name(b"picture"), again.content_name(b"picture"));
    }

    #[test]
    fn nothing_opens_under_another_key_context_or_site() {
        let site = SiteSealer::open(&InMemory::default()).unwrap();
        let other = SiteSealer::open(&InMemory::default()).unwrap();
        let (ann, bob) = (site.new_key().unwrap(), site.new_key().unwrap());
        let sealed = site.seal(Some(&ann), b"phone", b"1").unwrap();
        assert!(site.open(Some(&bob), b"phone", &sealed).is_err());
        assert!(site.open(None, b"phone", &sealed).is_err());
        assert!(site.open(Some(&ann), b"name", &sealed).is_err());
        assert!(other.open(Some(&ann), b"phone", &sealed).is_err());
        assert!(other.seal(Some(&ann), b"phone", b"1").is_err());
        assert_ne!(site.content_name(b"picture"), other.content_name(b"picture"));
        // A wrapped key is no field, and a field no wrapped key.
        assert!(site.open(None, PERSON, &ann.0).is_err());
        let field = site.seal(None, PERSON, &[0; KEY]).unwrap();
        assert!(site.seal(Some(&WrappedKey(field)), b"phone", b"1").is_err());
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_noticed() {
        let site = SiteSealer::open(&InMemory::default()).unwrap();
        let person = site.new_key().unwrap();
        let sealed = site.seal(Some(&person), b"phone", b"12345").unwrap();
        assert_eq!(sealed.len(), 1 + NONCE + 5 + TAG);
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(site.open(Some(&person), b"phone", &changed).is_err(), "byte {index}");
            assert!(site.open(Some(&person), b"phone", &sealed[..index]).is_err(), "cut at {index}");
        }
    }

    #[test]
    fn the_same_text_is_never_sealed_to_the_same_bytes() {
        let site = SiteSealer::open(&InMemory::default()).unwrap();
        assert_ne!(site.seal(None, b"", b"x").unwrap(), site.seal(None, b"", b"x").unwrap());
        assert_ne!(site.new_key().unwrap(), site.new_key().unwrap());
    }

    #[test]
    fn a_damaged_site_key_is_not_replaced_by_a_new_one() {
        let secrets = InMemory::default();
        secrets.put(SITE_KEY, &SecretText::new("c2hvcnQ=".into())).unwrap();
        assert!(SiteSealer::open(&secrets).is_err());
        assert_eq!(secrets.get(SITE_KEY).unwrap().unwrap().reveal(), "c2hvcnQ=");
    }

    #[test]
    fn names_are_64_hex_digits_and_depend_on_the_content() {
        let site = SiteSealer::open(&InMemory::default()).unwrap();
        let name = site.content_name(b"a");
        assert!(name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        assert_ne!(name, site.content_name(b"b"));
    }
}

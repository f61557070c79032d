//! Sealing under the site's keys.
//!
//! The keys of a site are a ring of numbered ones (see [`crate::SITE_KEY`]); nothing is ever
//! sealed with one directly. Of each is derived what wraps the keys of persons and what seals
//! that which belongs to nobody known; the newest does so for new values, the older ones open what
//! they have sealed. Of the first is derived what names pictures and what search goes by, for
//! ever: names and indexes must not change.
//!
//! A person's key is unwrapped anew for each call. That costs two microseconds (sealing a field
//! takes four in all, measured in a debug build), and so no key of a person who was erased
//! stays in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chacha20poly1305::XChaCha20Poly1305;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tracing::{info, warn};
use vakhta_app::secret::{Sealer, SecretError, Secrets, WrappedKey};
use zeroize::Zeroizing;

use crate::cipher::{self, KEY};
use crate::packed::{number, pack, unpack};
use crate::ring::{FIRST, Ring};

const PERSON: &[u8] = b"vakhta person key";
/// What a value begins with that a person's key has sealed: that key has no number.
const OF_A_PERSON: u8 = 1;

/// Seals personal fields for one site.
pub struct SiteSealer {
    keys: RwLock<Arc<Keys>>,
    rotating: Mutex<()>,
}

/// What is derived of a ring.
struct Keys {
    ring: Ring,
    newest: u8,
    numbered: BTreeMap<u8, Numbered>,
    names: Hmac<Sha256>,
    index: Hmac<Sha256>,
}

struct Numbered {
    wrap: XChaCha20Poly1305,
    own: XChaCha20Poly1305,
}

impl Keys {
    fn of(ring: Ring) -> Result<Self, SecretError> {
        let numbered = |number| {
            let cipher = |purpose| ring.derived(number, purpose).map(|key| cipher::under(&key));
            Ok((number, Numbered { wrap: cipher(b"wrap")?, own: cipher(b"seal")? }))
        };
        let mac = |purpose| {
            Hmac::new_from_slice(ring.derived(FIRST, purpose)?.as_slice())
                .map_err(|_| crate::unavailable("a key could not be derived"))
        };
        Ok(Self {
            newest: ring.newest(),
            numbered: ring.numbers().map(numbered).collect::<Result<_, SecretError>>()?,
            names: mac(b"names")?,
            index: mac(b"index")?,
            ring,
        })
    }

    fn numbered(&self, number: u8) -> Result<&Numbered, SecretError> {
        self.numbered
            .get(&number)
            .ok_or_else(|| crate::not_opened(format_args!("the site has no key {number}")))
    }

    /// What has sealed a value.
    fn that_sealed(&self, packed: &[u8]) -> Result<&Numbered, SecretError> {
        self.numbered(number(packed).ok_or_else(|| crate::not_opened("there is nothing to open"))?)
    }

    fn person_key(&self, wrapped: &WrappedKey) -> Result<Zeroizing<[u8; KEY]>, SecretError> {
        unpack(&self.that_sealed(&wrapped.0)?.wrap, PERSON, &wrapped.0)
            .and_then(|key| <[u8; KEY]>::try_from(key.as_slice()).ok())
            .map(Zeroizing::new)
            .ok_or_else(|| crate::not_opened("the person's key is not of this site"))
    }

    fn wrap(&self, key: &[u8; KEY]) -> Result<WrappedKey, SecretError> {
        pack(self.newest, &self.numbered(self.newest)?.wrap, PERSON, key).map(WrappedKey)
    }

    fn open_own(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        unpack(&self.that_sealed(sealed)?.own, context, sealed).ok_or_else(unrelated)
    }

    fn seal_own(&self, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, SecretError> {
        pack(self.newest, &self.numbered(self.newest)?.own, context, plain)
    }
}

fn unrelated() -> SecretError {
    crate::not_opened("the key, the context and the sealed field do not belong together")
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
        let ring = Ring::new()?;
        ring.keep(secrets)?;
        info!("a site key was made");
        Self::under(ring)
    }

    /// `None` where there is no site key. For a folder that holds sealed fields this is a fault
    /// that a new key would hide.
    ///
    /// # Errors
    /// When the secrets cannot be read, or hold something else under that name.
    pub fn existing(secrets: &dyn Secrets) -> Result<Option<Self>, SecretError> {
        Ring::load(secrets)?.map(Self::under).transpose()
    }

    fn under(ring: Ring) -> Result<Self, SecretError> {
        Ok(Self { keys: RwLock::new(Arc::new(Keys::of(ring)?)), rotating: Mutex::new(()) })
    }

    fn keys(&self) -> Arc<Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The number of the key that new values are sealed under.
    #[must_use]
    pub fn newest(&self) -> u8 {
        self.keys().newest
    }

    /// Adds a key, durably, and seals under it from now on; gives its number. What was sealed
    /// before opens as it did: go over it with [`Sealer::rewrap`] and [`Sealer::reseal`], and bring
    /// the recovery kit up to date ([`crate::kit::keep`]).
    ///
    /// The Windows keyring holds 26 keys in one entry; one more is an error there.
    ///
    /// # Errors
    /// When the secrets cannot be read or written, do not keep what they are given, or hold other
    /// keys than this serves with. Then it goes on with the keys that it has.
    pub fn rotate(&self, secrets: &dyn Secrets) -> Result<u8, SecretError> {
        let _one = self.rotating.lock().unwrap_or_else(PoisonError::into_inner);
        let present = Ring::load(secrets)?
            .filter(|present| present.holds(&self.keys().ring))
            .ok_or_else(|| crate::unavailable("the secrets hold another site key than is in use"))?;
        let next = present.grown()?;
        if let Err(error) = next.keep(secrets) {
            // Half an entry would be noticed at the next start only, and then be all there is.
            if let Err(again) = present.keep(secrets) {
                warn!(error = %again, "the site key could not be put back; bring the recovery kit up to date");
            }
            return Err(error);
        }
        let keys = Arc::new(Keys::of(next)?);
        let number = keys.newest;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        info!(number, "the site key was changed");
        Ok(number)
    }
}

impl Sealer for SiteSealer {
    fn new_key(&self) -> Result<WrappedKey, SecretError> {
        self.keys().wrap(&*cipher::random::<KEY>()?)
    }

    fn seal(&self, key: Option<&WrappedKey>, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, SecretError> {
        let keys = self.keys();
        match key {
            Some(wrapped) => pack(OF_A_PERSON, &cipher::under(&keys.person_key(wrapped)?), context, plain),
            None => keys.seal_own(context, plain),
        }
    }

    fn open(&self, key: Option<&WrappedKey>, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
        let keys = self.keys();
        let mut plain = match key {
            Some(wrapped) => {
                let person = cipher::under(&keys.person_key(wrapped)?);
                Some(sealed)
                    .filter(|sealed| number(sealed) == Some(OF_A_PERSON))
                    .and_then(|sealed| unpack(&person, context, sealed))
                    .ok_or_else(unrelated)?
            }
            None => keys.open_own(context, sealed)?,
        };
        Ok(std::mem::take(&mut *plain))
    }

    fn rewrap(&self, key: &WrappedKey) -> Result<WrappedKey, SecretError> {
        let keys = self.keys();
        let person = keys.person_key(key)?;
        if number(&key.0) == Some(keys.newest) { Ok(key.clone()) } else { keys.wrap(&person) }
    }

    fn reseal(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SecretError> {
        let keys = self.keys();
        let plain = keys.open_own(context, sealed)?;
        if number(sealed) == Some(keys.newest) { Ok(sealed.to_vec()) } else { keys.seal_own(context, &plain) }
    }

    fn content_name(&self, content: &[u8]) -> String {
        let mut mac = self.keys().names.clone();
        mac.update(content);
        hex::encode(mac.finalize().into_bytes())
    }

    fn index(&self, kind: &str, value: &str) -> [u8; 32] {
        let mut mac = self.keys().index.clone();
        // Its length goes first, so that no kind and value run into another pair.
        mac.update(&(kind.len() as u64).to_le_bytes());
        mac.update(kind.as_bytes());
        mac.update(value.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use vakhta_app::secret::SecretText;

    use super::*;
    use crate::cipher::{KEY, NONCE, TAG};
    use crate::ring::SITE_KEY;
    use crate::testing::InMemory;

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

    #[test]
    fn after_a_rotation_old_and_new_open_and_names_stay() {
        let secrets = InMemory::default();
        let site = SiteSealer::open(&secrets).unwrap();
        let person = site.new_key().unwrap();
        let (phone, note) =
            (site.seal(Some(&person), b"phone", b"1").unwrap(), site.seal(None, b"note", b"2").unwrap());
        let (name, index) = (site.content_name(b"picture"), site.index("phone", "1"));
        assert_eq!(site.rotate(&secrets).unwrap(), 2);
        assert_eq!(site.rotate(&secrets).unwrap(), 3);

        for site in [&site, &SiteSealer::existing(&secrets).unwrap().unwrap()] {
            assert_eq!(site.newest(), 3);
            assert_eq!(site.open(Some(&person), b"phone", &phone).unwrap(), b"1");
            assert_eq!(site.open(None, b"note", &note).unwrap(), b"2");
            assert_eq!((site.content_name(b"picture"), site.index("phone", "1")), (name.clone(), index));
            let new = site.seal(None, b"note", b"3").unwrap();
            assert_eq!((new[0], site.new_key().unwrap().0[0]), (3, 3));
            assert_eq!(site.open(None, b"note", &new).unwrap(), b"3");
            // What a person's key seals is as before: that key has not changed.
            assert_eq!(site.seal(Some(&person), b"phone", b"4").unwrap()[0], 1);
        }
    }

    #[test]
    fn what_is_wrapped_and_sealed_anew_is_under_the_newest_key() {
        let secrets = InMemory::default();
        let site = SiteSealer::open(&secrets).unwrap();
        let person = site.new_key().unwrap();
        let (phone, note) =
            (site.seal(Some(&person), b"phone", b"1").unwrap(), site.seal(None, b"note", b"2").unwrap());
        assert_eq!(site.rewrap(&person).unwrap(), person);
        assert_eq!(site.reseal(b"note", &note).unwrap(), note);
        site.rotate(&secrets).unwrap();
        let (person_2, note_2) = (site.rewrap(&person).unwrap(), site.reseal(b"note", &note).unwrap());
        assert_eq!((person_2.0[0], note_2[0]), (2, 2));
        assert_eq!(site.open(Some(&person_2), b"phone", &phone).unwrap(), b"1");
        assert_eq!(site.open(None, b"note", &note_2).unwrap(), b"2");
        assert_eq!(site.rewrap(&person_2).unwrap(), person_2);
        assert!(site.reseal(b"other", &note).is_err());
        assert!(site.rewrap(&WrappedKey(note)).is_err());
        assert!(site.rewrap(&WrappedKey(Vec::new())).is_err());
    }

    #[test]
    fn a_value_of_a_key_that_is_not_there_says_so() {
        let secrets = InMemory::default();
        let site = SiteSealer::open(&secrets).unwrap();
        let behind = SiteSealer::existing(&secrets).unwrap().unwrap();
        site.rotate(&secrets).unwrap();
        let error = behind.open(None, b"", &site.seal(None, b"", b"x").unwrap()).unwrap_err().to_string();
        assert!(error.contains("no key 2"), "{error}");
        // Who is behind catches up by its own rotation, and takes no number twice.
        assert_eq!(behind.rotate(&secrets).unwrap(), 3);
        assert!(behind.open(None, b"", &site.seal(None, b"", b"x").unwrap()).is_ok());
    }

    #[test]
    fn a_key_that_was_not_kept_is_not_used_and_the_old_ones_are_put_back() {
        let secrets = InMemory::default();
        let site = SiteSealer::open(&secrets).unwrap();
        let before = secrets.text(SITE_KEY);
        secrets.cuts.store(true, Ordering::Relaxed);
        assert!(site.rotate(&secrets).is_err());
        assert_eq!(site.newest(), 1);
        assert_eq!(secrets.text(SITE_KEY), before);
        assert!(site.rotate(&InMemory::default()).is_err());
        let other = InMemory::default();
        SiteSealer::open(&other).unwrap();
        assert!(site.rotate(&other).is_err());
        assert_eq!(site.rotate(&secrets).unwrap(), 2);
    }

    #[test]
    fn an_index_depends_on_kind_value_and_site() {
        let site = SiteSealer::open(&InMemory::default()).unwrap();
        let other = SiteSealer::open(&InMemory::default()).unwrap();
        assert_eq!(site.index("phone", "1"), site.index("phone", "1"));
        assert_ne!(site.index("phone", "1"), site.index("phone", "2"));
        assert_ne!(site.index("phone", "1"), site.index("iin", "1"));
        assert_ne!(site.index("phone", "1"), site.index("phon", "e1"));
        assert_ne!(site.index("phone", "1"), other.index("phone", "1"));
    }

    #[test]
    fn what_was_sealed_before_there_was_a_ring_opens() {
        // Made by the version that knew one key alone.
        let secrets = InMemory::with(&[(SITE_KEY, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]);
        let site = SiteSealer::existing(&secrets).unwrap().unwrap();
        let person = WrappedKey(
            hex::decode(concat!(
                "01621c295cd01ac199d1a7c991587a12c8e1c1699061920789d93aa15ffbb992a09cbe25cff0",
                "2efec4982cdaa39b5bb616b64d65958939d49898d5753cc6344948f1b54b0c851a3028"
            ))
            .unwrap(),
        );
        let phone = hex::decode(concat!(
            "01746648c4be8f4ee7e3fcb22b3b6d10da586029aba081a8f37ea09ef36c680dea024ebad671",
            "43021e9e040ef8dd77"
        ))
        .unwrap();
        let note = hex::decode(concat!(
            "01de6a548a608b748e9781cc11ca5cabf1500d494ca19a1798a9a340897b8e05d0ed814d1a61",
            "550f1d0dd38ef3"
        ))
        .unwrap();
        assert_eq!(site.open(Some(&person), b"phone", &phone).unwrap(), b"+7 701");
        assert_eq!(site.open(None, b"note", &note).unwrap(), b"note");
        assert_eq!(
            site.content_name(b"picture"),
            "31e15b1947073ffa55db7b64a4e043684445756925014fa764a1d813d1bbd496"
        );
    }
}

//! The site's keys, numbered from 1.
//!
//! They rest as one text: a single key as its base64 (so it was before there were several), more
//! as `1:BASE64 2:BASE64`. None is ever taken out: what cannot be written anew, such as the
//! journal, stays readable. Nothing is sealed with such a key itself, only with what is derived
//! from it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hkdf::Hkdf;
use sha2::Sha256;
use vakhta_app::secret::{SecretError, SecretText, Secrets};
use zeroize::Zeroizing;

use crate::cipher::{self, KEY, Key};

/// The name that the site's keys rest under.
pub const SITE_KEY: &str = "site-key";

/// The key that everything stable derives from: names and indexes.
pub(crate) const FIRST: u8 = 1;

/// Numbered keys; the first is always there.
#[derive(Clone)]
pub(crate) struct Ring(BTreeMap<u8, Key>);

impl Ring {
    /// A new site's.
    pub(crate) fn new() -> Result<Self, SecretError> {
        Ok(Self(BTreeMap::from([(FIRST, cipher::random::<KEY>()?)])))
    }

    /// `None` where none rest.
    pub(crate) fn load(secrets: &dyn Secrets) -> Result<Option<Self>, SecretError> {
        secrets.get(SITE_KEY)?.map(|text| Self::read(&text)).transpose()
    }

    pub(crate) fn read(text: &SecretText) -> Result<Self, SecretError> {
        let text = text.reveal();
        let keys: Option<BTreeMap<u8, Key>> = if text.contains(':') {
            text.split(' ').map(|entry| entry.split_once(':').and_then(|(n, key)| numbered(n, key))).collect()
        } else {
            key(text).map(|key| BTreeMap::from([(FIRST, key)]))
        };
        // A number that is there twice would leave one of the two keys out.
        let entries = text.split(' ').count();
        keys.filter(|keys| keys.len() == entries && keys.contains_key(&FIRST) && !keys.contains_key(&0))
            .map(Self)
            .ok_or_else(|| crate::not_opened("what rests under the site key's name is no key"))
    }

    pub(crate) fn text(&self) -> SecretText {
        let encoded = |key: &Key| Zeroizing::new(BASE64.encode(key.as_slice()));
        if let (1, Some(only)) = (self.0.len(), self.0.get(&FIRST)) {
            return SecretText::new(encoded(only).to_string());
        }
        let mut text = String::with_capacity(self.0.len() * 50);
        for (number, key) in &self.0 {
            let space = if text.is_empty() { "" } else { " " };
            text.push_str(&format!("{space}{number}:"));
            text.push_str(&encoded(key));
        }
        SecretText::new(text)
    }

    /// Writes the keys and sees that they are there: losing them loses every personal field.
    pub(crate) fn keep(&self, secrets: &dyn Secrets) -> Result<(), SecretError> {
        let text = self.text();
        secrets.put(SITE_KEY, &text)?;
        if secrets.get(SITE_KEY)?.as_ref() == Some(&text) {
            Ok(())
        } else {
            Err(crate::unavailable("the site key was not kept"))
        }
    }

    /// The same with one key more.
    pub(crate) fn grown(&self) -> Result<Self, SecretError> {
        let next = self.newest().checked_add(1);
        let next = next.ok_or_else(|| crate::unavailable("the site key was changed 254 times already"))?;
        let mut keys = self.0.clone();
        keys.insert(next, cipher::random::<KEY>()?);
        Ok(Self(keys))
    }

    /// Every key of the other is here under the same number.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        other.0.iter().all(|(number, key)| self.0.get(number) == Some(key))
    }

    pub(crate) fn newest(&self) -> u8 {
        self.0.last_key_value().map_or(FIRST, |(number, _)| *number)
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = u8> {
        self.0.keys().copied()
    }

    /// What one of the keys seals, wraps or names with.
    pub(crate) fn derived(&self, number: u8, purpose: &[u8]) -> Result<Key, SecretError> {
        let site = self.0.get(&number).ok_or_else(|| {
            crate::not_opened(format_args!("the site has no key {number}; newer secrets are needed"))
        })?;
        // For the first key this is what it was when there was only one.
        let salt = format!("vakhta site key {number}");
        let mut key = Zeroizing::new([0; KEY]);
        Hkdf::<Sha256>::new(Some(salt.as_bytes()), site.as_slice())
            .expand(purpose, key.as_mut_slice())
            .map_err(|_| crate::unavailable("a key could not be derived"))?;
        Ok(key)
    }
}

fn numbered(number: &str, text: &str) -> Option<(u8, Key)> {
    Some((number.parse().ok()?, key(text)?))
}

fn key(text: &str) -> Option<Key> {
    let bytes = BASE64.decode(text).map(Zeroizing::new).ok()?;
    <[u8; KEY]>::try_from(bytes.as_slice()).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> SecretText {
        SecretText::new(text.into())
    }

    #[test]
    fn one_key_rests_as_it_always_did_and_more_come_back_too() {
        let one = Ring::new().unwrap();
        assert_eq!(one.text().reveal().len(), 44);
        assert!(Ring::read(&one.text()).unwrap().holds(&one));
        let three = one.grown().unwrap().grown().unwrap();
        let again = Ring::read(&three.text()).unwrap();
        assert!(again.holds(&three) && three.holds(&again) && three.holds(&one) && !one.holds(&three));
        assert_eq!(three.newest(), 3);
        assert!(three.text().reveal().starts_with("1:"));
    }

    #[test]
    fn what_is_no_ring_is_told() {
        let ring = Ring::new().unwrap();
        let key = ring.text();
        let key = key.reveal();
        let two = ring.grown().unwrap().text();
        for bad in [
            "",
            "c2hvcnQ=",
            &format!("2:{key}"),
            &format!("0:{key} 1:{key}"),
            &format!("1:{key} 1:{key}"),
            &format!("1:{key} 256:{key}"),
            &format!("1:{key} "),
            &format!("1:{key} 2:{}", &key[1..]),
            &two.reveal()[..two.reveal().len() - 1],
        ] {
            assert!(Ring::read(&text(bad)).is_err(), "{bad}");
        }
        assert!(Ring::read(&text(&format!("1:{key}"))).is_ok());
    }

    #[test]
    fn a_ring_is_full_after_255_keys() {
        let mut ring = Ring::new().unwrap();
        while ring.newest() < u8::MAX {
            ring = ring.grown().unwrap();
        }
        assert!(ring.grown().is_err());
        assert!(Ring::read(&ring.text()).unwrap().holds(&ring));
    }
}

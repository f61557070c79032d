//! Recovery codes: each stands once for the second factor of who has lost theirs.
//!
//! A code is 80 random bits, 16 signs of Crockford's base 32 in four groups: `7QK2-M0XD-9TZR-41HB`.
//! It is kept as one SHA-256 of the signs: nobody guesses 80 bits, so that a slow hash would add
//! nothing, and with a fast one a code is found by its hash.

use sha2::{Digest, Sha256};
use vakhta_app::secret::SecretError;

use crate::{cipher, crockford};

/// How many a person is given.
pub const COUNT: usize = 10;

const BYTES: usize = 10;
const SIGNS: usize = 16;
const GROUP: usize = 4;
/// Binds the hash to what it is of.
const PURPOSE: &[u8] = b"vakhta recovery code 1\0";

/// Fresh codes as they are shown, [`COUNT`] as a rule.
///
/// # Errors
/// When the system has no randomness.
pub fn new(count: usize) -> Result<Vec<String>, SecretError> {
    let code = || Ok(crockford::grouped(&crockford::split(cipher::random::<BYTES>()?.as_slice()), GROUP));
    (0..count).map(|_| code()).collect()
}

/// What is kept of a code; `None` for what does not look like one, such as the six digits of a
/// second factor. Case, spaces and dashes do not count; O is read as 0, I and L as 1.
#[must_use]
pub fn hash(code: &str) -> Option<[u8; 32]> {
    let typed = code.chars().filter(|sign| !crockford::separates(*sign));
    // One more than is right is enough to see that it is too long.
    let values: Option<Vec<u8>> = typed.take(SIGNS + 1).map(crockford::value).collect();
    let values = values.filter(|values| values.len() == SIGNS)?;
    Some(Sha256::new().chain_update(PURPOSE).chain_update(&values).finalize().into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_differ_and_are_found_again_however_they_are_typed() {
        let codes = new(COUNT).unwrap();
        let hashes: BTreeSet<_> = codes.iter().map(|code| hash(code).unwrap()).collect();
        assert_eq!(hashes.len(), COUNT);
        for code in &codes {
            assert_eq!(code.split('-').map(str::len).collect::<Vec<_>>(), [4; 4], "{code}");
            let typed = code.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "L");
            assert_eq!(hash(&format!("  {typed}\n")), hash(code), "{code}");
            assert_eq!(hash(&code.replace('-', "")), hash(code), "{code}");
        }
    }

    #[test]
    fn what_does_not_look_like_a_code_is_none() {
        let code = &new(1).unwrap()[0];
        let longer = format!("{code}0");
        let other = format!("U{}", &code[1..]);
        for no in ["", "123456", "123 456", &code[1..], &longer, &other, "дождь над рекой"] {
            assert_eq!(hash(no), None, "{no}");
        }
        let first = code.chars().next().unwrap();
        let changed = format!("{}{}", if first == 'A' { 'B' } else { 'A' }, &code[1..]);
        assert_ne!(hash(&changed), hash(code));
    }
}

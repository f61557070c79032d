//! Passwords and PINs: hashed, compared, refused when common, and given for once.
//!
//! Hashing and comparing take tens of milliseconds and 19 MiB each: off the async threads, and
//! not many at once.

mod common;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use vakhta_app::secret::SecretError;
use vakhta_app::text::nfc;

pub use common::is_common;

use crate::cipher;

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Bytes of the salt and of the hash.
const SALT: usize = 16;
const OUTPUT: usize = 32;

/// A hash that is nobody's: of zeros that no text is known to lead to.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What may stand in a password that is given: no look-alikes, whether read, written by hand or
/// told by telephone (0 o, 1 l i, 2 z, 5 s, 6 b, 9 g q, u v).
const GIVEN: &[u8; 23] = b"23456789acdefhjkmnprtwx";
const GROUPS: usize = 4;
const GROUP: usize = 4;

/// Argon2id (19 MiB, two passes, one lane, 16 bytes of salt, 32 of hash), as a PHC string:
/// `$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH`. A letter and its accent are one sign, whatever keyboard
/// wrote them.
///
/// # Errors
/// When the system has no randomness or no memory for it.
pub fn hash(text: &str) -> Result<String, SecretError> {
    let wrong = |error: &dyn std::fmt::Display| crate::unavailable(format_args!("no hash: {error}"));
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT)).map_err(|error| wrong(&error))?;
    let salt = cipher::random::<SALT>()?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(nfc(text).as_bytes(), salt.as_slice())
        .map(|hash| hash.to_string())
        .map_err(|error| wrong(&error))
}

/// Whether the text is what the PHC string is the hash of. `false` too for a string that is not
/// Argon2id with 32 bytes of hash, or whose parameters would take the machine's memory or time.
#[must_use]
pub fn verify(phc: &str, text: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(phc) else { return false };
    let Ok(params) = Params::try_from(&parsed) else { return false };
    let sensible = parsed.algorithm.as_str() == Algorithm::Argon2id.as_str()
        && parsed.hash.is_some_and(|hash| hash.len() == OUTPUT)
        && (8..=64 * 1024).contains(&params.m_cost())
        && (1..=16).contains(&params.t_cost())
        && (1..=4).contains(&params.p_cost());
    sensible && Argon2::default().verify_password(nfc(text).as_bytes(), &parsed).is_ok()
}

/// The work of [`verify`] for a login that nobody has, so that the time of an answer does not
/// tell which logins there are. Never `true`.
#[must_use]
pub fn matches_nobody(text: &str) -> bool {
    verify(NOBODY, text)
}

/// A password for once, 16 signs in four groups: `h7kd-4xwm-3rtc-p2fe`, 72 bits. All are lower
/// case letters and digits; the dashes belong to it.
///
/// # Errors
/// When the system has no randomness.
pub fn given() -> Result<String, SecretError> {
    // Beyond the last whole multiple some signs would come more often than others.
    let fair = u8::MAX - u8::MAX % 23;
    let mut text = String::with_capacity(GROUPS * (GROUP + 1));
    let mut signs = 0;
    while signs < GROUPS * GROUP {
        for byte in cipher::random::<32>()?.iter().filter(|byte| **byte < fair) {
            if signs == GROUPS * GROUP {
                break;
            }
            if signs > 0 && signs % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(GIVEN[usize::from(byte % 23)]));
            signs += 1;
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_another_is_not() {
        let phc = hash("дождь над рекой").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(verify(&phc, "дождь над рекой"));
        for other in ["", "дождь над рекой ", "Дождь над рекой"] {
            assert!(!verify(&phc, other), "{other}");
        }
        assert_ne!(phc, hash("дождь над рекой").unwrap(), "each has its own salt");
    }

    #[test]
    fn what_is_kept_of_nobody_costs_what_somebody_costs() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let somebody = PasswordHash::new(&hash("x").unwrap()).unwrap();
        assert_eq!(nobody.algorithm, somebody.algorithm);
        assert_eq!((nobody.version, &nobody.params), (somebody.version, &somebody.params));
        assert_eq!(nobody.salt.unwrap().len(), somebody.salt.unwrap().len());
        assert_eq!(nobody.hash.unwrap().len(), somebody.hash.unwrap().len());
        assert!(!matches_nobody("") && !matches_nobody("x"));
    }

    #[test]
    fn a_hash_that_would_take_the_machine_or_is_none_is_refused() {
        let good = hash("x").unwrap();
        let short = &good[..good.len() - 22];
        for bad in [
            "",
            "x",
            "$argon2id$v=19$m=19456,t=2,p=1",
            short,
            &good.replace("m=19456", "m=4194304"),
            &good.replace("t=2", "t=1000000"),
            &good.replace("p=1", "p=200"),
            &good.replace("argon2id", "argon2d"),
            &good.replace("$argon2id", ""),
        ] {
            assert!(!verify(bad, "x"), "{bad}");
        }
        assert!(verify(&good, "x"));
    }

    #[test]
    fn a_given_password_has_four_groups_without_look_alikes_and_may_be_chosen() {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let text = given().unwrap();
            assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [4; 4], "{text}");
            assert!(text.bytes().all(|sign| sign == b'-' || GIVEN.contains(&sign)), "{text}");
            assert!(!is_common(&text), "{text}");
            seen.insert(text);
        }
        assert_eq!(seen.len(), 200);
        assert!((GROUPS * GROUP) as f64 * (GIVEN.len() as f64).log2() >= 60.0);
    }
}

//! The second factor: time-based codes (RFC 6238, SHA-1, six digits, 30 s), which is what every
//! authenticator understands.

use jiff::Timestamp;
use qrcode::{Color, QrCode};
use totp_rs::{Builder, Secret, Totp};
use vakhta_app::secret::SecretError;

use crate::cipher;

/// Seconds of a step.
const STEP: i64 = 30;
/// So many steps before and after now are taken.
const WINDOW: i64 = 1;
/// So many steps before and after now are looked at to tell a wrong clock: an hour.
const DIAGNOSED: i64 = 120;
/// Light modules around a QR code, as its standard demands.
const QUIET: usize = 4;
/// Characters of the site's name in an authenticator: more is not shown, and makes the QR code
/// too fine for a camera.
const SITE: usize = 32;

/// What a code turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It fits this step, which is within one of now. Each step may serve once: that is for the
    /// caller to see to.
    Step(i64),
    /// It fits a step that is not now's, within an hour: a clock is wrong.
    ///
    /// **It proves nothing**: 238 steps are looked at, so that one guess in 4,200 falls here. And
    /// one in 8,400 hits a code that is still to come. Whoever is told so only has to wait for
    /// it; over the 100 tries that are had, this lets a guess through in 1.2 cases of 100 instead
    /// of 0.03. So the words to the person must not depend on one `OtherTime` ahead: say it after
    /// two in a row that agree, or take the step for used up.
    OtherTime {
        /// Of the code's time over ours, in whole steps. More than zero: our clock is slow, or
        /// theirs is fast.
        seconds: i64,
    },
    /// It fits nothing, or is no code.
    None,
}

/// A fresh secret, 160 bits as 32 signs of base 32.
///
/// # Errors
/// When the system has no randomness.
pub fn new_secret() -> Result<String, SecretError> {
    Ok(Secret::from(cipher::random::<20>()?.as_slice()).to_base32())
}

/// What an authenticator scans: `otpauth://totp/Vakhta%20SITE:LOGIN?secret=…&issuer=Vakhta%20SITE`,
/// `Vakhta` alone where the site has no name. Everything beyond ASCII is percent-encoded UTF-8. The
/// result holds the secret.
///
/// # Errors
/// When the secret is none, or the login is empty.
pub fn uri(secret: &str, login: &str, site: &str) -> Result<String, SecretError> {
    // A colon parts issuer and login.
    let plain = |text: &str| text.replace(':', " ").trim().to_owned();
    let site: String = plain(site).chars().take(SITE).collect();
    let issuer = if site.is_empty() { "Vakhta".to_owned() } else { format!("Vakhta {}", site.trim_end()) };
    let builder = builder(secret).ok_or_else(|| crate::not_opened("the second factor's secret is none"))?;
    builder
        .with_account_name(plain(login))
        .with_issuer(Some(issuer))
        .build()
        .and_then(|totp| totp.to_url())
        .map_err(|_| crate::unavailable("an authenticator cannot hold this login"))
}

/// A QR code of the text, row by row: `1` is dark. The four light modules around it are there.
///
/// # Errors
/// When the text is too long for a QR code.
pub fn qr(text: &str) -> Result<Vec<String>, SecretError> {
    let code = QrCode::new(text).map_err(|_| crate::unavailable("the text is too long for a QR code"))?;
    let width = code.width();
    let colors = code.into_colors();
    let side = "0".repeat(QUIET);
    let row = |modules: &[Color]| {
        let modules: String =
            modules.iter().map(|color| if *color == Color::Dark { '1' } else { '0' }).collect();
        format!("{side}{modules}{side}")
    };
    let light = || std::iter::repeat_n("0".repeat(width + 2 * QUIET), QUIET);
    Ok(light().chain(colors.chunks(width).map(row)).chain(light()).collect())
}

/// What a typed code is at this time. Spaces in it do not count. Codes are compared in constant
/// time, and all of them, whichever fits. A secret that is none fits nothing.
#[must_use]
pub fn find(secret: &str, code: &str, now: Timestamp) -> Found {
    let Some(totp) = builder(secret).and_then(|builder| builder.with_skew(0).build().ok()) else {
        return Found::None;
    };
    let code: String = code.chars().filter(|sign| !sign.is_whitespace()).collect();
    let now = now.as_second().div_euclid(STEP);
    // From now outwards, so that the nearest is what is told.
    let outwards = (0..=DIAGNOSED).flat_map(|away| [-away, away]);
    let mut found = None;
    for away in outwards {
        if fits(&totp, &code, now + away) && found.is_none() {
            found = Some(away);
        }
    }
    match found {
        Some(away) if away.abs() <= WINDOW => Found::Step(now + away),
        Some(away) => Found::OtherTime { seconds: away * STEP },
        None => Found::None,
    }
}

fn fits(totp: &Totp, code: &str, step: i64) -> bool {
    u64::try_from(step * STEP).is_ok_and(|second| totp.check(code, second).is_some())
}

fn builder(secret: &str) -> Option<Builder> {
    Secret::try_from_base32(secret).ok().map(|secret| Builder::new().with_secret(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `12345678901234567890`, the secret of RFC 6238.
    const RFC: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_codes_of_rfc_6238_are_found_at_their_times() {
        // Appendix B has eight digits; six are the last of them.
        for (second, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(find(RFC, &code[2..], at(second)), Found::Step(second / 30), "{second}");
        }
        assert_eq!(find(RFC, "287 082", at(59)), Found::Step(1));
    }

    #[test]
    fn a_step_before_and_after_is_taken_and_the_next_one_is_another_time() {
        let step = 1_234_567_890 / 30;
        for (second, found) in [
            (step * 30 - 1, Found::Step(step)),
            (step * 30 + 59, Found::Step(step)),
            (step * 30 + 60, Found::OtherTime { seconds: -60 }),
            (step * 30 - 31, Found::OtherTime { seconds: 60 }),
        ] {
            assert_eq!(find(RFC, "005924", at(second)), found, "{second}");
        }
    }

    #[test]
    fn a_code_of_twenty_minutes_ago_tells_of_a_wrong_clock_and_one_of_two_hours_tells_nothing() {
        let then = 1_234_567_890;
        assert_eq!(find(RFC, "005924", at(then + 1200)), Found::OtherTime { seconds: -1200 });
        assert_eq!(find(RFC, "005924", at(then - 1200)), Found::OtherTime { seconds: 1200 });
        assert_eq!(find(RFC, "005924", at(then + 3600)), Found::OtherTime { seconds: -3600 });
        assert_eq!(find(RFC, "005924", at(then + 7200)), Found::None);
    }

    #[test]
    fn what_is_no_code_or_no_secret_fits_nothing() {
        for code in ["", "28708", "2870822", "+87082", "28708x", "２８７０８２", "94287082"] {
            assert_eq!(find(RFC, code, at(59)), Found::None, "{code}");
        }
        for secret in ["", "GEZDGNBV", "не то"] {
            assert_eq!(find(secret, "287082", at(59)), Found::None, "{secret}");
        }
        // A clock that stands before 1970.
        assert_eq!(find(RFC, "287082", at(-100_000)), Found::None);
    }

    #[test]
    fn a_new_secret_has_160_bits_and_serves() {
        let secret = new_secret().unwrap();
        assert_eq!(secret.len(), 32);
        assert_ne!(secret, new_secret().unwrap());
        let code = builder(&secret).unwrap().build().unwrap().generate(1_000_000).to_string();
        assert_eq!(find(&secret, &code, at(1_000_000)), Found::Step(1_000_000 / 30));
    }

    #[test]
    fn the_uri_is_percent_encoded_whatever_people_are_called() {
        assert_eq!(
            uri(RFC, "a.kim", "").unwrap(),
            format!("otpauth://totp/Vakhta:a.kim?secret={RFC}&issuer=Vakhta")
        );
        let issuer = "Vakhta%20%D0%A6%D0%B5%D1%85%20%E2%84%96%C2%A02";
        assert_eq!(
            uri(RFC, "әсел", "Цех №\u{a0}2 ").unwrap(),
            format!("otpauth://totp/{issuer}:%D3%99%D1%81%D0%B5%D0%BB?secret={RFC}&issuer={issuer}")
        );
        let hostile = uri(RFC, "a:b&c", "x:y?z=1#").unwrap();
        assert!(
            hostile.starts_with("otpauth://totp/Vakhta%20x%20y%3Fz%3D1%23:a%20b%26c?secret="),
            "{hostile}"
        );
        assert!(uri(RFC, " ", "x").is_err());
        assert!(uri("short", "a", "x").is_err());
    }

    #[test]
    fn a_qr_code_has_light_around_it_and_its_three_corners() {
        let long = uri(RFC, &"ы".repeat(64), &"щ".repeat(100)).unwrap();
        for text in [uri(RFC, "a.kim", "").unwrap(), long] {
            let rows = qr(&text).unwrap();
            let side = rows.len();
            assert!(rows.iter().all(|row| row.len() == side && row.bytes().all(|c| c == b'0' || c == b'1')));
            for row in [0, 3, side - 4, side - 1] {
                assert!(!rows[row].contains('1'), "row {row}");
            }
            assert!(rows.iter().all(|row| row.starts_with("0000") && row.ends_with("0000")));
            assert!(rows[4].starts_with("000011111110") && rows[4].ends_with("011111110000"));
            assert!(rows[side - 5].starts_with("000011111110"));
        }
        assert!(qr(&"x".repeat(5000)).is_err());
    }
}

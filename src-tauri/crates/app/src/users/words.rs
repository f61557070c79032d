//! What a login, a password and a PIN must be like.

use crate::refusal::{Problem, Refusal};

/// Characters of a login.
const LOGIN: std::ops::RangeInclusive<usize> = 2..=64;
/// Characters of a password: a sentence fits.
const PASSWORD: std::ops::RangeInclusive<usize> = 8..=256;
/// Columns and diagonals of a telephone's keys with the zero below them.
const KEYPAD: [&str; 8] = ["2580", "0852", "1470", "0741", "3690", "0963", "1590", "3570"];
/// Digits of a PIN.
const PIN: std::ops::RangeInclusive<usize> = 4..=8;

/// A login as it is kept.
///
/// # Errors
/// [`Refusal`] when it is empty, too long, or has spaces or hidden characters.
pub fn login(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::invalid("login", Problem::Empty, "must not be empty"));
    }
    let length = text.chars().count();
    if length < *LOGIN.start() {
        return Err(Refusal::invalid("login", Problem::TooShort, "two characters at least"));
    }
    if length > *LOGIN.end() {
        return Err(Refusal::invalid(
            "login",
            Problem::TooLong,
            format!("at most {} characters", LOGIN.end()),
        ));
    }
    if !text.chars().all(|c| c.is_alphanumeric() || "._-@+".contains(c)) {
        return Err(Refusal::invalid("login", Problem::Malformed, "letters, digits and . _ - @ +"));
    }
    Ok(text.to_owned())
}

/// Two logins that differ in case alone are one.
#[must_use]
pub fn folded(login: &str) -> String {
    login.trim().to_lowercase()
}

/// Whether a password may be chosen. There are no rules of composition: length is what helps.
/// `is_common` knows the passwords that are tried first.
///
/// # Errors
/// [`Refusal`] for `field` when it is too short, too long, common, or the login itself.
pub fn password(
    field: &str,
    text: &str,
    login: &str,
    is_common: impl Fn(&str) -> bool,
) -> Result<(), Refusal> {
    let length = text.chars().count();
    if length < *PASSWORD.start() {
        let why = format!("at least {} characters; 15 are better", PASSWORD.start());
        return Err(Refusal::invalid(field, Problem::TooShort, why));
    }
    if length > *PASSWORD.end() {
        return Err(Refusal::invalid(field, Problem::TooLong, format!("at most {}", PASSWORD.end())));
    }
    if is_common(&text.to_lowercase()) || folded(text) == folded(login) {
        return Err(Refusal::invalid(field, Problem::Common, "is among the first that are tried"));
    }
    Ok(())
}

/// Whether a PIN may be chosen.
///
/// # Errors
/// [`Refusal`] when it is not four to eight digits, or among the first that are tried: one digit or two
/// repeated, digits in even steps, a column of the keys, a year.
pub fn pin(text: &str) -> Result<(), Refusal> {
    let digits: Vec<i32> =
        text.chars().filter_map(|c| c.to_digit(10)).filter_map(|d| d.try_into().ok()).collect();
    if digits.len() != text.chars().count() || !PIN.contains(&digits.len()) {
        let why = format!("{} to {} digits", PIN.start(), PIN.end());
        return Err(Refusal::invalid("pin", Problem::Malformed, why));
    }
    let steps: Vec<i32> = digits.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let even = steps.windows(2).all(|pair| pair[0] == pair[1]);
    let repeated = digits.chunks(2).all(|pair| digits.starts_with(pair));
    let year = digits.len() == 4 && (digits.starts_with(&[1, 9]) || digits.starts_with(&[2, 0]));
    if even || repeated || year || KEYPAD.contains(&text) {
        return Err(Refusal::invalid("pin", Problem::Common, "is among the first that are tried"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_one_word_in_any_alphabet() {
        for good in ["an", "Иванов", "d.kim@desk-2", " әсел "] {
            assert_eq!(login(good).unwrap(), good.trim());
        }
        for bad in ["", " ", "a", "two words", "a\u{202e}b", "a/b", &"x".repeat(65)] {
            assert_eq!(login(bad).unwrap_err().field.as_deref(), Some("login"), "{bad:?}");
        }
        assert_eq!(folded(" Иванов"), folded("иВАНОВ "));
    }

    #[test]
    fn a_password_is_long_and_not_among_the_first_that_are_tried() {
        let common = |text: &str| text == "password1";
        let problem =
            |text: &str| password("password", text, "Operator1", common).err().and_then(|r| r.problem);
        assert_eq!(problem("дождь над рекой"), None);
        assert_eq!(problem("seven77"), Some(Problem::TooShort));
        assert_eq!(problem(&"x".repeat(257)), Some(Problem::TooLong));
        assert_eq!(problem("PassWord1"), Some(Problem::Common));
        assert_eq!(problem("oPERATOR1"), Some(Problem::Common));
    }

    #[test]
    fn a_pin_is_digits_that_are_not_the_first_to_be_tried() {
        for good in ["1379", "90210", "12344321"] {
            assert_eq!(pin(good), Ok(()), "{good}");
        }
        for bad in
            ["", "137", "137913791", "12a4", "0000", "1234", "987654", "1357", "2580", "1212", "1986", "2014"]
        {
            assert!(pin(bad).is_err(), "{bad}");
        }
    }
}

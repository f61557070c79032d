//! What proves who a person is, or reaches them: document numbers, IIN, phones.
//!
//! Each has a value as people read it and a [key](Identity::key), which two spellings of the same
//! have in common. Neither is ever printed, nor serialised: who wants the value asks for it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most characters of a document's number; the longest in use have about twenty.
const DOCUMENT_LIMIT: usize = 40;
/// Digits of a phone number with its country: the shortest in use, and the most by ITU-T E.164.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 7..=15;
const IIN_DIGITS: usize = 12;
/// Digits of a phone that people remember it by.
pub const TAIL: usize = 4;

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// The number of a passport, an identity card, a licence.
    Document,
    /// The individual identification number of the Republic of Kazakhstan.
    Iin,
    /// A telephone.
    Phone,
}

impl IdentityKind {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Document, Self::Iin, Self::Phone];

    /// As it is written down.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Iin => "iin",
            Self::Phone => "phone",
        }
    }

    /// Reads [`IdentityKind::as_str`].
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Why a text is none. Holds nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Nothing is in it.
    #[error("must not be empty")]
    Empty,
    /// More than any has.
    #[error("is longer than any that exists")]
    TooLong,
    /// Signs that it cannot have, or too few.
    #[error("is not in the form that it must have")]
    Malformed,
    /// The last digit does not follow from the others: something was mistyped.
    #[error("is mistyped: the last digit does not follow from the others")]
    ControlDigit,
}

/// One of them, in good form.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    kind: IdentityKind,
    value: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({}, …)", self.kind.as_str())
    }
}

impl Identity {
    /// Reads what somebody typed.
    ///
    /// # Errors
    /// See [`IdentityError`].
    pub fn new(kind: IdentityKind, text: &str) -> Result<Self, IdentityError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(IdentityError::Empty);
        }
        let value = match kind {
            IdentityKind::Document => document(text),
            IdentityKind::Iin => iin(text),
            IdentityKind::Phone => phone(text),
        }?;
        Ok(Self { kind, value })
    }

    /// Takes over what was written down before.
    #[must_use]
    pub fn kept(kind: IdentityKind, value: String) -> Self {
        Self { kind, value }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> IdentityKind {
        self.kind
    }

    /// As people read it; look for its callers to see where it goes.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.value
    }

    /// What two spellings of the same have in common.
    #[must_use]
    pub fn key(&self) -> String {
        match self.kind {
            IdentityKind::Document => {
                self.value.chars().filter(|sign| sign.is_alphanumeric()).map(as_latin).collect()
            }
            IdentityKind::Iin | IdentityKind::Phone => digits(&self.value),
        }
    }

    /// The last digits of a phone, by which people remember it.
    #[must_use]
    pub fn tail(&self) -> Option<String> {
        let key = self.key();
        (self.kind == IdentityKind::Phone)
            .then(|| key.get(key.len().saturating_sub(TAIL)..))
            .flatten()
            .map(str::to_owned)
    }

    /// What may be shown of it to whoever may not see it: enough to tell two apart, not enough to
    /// use. How long it is, is not shown.
    #[must_use]
    pub fn masked(&self) -> String {
        let signs: Vec<char> = self.value.chars().collect();
        let shown = if self.kind == IdentityKind::Phone { TAIL } else { 3 };
        // Of a short one nothing.
        let shown = if signs.len() >= 2 * shown { shown } else { 0 };
        let end: String = signs.iter().skip(signs.len() - shown).collect();
        format!("•••{end}")
    }
}

/// Upper case, single spaces; letters, digits, and what documents are written with.
fn document(text: &str) -> Result<String, IdentityError> {
    let value = text.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    let allowed = |sign: char| sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '/' | '.' | '№');
    if value.chars().count() > DOCUMENT_LIMIT {
        return Err(IdentityError::TooLong);
    }
    let enough = value.chars().filter(|sign| sign.is_alphanumeric()).count() >= 4;
    if !enough || !value.chars().all(allowed) || !value.chars().any(|sign| sign.is_ascii_digit()) {
        return Err(IdentityError::Malformed);
    }
    Ok(value)
}

/// Letters that look the same in both scripts are one: passports are read by eye.
fn as_latin(letter: char) -> char {
    match letter {
        'А' => 'A',
        'В' => 'B',
        'Е' => 'E',
        'К' => 'K',
        'М' => 'M',
        'Н' => 'H',
        'О' => 'O',
        'Р' => 'P',
        'С' => 'C',
        'Т' => 'T',
        'У' => 'Y',
        'Х' => 'X',
        'І' => 'I',
        other => other,
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Twelve digits: the date of birth, century and sex, a number, and a digit that follows from the
/// others. (Resolution 853 of the Government of the Republic of Kazakhstan, 22 May 2007.)
fn iin(text: &str) -> Result<String, IdentityError> {
    let spaced = |sign: char| sign.is_ascii_digit() || sign == ' ';
    let value = digits(text);
    if value.len() > IIN_DIGITS {
        return Err(IdentityError::TooLong);
    }
    if !text.chars().all(spaced) || value.len() != IIN_DIGITS {
        return Err(IdentityError::Malformed);
    }
    let numbers: Vec<u32> = value.chars().filter_map(|digit| digit.to_digit(10)).collect();
    let pair = |place: usize| {
        numbers.get(place..place + 2).map_or(0, |two| two.iter().fold(0, |sum, one| sum * 10 + one))
    };
    if !(1..=12).contains(&pair(2)) || !(1..=31).contains(&pair(4)) {
        return Err(IdentityError::Malformed);
    }
    let control = control_digit(&numbers).ok_or(IdentityError::ControlDigit)?;
    if numbers.last() != Some(&control) {
        return Err(IdentityError::ControlDigit);
    }
    Ok(value)
}

/// Weights 1 to 11 modulo 11; where that gives 10, weights that begin at 3. A number for which both
/// give 10 is not given out.
fn control_digit(numbers: &[u32]) -> Option<u32> {
    let sum = |weights: [u32; 11]| {
        numbers.iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11
    };
    let first = sum([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    let control = if first == 10 { sum([3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) } else { first };
    (control < 10).then_some(control)
}

/// `+` and digits. Within Kazakhstan and Russia people write 8 for the country's 7.
fn phone(text: &str) -> Result<String, IdentityError> {
    let allowed =
        |sign: char| sign.is_ascii_digit() || matches!(sign, ' ' | '-' | '(' | ')' | '.' | '+' | '\u{a0}');
    let number = digits(text);
    let plus = text.starts_with('+');
    if number.len() > *PHONE_DIGITS.end() {
        return Err(IdentityError::TooLong);
    }
    let stray_plus = text.char_indices().any(|(place, sign)| sign == '+' && place > 0);
    if !text.chars().all(allowed) || stray_plus || !PHONE_DIGITS.contains(&number.len()) {
        return Err(IdentityError::Malformed);
    }
    let number = match (number.strip_prefix('8'), number.len()) {
        (Some(rest), 11) if !plus => format!("7{rest}"),
        // As it is said aloud: with the code of the network, without the country.
        (_, 10) if !plus => format!("7{number}"),
        _ => number,
    };
    // A shorter one is of the town: it stays as it is.
    let national = !plus && number.len() < 11;
    Ok(if national { number } else { format!("+{number}") })
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;

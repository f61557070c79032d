//! Text that a person typed.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

/// A letter and its accent as one sign: two keyboards write the same word differently. (Unicode
/// normalization form C.)
#[must_use]
pub fn nfc(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_the_same_however_it_was_put_together() {
        // и and е with their marks beside them.
        assert_eq!(nfc("Андре\u{438}\u{306}"), "Андре\u{439}");
        assert_eq!(nfc("Ал\u{435}\u{308}на"), "Ал\u{451}на");
    }
}

use proptest::prelude::*;

use super::*;

fn of(kind: IdentityKind, text: &str) -> Result<Identity, IdentityError> {
    Identity::new(kind, text)
}

/// A number that is in good form and is nobody's: born on a day of a month, by a running number.
fn made_up_iin(running: u32) -> Option<String> {
    let begin = format!("900101300{:02}", running % 100);
    let numbers: Vec<u32> = begin.chars().filter_map(|digit| digit.to_digit(10)).collect();
    control_digit(&numbers).map(|control| format!("{begin}{control}"))
}

#[test]
fn an_iin_has_twelve_digits_and_the_last_follows_from_the_others() {
    for running in 0..100 {
        let Some(good) = made_up_iin(running) else { continue };
        let read = of(IdentityKind::Iin, &format!(" {} {} ", &good[..6], &good[6..])).unwrap();
        assert_eq!((read.reveal(), read.key().as_str()), (good.as_str(), good.as_str()));
        let last: u32 = good[11..].parse().unwrap();
        let wrong = format!("{}{}", &good[..11], (last + 1) % 10);
        assert_eq!(of(IdentityKind::Iin, &wrong), Err(IdentityError::ControlDigit));
    }
    for (text, why) in [
        ("", IdentityError::Empty),
        ("12345", IdentityError::Malformed),
        ("90010130012a", IdentityError::Malformed),
        ("1234567890123", IdentityError::TooLong),
        // The thirteenth month, the thirty-second day.
        ("901301300008", IdentityError::Malformed),
        ("900132300008", IdentityError::Malformed),
    ] {
        assert_eq!(of(IdentityKind::Iin, text), Err(why), "{text}");
    }
}

#[test]
fn the_second_row_of_weights_is_used_where_the_first_gives_ten() {
    let weighed =
        |numbers: &[u32]| numbers.iter().zip(1..).map(|(digit, weight)| digit * weight).sum::<u32>() % 11;
    let ten = (0..1_000)
        .map(|running| format!("90010130{running:03}"))
        .find(|begin| weighed(&begin.chars().filter_map(|c| c.to_digit(10)).collect::<Vec<_>>()) == 10)
        .unwrap();
    let numbers: Vec<u32> = ten.chars().filter_map(|digit| digit.to_digit(10)).collect();
    let by_hand: u32 = numbers
        .iter()
        .zip([3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2])
        .map(|(digit, weight)| digit * weight)
        .sum::<u32>()
        % 11;
    assert_eq!(control_digit(&numbers), (by_hand < 10).then_some(by_hand));
}

#[test]
fn a_phone_is_the_same_however_it_is_written() {
    let one = of(IdentityKind::Phone, "+7 701 000-00-42").unwrap();
    for text in ["8 (701) 000 00 42", "87010000042", "+77010000042", "7 701 0000042", "701 000 00 42"] {
        let other = of(IdentityKind::Phone, text).unwrap();
        assert_eq!((other.key(), other.reveal()), (one.key(), one.reveal()), "{text}");
    }
    assert_eq!(one.tail().as_deref(), Some("0042"));
    assert_eq!(one.masked(), "•••0042");
    assert_eq!(of(IdentityKind::Phone, "+82 10 0000 0042").unwrap().reveal(), "+821000000042");
    assert_eq!(of(IdentityKind::Phone, "2 44 00 42").unwrap().reveal(), "2440042");
    for text in ["123", "call me", "+7+701 000 00 42", "1234567890123456"] {
        assert!(of(IdentityKind::Phone, text).is_err(), "{text}");
    }
}

#[test]
fn a_document_is_the_same_in_either_case_script_and_spacing() {
    let latin = of(IdentityKind::Document, "an 0000042").unwrap();
    // The letters A and H of the other script.
    let cyrillic = of(IdentityKind::Document, "  АН 0000042").unwrap();
    assert_eq!(of(IdentityKind::Document, "ah-0000042").unwrap().key(), cyrillic.key());
    assert_ne!(latin.key(), cyrillic.key());
    assert_eq!(latin.reveal(), "AN 0000042");
    assert_eq!(latin.masked(), "•••042");
    for text in ["abcdef", "№ 1", "a1", "12<script>34", &"1".repeat(41)] {
        assert!(of(IdentityKind::Document, text).is_err(), "{text}");
    }
}

#[test]
fn of_a_short_one_nothing_is_shown_and_none_is_printed() {
    let short = of(IdentityKind::Document, "A123").unwrap();
    assert_eq!(short.masked(), "•••");
    assert!(!format!("{short:?}").contains("123"));
    for kind in IdentityKind::ALL {
        assert_eq!(IdentityKind::named(kind.as_str()), Some(kind));
    }
    assert_eq!(IdentityKind::named("name"), None);
}

proptest! {
    #[test]
    fn whatever_is_typed_is_read_or_refused_and_what_was_read_reads_the_same(text in "\\PC{0,50}") {
        for kind in IdentityKind::ALL {
            if let Ok(read) = Identity::new(kind, &text) {
                let again = Identity::new(kind, read.reveal()).unwrap();
                prop_assert_eq!(again.reveal(), read.reveal());
                prop_assert_eq!(again.key(), read.key());
                prop_assert!(read.masked().chars().count() <= 3 + TAIL);
            }
        }
    }
}

//! Crockford's base 32, for what people read from paper and type.
//!
//! No I, L, O and U; what is typed for them is taken for what it looks like. So are the Cyrillic
//! letters that look like Latin ones, because the keyboard at the desk is often left on them.

use zeroize::Zeroizing;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The sign for five bits.
pub(crate) fn sign(value: u8) -> char {
    char::from(ALPHABET[usize::from(value & 31)])
}

/// Five bits for a sign as somebody types it; `None` for what is none.
pub(crate) fn value(typed: char) -> Option<u8> {
    let upper = typed.to_uppercase().next()?;
    let sign = match upper {
        'O' | 'О' => '0',
        'I' | 'L' => '1',
        'А' => 'A',
        'В' => 'B',
        'С' => 'C',
        'Е' => 'E',
        'Н' => 'H',
        'К' => 'K',
        'М' => 'M',
        'Р' => 'P',
        'Т' => 'T',
        'Х' => 'X',
        'У' => 'Y',
        other => other,
    };
    let place = ALPHABET.iter().position(|each| char::from(*each) == sign)?;
    u8::try_from(place).ok()
}

/// What people put between groups.
pub(crate) fn separates(typed: char) -> bool {
    typed.is_whitespace() || matches!(typed, '-' | '‐' | '‑' | '–' | '—' | '_' | '.')
}

/// Five bits each, from the first on; a rest of less than five is left out.
pub(crate) fn split(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let bit = |index: usize| (bytes[index / 8] >> (7 - index % 8)) & 1;
    let values = (0..bytes.len() * 8 / 5).map(|n| (0..5).fold(0, |value, k| value << 1 | bit(n * 5 + k)));
    Zeroizing::new(values.collect())
}

/// The bytes that [`split`] has made of them.
pub(crate) fn join<const N: usize>(values: &[u8]) -> Option<Zeroizing<[u8; N]>> {
    if values.len() * 5 != N * 8 {
        return None;
    }
    let mut bytes = Zeroizing::new([0; N]);
    for index in 0..N * 8 {
        bytes[index / 8] |= ((values[index / 5] >> (4 - index % 5)) & 1) << (7 - index % 8);
    }
    Some(bytes)
}

/// Signs in groups, with dashes between them.
pub(crate) fn grouped(values: &[u8], group: usize) -> String {
    let mut text = String::with_capacity(values.len() * 2);
    for (index, value) in values.iter().enumerate() {
        if index > 0 && index % group == 0 {
            text.push('-');
        }
        text.push(sign(*value));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_from_signs() {
        let bytes: [u8; 10] = [0, 1, 2, 0x7f, 0x80, 0xff, 0xa5, 0x5a, 9, 254];
        let values = split(&bytes);
        assert_eq!(values.len(), 16);
        assert_eq!(join::<10>(&values).unwrap().as_slice(), bytes);
        assert!(join::<10>(&values[1..]).is_none());
        assert_eq!(grouped(&values, 4).len(), 19);
    }

    #[test]
    fn every_sign_is_read_in_any_case_and_look_alikes_are_taken_for_it() {
        for each in 0..32 {
            assert_eq!(value(sign(each)), Some(each));
            assert_eq!(value(sign(each).to_ascii_lowercase()), Some(each));
        }
        for (typed, meant) in "oOiIlLоОаАвсенкмртху".chars().zip("00111100AABCEHKMPTXY".chars())
        {
            assert_eq!(value(typed), value(meant), "{typed}");
        }
        for none in ['U', 'u', 'Я', '!', '-', ' '] {
            assert_eq!(value(none), None, "{none}");
        }
    }
}

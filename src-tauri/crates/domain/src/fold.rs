//! Names as a search compares them: letters that people take for one another are one letter.

/// Lower case, `ё` as `е`, Kazakh letters as their Russian neighbours, everything that is neither
/// letter nor digit as a space, single spaces.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        let letter = match letter {
            'ё' => 'е',
            'ә' => 'а',
            'ғ' => 'г',
            'қ' => 'к',
            'ң' => 'н',
            'ө' => 'о',
            'ұ' | 'ү' => 'у',
            'һ' => 'х',
            'і' => 'и',
            other if other.is_alphanumeric() => other,
            _ => ' ',
        };
        if letter != ' ' || !(folded.is_empty() || folded.ends_with(' ')) {
            folded.push(letter);
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// The keys of a keyboard, as the English and the Russian layout read them.
const KEYS: [(&str, &str); 4] = [
    ("`qwertyuiop[]", "ёйцукенгшщзхъ"),
    ("asdfghjkl;'", "фывапролджэ"),
    ("zxcvbnm,.", "ячсмитьбю"),
    ("~{}:\"<>", "ёхъжэбю"),
];

/// What the same keys would have written in the other layout; `None` when that is the same.
#[must_use]
pub fn other_layout(text: &str) -> Option<String> {
    let swapped: String = text.chars().flat_map(char::to_lowercase).map(swap).collect();
    (swapped != text.to_lowercase()).then_some(swapped)
}

fn swap(letter: char) -> char {
    let other = |from: &str, to: &str| {
        let place = from.chars().position(|key| key == letter)?;
        to.chars().nth(place)
    };
    let pair = KEYS
        .iter()
        .find_map(|(english, russian)| other(english, russian).or_else(|| other(russian, english)));
    pair.unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_people_take_for_one_another_are_one() {
        assert_eq!(fold("  Пётр  ҚУАНЫШБЕКОВА-Нұрланқызы "), "петр куанышбекова нурланкызы");
        assert_eq!(fold("Жақсылықова Мөлдір"), "жаксылыкова молдир");
        assert_eq!(fold("№ 0099/17"), "0099 17");
        assert_eq!(fold("—"), "");
    }

    #[test]
    fn a_forgotten_layout_is_read_both_ways() {
        assert_eq!(other_layout("bdfyjd").as_deref(), Some("иванов"));
        assert_eq!(other_layout("ыьшер").as_deref(), Some("smith"));
        assert_eq!(other_layout(";evf,tr").as_deref(), Some("жумабек"));
        assert_eq!(other_layout("0042"), None);
    }
}

//! The code on the paper: 160 random bits in eight groups of five signs.
//!
//! Four signs of a group are data (Crockford's base 32), the fifth is its check, so that it is
//! told which group was mistyped. The check is a weighted sum over GF(32) with the group's number
//! in it: one wrong sign, two that changed places and two groups that changed places are always
//! noticed, whatever else in 31 of 32 cases. What still slips through does not open anything.

use vakhta_app::secret::{SecretError, SecretText};
use zeroize::Zeroizing;

use crate::{cipher, crockford};

pub(crate) const BYTES: usize = 20;
const GROUPS: usize = 8;
const DATA: usize = 4;
const GROUP: usize = DATA + 1;

/// Where a typed code is no code. Holds nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistyped {
    /// Signs are missing, or there are too many.
    #[error("the code has 8 groups of 5 signs, 40 in all; {signs} were typed")]
    Length {
        /// How many there are.
        signs: usize,
    },
    /// These groups, counted from 1, are not what the paper says.
    #[error("mistyped: group {}", list(.groups))]
    Groups {
        /// In order, at least one.
        groups: Vec<usize>,
    },
}

fn list(groups: &[usize]) -> String {
    groups.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

impl From<Mistyped> for SecretError {
    fn from(mistyped: Mistyped) -> Self {
        crate::not_opened(mistyped)
    }
}

/// A fresh code as the paper shows it.
pub(crate) fn new() -> Result<SecretText, SecretError> {
    Ok(text(cipher::random::<BYTES>()?.as_slice()))
}

fn text(bytes: &[u8]) -> SecretText {
    let data = crockford::split(bytes);
    let mut signs = Zeroizing::new(Vec::with_capacity(GROUPS * GROUP));
    for (index, group) in data.chunks(DATA).enumerate() {
        signs.extend_from_slice(group);
        signs.push(check(index, group));
    }
    SecretText::new(crockford::grouped(&signs, GROUP))
}

/// The bits of a typed code.
pub(crate) fn bytes(typed: &str) -> Result<Zeroizing<[u8; BYTES]>, Mistyped> {
    let groups = groups(typed)?;
    let mut data = Zeroizing::new(Vec::with_capacity(GROUPS * DATA));
    let mut wrong = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        match group_data(index, group) {
            Some(values) => data.extend_from_slice(&values),
            None => wrong.push(index + 1),
        }
    }
    crockford::join(&data).filter(|_| wrong.is_empty()).ok_or(Mistyped::Groups { groups: wrong })
}

/// A typed code as the paper shows it. Case, spaces and dashes do not count, look-alikes are taken
/// for what they look like.
///
/// # Errors
/// [`Mistyped`] says in which group, where that can be told.
pub fn read(typed: &str) -> Result<SecretText, Mistyped> {
    Ok(text(bytes(typed)?.as_slice()))
}

/// The last group of a code, or what somebody typed for it, in one form; `None` for what is none.
#[must_use]
pub fn last_group(typed: &str) -> Option<SecretText> {
    let last = typed.rsplit(crockford::separates).find(|piece| !piece.is_empty())?;
    let group: Zeroizing<Vec<char>> = Zeroizing::new(last.chars().collect());
    let data = group_data(GROUPS - 1, &group)?;
    Some(SecretText::new(data.iter().map(|value| crockford::sign(*value)).collect()))
}

/// Whether this is what the last group of the code says.
pub(crate) fn ends_with(code: &SecretText, typed: &str) -> bool {
    let data = |text: &str| {
        let group: Vec<char> = text.chars().filter(|sign| !crockford::separates(*sign)).collect();
        group_data(GROUPS - 1, &group)
    };
    let last = code.reveal().rsplit('-').next().and_then(data);
    last.is_some() && last == data(typed)
}

/// By the gaps that were typed, so that a missing sign spoils its own group alone; without gaps,
/// or with others than there are, by counting.
fn groups(typed: &str) -> Result<Vec<Zeroizing<Vec<char>>>, Mistyped> {
    let gaps = typed.split(crockford::separates).filter(|piece| !piece.is_empty());
    let pieces: Vec<_> = gaps.map(|piece| Zeroizing::new(piece.chars().collect::<Vec<_>>())).collect();
    if pieces.len() == GROUPS {
        return Ok(pieces);
    }
    let signs: Zeroizing<Vec<char>> =
        Zeroizing::new(pieces.iter().flat_map(|piece| piece.to_vec()).collect());
    if signs.len() != GROUPS * GROUP {
        return Err(Mistyped::Length { signs: signs.len() });
    }
    Ok(signs.chunks(GROUP).map(|group| Zeroizing::new(group.to_vec())).collect())
}

/// The data of a group that fits its check.
fn group_data(index: usize, group: &[char]) -> Option<Zeroizing<Vec<u8>>> {
    let values: Option<Vec<u8>> = group.iter().map(|sign| crockford::value(*sign)).collect();
    let mut values = Zeroizing::new(values.filter(|values| values.len() == GROUP)?);
    let typed = values.pop()?;
    (typed == check(index, &values)).then_some(values)
}

fn check(index: usize, data: &[u8]) -> u8 {
    // Powers of the generator are the weights: different, and none is zero.
    let sum = data.iter().fold(0, |sum, value| double(sum ^ value));
    sum ^ (index as u8 + 1)
}

/// Times the generator of GF(32), modulo x⁵ + x² + 1.
fn double(value: u8) -> u8 {
    let twice = value << 1;
    if twice & 32 == 0 { twice } else { twice ^ 0b10_0101 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(typed: &str) -> Vec<usize> {
        match read(typed) {
            Err(Mistyped::Groups { groups }) => groups,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_code_comes_back_however_it_is_typed() {
        let code = new().unwrap();
        let shown = code.reveal();
        assert_eq!(shown.split('-').map(str::len).collect::<Vec<_>>(), [5; 8], "{shown}");
        let typed = shown.to_lowercase().replace('-', "\n").replace('0', "o").replace('1', "l");
        for typed in [shown, &typed, &shown.replace('-', ""), &shown.replace('-', " — ")] {
            assert_eq!(read(typed).unwrap(), code, "{typed}");
        }
        assert_ne!(new().unwrap(), code);
    }

    #[test]
    fn every_wrong_sign_and_every_swap_is_told_with_its_group() {
        let shown = text(&(0..20).map(|n| n * 13 + 5).collect::<Vec<u8>>());
        let shown: Vec<char> = shown.reveal().chars().collect();
        for place in (0..shown.len()).filter(|place| shown[*place] != '-') {
            for value in 0..32 {
                let mut typed = shown.clone();
                typed[place] = crockford::sign(value);
                if typed != shown {
                    assert_eq!(wrong(&String::from_iter(&typed)), [place / 6 + 1], "place {place}");
                }
            }
            let mut swapped = shown.clone();
            if place + 1 < shown.len() && shown[place + 1] != '-' && shown[place] != shown[place + 1] {
                swapped.swap(place, place + 1);
                assert_eq!(wrong(&String::from_iter(&swapped)), [place / 6 + 1], "swapped at {place}");
            }
        }
    }

    #[test]
    fn the_last_group_is_the_same_however_it_is_typed() {
        let code = new().unwrap();
        let shown = code.reveal();
        let last = &shown[shown.len() - GROUP..];
        let lower = format!(" {} ", last.to_lowercase());
        for typed in [shown, last, &lower] {
            assert_eq!(last_group(typed), last_group(shown), "{typed}");
            assert!(last_group(typed).is_some());
        }
        assert_eq!(last_group(&shown[..GROUP]), None, "the first group is not the last");
        assert_eq!((last_group(""), last_group("abc")), (None, None));
    }

    #[test]
    fn groups_that_changed_places_and_missing_signs_are_told() {
        let code = new().unwrap();
        let groups: Vec<&str> = code.reveal().split('-').collect();
        let mut swapped = groups.clone();
        swapped.swap(1, 6);
        assert_eq!(wrong(&swapped.join("-")), [2, 7]);
        let mut short = groups.clone();
        short[4] = &short[4][1..];
        assert_eq!(wrong(&short.join(" ")), [5]);
        let mut odd = groups.clone();
        odd[2] = "U!#я?";
        assert_eq!(wrong(&odd.join(" ")), [3]);
        assert_eq!(read(&groups[1..].join("-")), Err(Mistyped::Length { signs: 35 }));
        assert_eq!(read(""), Err(Mistyped::Length { signs: 0 }));
        let error = SecretError::from(Mistyped::Groups { groups: vec![2, 7] }).to_string();
        assert!(error.ends_with("mistyped: group 2, 7"), "{error}");
    }
}

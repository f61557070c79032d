//! What an event's pair of numbers means to a desk.
//!
//! The table stands beside this file as `event_codes.tsv`; a new code is one line there.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// An event code. Only the pair means something: minor 1024 is a short circuit under major 1,
/// "power on" under 2 and "door opened remotely" under 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventCode {
    /// 1 alarm, 2 exception, 3 operation, 5 event.
    pub major: u32,
    /// What of it.
    pub minor: u32,
}

impl fmt::Display for EventCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.major, self.minor)
    }
}

/// What a device decided about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Let in or out.
    Granted,
    /// Turned away.
    Refused,
    /// The event is not about a person being let through.
    None,
}

impl Verdict {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::None => "none",
        }
    }
}

/// What a code does to what is known, beyond its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing.
    Plain,
    /// Takes back the grant before it: the person did not go through.
    NotPassed,
    /// A pass outside its window was shown; the device refused it.
    Expired,
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// For the eyes of an administrator, English.
    pub text: &'static str,
    /// What the device decided.
    pub verdict: Verdict,
    /// What else follows.
    pub effect: Effect,
}

static TABLE: LazyLock<HashMap<EventCode, Meaning>> =
    LazyLock::new(|| include_str!("event_codes.tsv").lines().filter_map(parse_line).collect());

/// `major TAB minor TAB verdict[+effect] TAB meaning`; `#` starts a comment line.
fn parse_line(line: &'static str) -> Option<(EventCode, Meaning)> {
    let mut columns = line.split('\t');
    let code = EventCode { major: columns.next()?.parse().ok()?, minor: columns.next()?.parse().ok()? };
    let (verdict, effect) = match columns.next()? {
        "granted" => (Verdict::Granted, Effect::Plain),
        "refused" => (Verdict::Refused, Effect::Plain),
        "refused+expired" => (Verdict::Refused, Effect::Expired),
        "none" => (Verdict::None, Effect::Plain),
        "none+not_passed" => (Verdict::None, Effect::NotPassed),
        _ => return None,
    };
    Some((code, Meaning { text: columns.next()?, verdict, effect }))
}

impl EventCode {
    /// What the table says; a pair that it does not know is kept raw and never guessed at.
    #[must_use]
    pub fn meaning(self) -> Option<Meaning> {
        TABLE.get(&self).copied()
    }

    /// [`Verdict::None`] for an unknown pair.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        self.meaning().map_or(Verdict::None, |meaning| meaning.verdict)
    }

    /// [`Effect::Plain`] for an unknown pair.
    #[must_use]
    pub fn effect(self) -> Effect {
        self.meaning().map_or(Effect::Plain, |meaning| meaning.effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read_and_no_pair_stands_twice() {
        let lines = include_str!("event_codes.tsv").lines().filter(|l| !l.is_empty() && !l.starts_with('#'));
        assert_eq!(lines.count(), TABLE.len());
        assert!(TABLE.len() >= 300);
    }

    #[test]
    fn the_codes_that_public_tables_get_wrong() {
        let code = |major, minor| EventCode { major, minor };
        assert_eq!(code(5, 75).verdict(), Verdict::Granted);
        assert_eq!(code(5, 76).verdict(), Verdict::Refused);
        assert_eq!(code(5, 38).verdict(), Verdict::Granted);
        assert_eq!(code(5, 81).verdict(), Verdict::None);
        assert_eq!(code(5, 15).verdict(), Verdict::None, "contradictory in the official list");
        assert_eq!(code(5, 137).effect(), Effect::NotPassed);
        assert_eq!(code(5, 8).effect(), Effect::Expired);
        assert_eq!(code(3, 1024).verdict(), Verdict::None);
        assert_eq!(code(5, 1300).meaning(), None, "custom events are shown raw");
    }
}

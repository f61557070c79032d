//! What parts a stream, in all the spellings that devices use.

use super::head::param;

/// Longer than the 70 characters of the RFC; beyond this a line is no delimiter.
const LONGEST: usize = 200;
/// Shorter than this it needs its dashes.
const SHORTEST: usize = 6;

/// The word between the parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Boundary {
    /// As the header says it.
    whole: Vec<u8>,
    /// Without leading dashes: nobody agrees on whether the two of the delimiter belong to it.
    core: Vec<u8>,
    /// Of `<frontier>`, what stands within.
    inner: Option<Vec<u8>>,
    /// Another that is as good, until one of the two has proved right.
    other: Option<Box<Boundary>>,
}

/// What a line between parts says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// A part follows.
    Open,
    /// No part follows. Some devices go on nevertheless.
    Close,
}

impl Boundary {
    /// The parameter of a `Content-Type` value.
    pub(super) fn from_content_type(value: &str) -> Option<Self> {
        Self::new(param(value, "boundary")?.trim().as_bytes())
    }

    /// Takes a line for the first delimiter of a stream whose header did not tell.
    pub(super) fn sniff(line: &[u8]) -> Option<Self> {
        let line = trimmed(line);
        (line.starts_with(b"--") && line.len() > 2 && !line.contains(&b' '))
            .then(|| Self::new(line))
            .flatten()
    }

    fn new(whole: &[u8]) -> Option<Self> {
        let plain =
            !whole.is_empty() && whole.len() <= LONGEST && whole.iter().all(|b| !b.is_ascii_control());
        let dashes = whole.iter().take_while(|byte| **byte == b'-').count();
        let core = whole.get(dashes..).filter(|core| !core.is_empty()).unwrap_or(whole);
        let inner = core.strip_prefix(b"<").and_then(|rest| rest.strip_suffix(b">"));
        let inner = inner.filter(|inner| !inner.is_empty()).map(<[u8]>::to_vec);
        plain.then(|| Self { whole: whole.to_vec(), core: core.to_vec(), inner, other: None })
    }

    /// Keeps another boundary beside this one; of several, the first that was there.
    pub(super) fn beside(mut self, other: Option<Self>) -> Self {
        self.other = other.map(|mut other| other.other.take().unwrap_or_else(|| Box::new(other)));
        self
    }

    /// Whether a line, without its line feed, is a delimiter and nothing else.
    pub(super) fn line(&self, line: &[u8]) -> Option<Delimiter> {
        self.own_line(line).or_else(|| self.other.as_ref()?.own_line(line))
    }

    fn own_line(&self, line: &[u8]) -> Option<Delimiter> {
        let line = trimmed(line);
        if line.len() > LONGEST + 16 {
            return None;
        }
        match self.own_tail(line) {
            Some((0, delimiter)) => Some(delimiter),
            _ => self.bare(line),
        }
    }

    /// Whether a line, without its line feed, ends in a delimiter, and where that begins: some
    /// devices leave out the line break before it.
    pub(super) fn tail(&self, line: &[u8]) -> Option<(usize, Delimiter)> {
        self.own_tail(line).or_else(|| self.other.as_ref()?.own_tail(line))
    }

    fn own_tail(&self, line: &[u8]) -> Option<(usize, Delimiter)> {
        let line = trimmed(line);
        let closed = line.strip_suffix(b"--");
        [(Some(line), Delimiter::Open), (closed, Delimiter::Close)].into_iter().find_map(
            |(text, delimiter)| {
                let text = text?;
                let before = text
                    .strip_suffix(self.core.as_slice())
                    .or_else(|| text.strip_suffix(self.inner.as_deref()?))?;
                let dashes = before.iter().rev().take(LONGEST).take_while(|byte| **byte == b'-').count();
                (dashes >= 2).then(|| (before.len() - dashes, delimiter))
            },
        )
    }

    /// The header's own value without the two dashes before it. Not where it could be taken for
    /// the beginning of a document, or is so short that it could be a line of its own.
    fn bare(&self, line: &[u8]) -> Option<Delimiter> {
        if self.whole.len() < SHORTEST || self.whole.starts_with(b"<") || self.whole.starts_with(b"{") {
            return None;
        }
        match line.strip_prefix(self.whole.as_slice())? {
            b"" => Some(Delimiter::Open),
            b"--" => Some(Delimiter::Close),
            _ => None,
        }
    }
}

/// A line without the blanks and the carriage return at its end.
pub(super) fn trimmed(line: &[u8]) -> &[u8] {
    let blanks = line.iter().rev().take_while(|byte| matches!(byte, b'\r' | b' ' | b'\t')).count();
    line.get(..line.len() - blanks).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Boundary {
        Boundary::from_content_type(&format!("multipart/mixed; charset=utf-8; boundary={value}")).unwrap()
    }

    #[test]
    fn spellings_of_the_header_and_of_the_wire() {
        for (value, wire) in [
            ("boundary", "--boundary"),
            ("\"boundary\"", "--boundary \r"),
            ("boundary", "boundary\r"),
            ("<frontier>", "--<frontier>"),
            ("<frontier>", "--frontier"),
            ("\"--myboundary\"", "--myboundary"),
            ("--myboundary", "----myboundary"),
            ("a:b=c ; x=y", "--a:b=c"),
            ("---", "-----"),
        ] {
            assert_eq!(of(value).line(wire.as_bytes()), Some(Delimiter::Open), "{value} {wire}");
            let close = format!("{}--", wire.trim_end());
            if value != "---" {
                assert_eq!(of(value).line(close.as_bytes()), Some(Delimiter::Close), "{value} {close}");
            }
        }
    }

    #[test]
    fn other_lines_are_none() {
        for line in ["", "--", "--boundaryx", "-boundary", "x--boundary", "--bound", "<frontier>"] {
            assert_eq!(of("boundary").line(line.as_bytes()), None, "{line}");
            assert_eq!(of("<frontier>").line(line.as_bytes()), None, "{line}");
        }
        assert_eq!(of("boundary").tail(b"{}--boundary\r"), Some((2, Delimiter::Open)));
        assert_eq!(of("boundary").tail(b"{}--boundary--"), Some((2, Delimiter::Close)));
    }

    #[test]
    fn a_header_may_have_none() {
        for value in ["multipart/mixed", "multipart/mixed; boundary=", "multipart/mixed; boundary=\"\"", ""] {
            assert_eq!(Boundary::from_content_type(value), None, "{value}");
        }
        assert_eq!(Boundary::sniff(b"--x\r").unwrap().line(b"--x--"), Some(Delimiter::Close));
        assert_eq!(Boundary::sniff(b"x--x"), None);
        assert_eq!(Boundary::sniff(b"--\r"), None);
    }
}

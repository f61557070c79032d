//! Tells, byte by byte, where a JSON or XML document may be at its end.
//!
//! It only counts; whether the document really is one, [`crate::node::is_complete`] says. So
//! that a hostile document cannot have itself parsed again and again, the bytes spent on
//! that are kept in proportion to its length.

use crate::node;

/// Bytes that may be parsed in vain, beyond four times the document's length.
const ALLOWANCE: usize = 256 * 1024;

/// Follows one document from its first byte.
#[derive(Clone, Debug)]
pub(super) struct Document {
    kind: Kind,
    length: usize,
    spent: usize,
}

#[derive(Clone, Debug)]
enum Kind {
    Json { depth: u32, string: bool, escaped: bool },
    Xml(Tags),
}

/// Enough of XML to know when the tag that ends the root has just been closed.
#[derive(Clone, Debug, Default)]
struct Tags {
    root: Vec<u8>,
    tag: Vec<u8>,
    inside: bool,
    last: u8,
}

/// Names longer than this are compared by their beginning.
const NAME: usize = 128;

impl Document {
    /// Of the byte that begins it, after space and byte order mark; `None` for other bytes.
    pub(super) fn begin(first: u8) -> Option<Self> {
        let kind = match first {
            b'{' | b'[' => Kind::Json { depth: 0, string: false, escaped: false },
            b'<' => Kind::Xml(Tags::default()),
            _ => return None,
        };
        let mut document = Self { kind, length: 0, spent: 0 };
        document.push(first);
        Some(document)
    }

    /// Takes the next byte; true when the document may end with it.
    pub(super) fn push(&mut self, byte: u8) -> bool {
        self.length += 1;
        match &mut self.kind {
            Kind::Json { depth, string, escaped } => {
                if *string {
                    *string = *escaped || byte != b'"';
                    *escaped = !*escaped && byte == b'\\';
                    return false;
                }
                match byte {
                    b'"' => *string = true,
                    b'{' | b'[' => *depth = depth.saturating_add(1),
                    b'}' | b']' => {
                        *depth = depth.saturating_sub(1);
                        return *depth == 0;
                    }
                    _ => {}
                }
                false
            }
            Kind::Xml(tags) => tags.push(byte),
        }
    }

    /// Whether it is one, as far as the allowance goes.
    pub(super) fn is_whole(&mut self, bytes: &[u8]) -> bool {
        if self.spent > ALLOWANCE.saturating_add(self.length.saturating_mul(4)) {
            return false;
        }
        self.spent = self.spent.saturating_add(bytes.len());
        node::is_complete(bytes)
    }

    /// Whether `before` ends as a document of this kind does.
    pub(super) fn ends(&self, before: &[u8]) -> bool {
        matches!(
            (&self.kind, before.last()),
            (Kind::Json { .. }, Some(b'}' | b']')) | (Kind::Xml(_), Some(b'>'))
        )
    }
}

impl Tags {
    fn push(&mut self, byte: u8) -> bool {
        let mut end = false;
        match byte {
            b'<' => {
                self.inside = true;
                self.tag.clear();
            }
            b'>' if self.inside => {
                self.inside = false;
                end = self.closes();
            }
            _ if self.inside && self.tag.len() < NAME => self.tag.push(byte),
            _ => {}
        }
        self.last = byte;
        end
    }

    /// Whether the tag that was just closed may have ended the root.
    fn closes(&mut self) -> bool {
        let name = |bytes: &[u8]| -> Vec<u8> {
            bytes.iter().copied().take_while(|b| !b.is_ascii_whitespace() && *b != b'/').collect()
        };
        match self.tag.first() {
            Some(b'/') => !self.root.is_empty() && self.tag.get(1..).map(name).as_ref() == Some(&self.root),
            Some(b'?' | b'!') | None => false,
            Some(_) if self.root.is_empty() => {
                self.root = name(&self.tag);
                self.last == b'/'
            }
            Some(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> Vec<usize> {
        let mut bytes = text.bytes();
        let mut document = Document::begin(bytes.next().unwrap()).unwrap();
        bytes.enumerate().filter(|(_, byte)| document.push(*byte)).map(|(at, _)| at + 2).collect()
    }

    #[test]
    fn json_ends_where_its_first_bracket_closes() {
        let text = r#"{"a":{"b":"}\"}"},"c":[1,{}]}"#;
        assert_eq!(ends(text), [text.len()]);
        assert_eq!(ends("[{},{}]"), [7]);
        assert!(ends(r#"{"a":"}"#).is_empty());
    }

    #[test]
    fn xml_ends_where_its_root_does() {
        let text = "<?xml version=\"1.0\"?>\n<!-- > --><a:b x='1'><c/><d></d></a:b >";
        assert_eq!(ends(text), [text.len()]);
        assert_eq!(ends("<a x=\"y\"/>"), [10]);
        assert!(ends("<a><b></b>").is_empty());
    }

    #[test]
    fn parsing_in_vain_has_an_end() {
        let mut document = Document::begin(b'<').unwrap();
        let long = vec![b'<'; 2 * ALLOWANCE];
        document.push(b'a');
        assert!(!document.is_whole(&long));
        document.push(b'b');
        assert!(!document.is_whole(b"<a/>"));
    }
}

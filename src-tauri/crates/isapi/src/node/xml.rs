//! XML as devices write it: local names, no attributes, no document types.

use std::borrow::Cow;
use std::collections::HashMap;

use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesRef, Event};
use quick_xml::reader::Reader;

use super::{DEPTH_LIMIT, Node, ParseError};

/// First try on a document: most alerts fit, and a long dump is not decoded again for each.
const FIRST_WINDOW: usize = 16 << 10;

/// Reads the document at the start of `bytes`: the tree and its length.
pub(super) fn document(bytes: &[u8]) -> Result<(Node, usize), ParseError> {
    let mut window = FIRST_WINDOW;
    loop {
        let part = bytes.get(..window).unwrap_or(bytes);
        match read(&utf8(part)) {
            Err(ParseError::Incomplete) if part.len() < bytes.len() => window = window.saturating_mul(8),
            result => return result,
        }
    }
}

/// UTF-8 of the same length: each byte that is none becomes a question mark, so that offsets
/// stay true.
fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        if chunk.invalid().is_empty() && chunk.valid().len() == bytes.len() {
            return Cow::Borrowed(chunk.valid());
        }
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    Cow::Owned(text)
}

/// An element that is still open.
#[derive(Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<(String, Vec<Node>)>,
    /// Where in `children` a name stands: siblings are many, and their names hostile.
    index: HashMap<String, usize>,
}

impl Element {
    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    fn add(&mut self, name: String, node: Node) {
        match self.index.get(&name).and_then(|&index| self.children.get_mut(index)) {
            Some((_, same)) => same.push(node),
            None => {
                self.index.insert(name.clone(), self.children.len());
                self.children.push((name, vec![node]));
            }
        }
    }

    /// Text beside children is layout and is dropped.
    fn close(self) -> (String, Node) {
        let node = if !self.children.is_empty() {
            Node::Object(self.children.into_iter().map(|(name, nodes)| (name, one_or_list(nodes))).collect())
        } else if self.text.trim().is_empty() {
            Node::Null
        } else {
            Node::Text(self.text)
        };
        (self.name, node)
    }
}

fn one_or_list(mut nodes: Vec<Node>) -> Node {
    match nodes.len() {
        1 => nodes.pop().unwrap_or(Node::Null),
        _ => Node::List(nodes),
    }
}

fn read(text: &str) -> Result<(Node, usize), ParseError> {
    let mut reader = Reader::from_str(text);
    // "T&A" unescaped in a device's name must not cost the whole answer.
    reader.config_mut().allow_dangling_amp = true;
    let mut open: Vec<Element> = Vec::new();
    loop {
        let offset = position(&reader);
        let malformed = |reason| ParseError::Malformed { offset, reason };
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => return Err(read_error(&error, offset, text.len())),
        };
        let closed = match event {
            Event::Start(start) => {
                if open.len() >= DEPTH_LIMIT {
                    return Err(ParseError::TooDeep);
                }
                open.push(Element::named(start.local_name().as_ref()));
                None
            }
            Event::Empty(empty) => Some(Element::named(empty.local_name().as_ref())),
            Event::End(_) => Some(open.pop().ok_or(malformed("an end tag without its start"))?),
            Event::Text(plain) => {
                append(&mut open, &plain).ok_or(malformed("text outside of the document"))?;
                None
            }
            Event::CData(plain) => {
                append(&mut open, &plain).ok_or(malformed("text outside of the document"))?;
                None
            }
            Event::GeneralRef(entity) => {
                let resolved = resolve(&entity).ok_or(malformed("an unknown entity"))?;
                append(&mut open, resolved.encode_utf8(&mut [0; 4]))
                    .ok_or(malformed("text outside of the document"))?;
                None
            }
            Event::DocType(_) => return Err(ParseError::Doctype),
            // Another document begins in what was cut off before it.
            Event::Decl(_) if offset > 0 => return Err(malformed("a second XML declaration")),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => None,
            Event::Eof => return Err(ParseError::Incomplete),
        };
        if let Some((name, node)) = closed.map(Element::close) {
            match open.last_mut() {
                Some(parent) => parent.add(name, node),
                None => return Ok((Node::Object(vec![(name, node)]), position(&reader))),
            }
        }
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// Space is welcome anywhere, other text only inside of an element.
fn append(open: &mut [Element], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.bytes().all(super::is_space) => {}
        None => return None,
    }
    Some(())
}

fn resolve(entity: &BytesRef<'_>) -> Option<char> {
    match &**entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => entity.resolve_char_ref().ok().flatten(),
    }
}

fn read_error(error: &Error, offset: usize, length: usize) -> ParseError {
    match error {
        // `<!` followed by nothing yet.
        Error::Syntax(SyntaxError::InvalidBangMarkup) if offset + "<![CDATA[".len() < length => {
            ParseError::Malformed { offset, reason: "unknown markup" }
        }
        Error::Syntax(SyntaxError::UnclosedDoctype) => ParseError::Doctype,
        Error::Syntax(_) => ParseError::Incomplete,
        _ => ParseError::Malformed { offset, reason: "XML that is not well-formed" },
    }
}

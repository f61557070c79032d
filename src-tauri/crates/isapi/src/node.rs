//! One tree for what devices write in XML and in JSON, whichever they were asked for.
//!
//! Scalars stay text, digit for digit: card numbers exceed 64 bits, and the same field comes as
//! a number from one firmware and as a string from the next. The getters do the forgiving.

mod json;
mod xml;

/// A larger document is refused.
pub const SIZE_LIMIT: usize = 1 << 20;
/// A deeper document is refused.
pub const DEPTH_LIMIT: usize = 64;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A document, or a piece of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// JSON `null`, or an XML element with nothing in it.
    Null,
    /// A string, number or boolean, as written.
    Text(String),
    /// A JSON array, or XML siblings of one name.
    List(Vec<Node>),
    /// Fields in their order. An XML document is an object with its root as the only field.
    Object(Vec<(String, Node)>),
}

/// Why bytes are not a document. Offsets count from the first byte given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing but space.
    #[error("empty body")]
    Empty,
    /// Good so far, but it ends too early.
    #[error("the document is cut off")]
    Incomplete,
    /// Neither XML nor JSON, or broken.
    #[error("{reason}, at byte {offset} of the document")]
    Malformed {
        /// Where.
        offset: usize,
        /// What is wrong, in plain words.
        reason: &'static str,
    },
    /// Nested deeper than [`DEPTH_LIMIT`].
    #[error("nested deeper than {DEPTH_LIMIT} levels")]
    TooDeep,
    /// Larger than [`SIZE_LIMIT`].
    #[error("larger than {SIZE_LIMIT} bytes")]
    TooLarge,
    /// A document type declaration: the door to entity bombs, and no device needs it.
    #[error("a document type declaration is not accepted")]
    Doctype,
}

/// Devices end documents with line breaks and, where C strings shine through, with NUL.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0)
}

/// Bytes of space and byte-order marks at the start.
pub(crate) fn leading_space(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    loop {
        match rest.first() {
            Some(&byte) if is_space(byte) => rest = rest.get(1..).unwrap_or_default(),
            _ => match rest.strip_prefix(BOM) {
                Some(after) => rest = after,
                None => return bytes.len() - rest.len(),
            },
        }
    }
}

/// Reads the one document in `bytes`; only space may follow it.
///
/// # Errors
/// When there is none, or something else besides.
pub fn parse(bytes: &[u8]) -> Result<Node, ParseError> {
    let (node, length) = parse_prefix(bytes)?;
    let rest = bytes.get(length..).unwrap_or_default();
    match leading_space(rest) {
        space if space == rest.len() => Ok(node),
        space => {
            Err(ParseError::Malformed { offset: length + space, reason: "something follows the document" })
        }
    }
}

/// Reads the first document in `bytes`, and says how many bytes it took, with the space before.
///
/// # Errors
/// [`ParseError::Incomplete`] when more bytes could complete it, else what is wrong with it.
pub fn parse_prefix(bytes: &[u8]) -> Result<(Node, usize), ParseError> {
    read(bytes, None).map(|(node, length, _)| (node, length))
}

/// As [`parse_prefix`], and where the items of the JSON array in the field `list` start.
pub(crate) fn parse_list(bytes: &[u8], list: &str) -> Result<(Node, usize, Vec<usize>), ParseError> {
    read(bytes, Some(list))
}

fn read(bytes: &[u8], list: Option<&str>) -> Result<(Node, usize, Vec<usize>), ParseError> {
    let start = leading_space(bytes);
    let body = bytes.get(start..).unwrap_or_default();
    let window = body.get(..body.len().min(SIZE_LIMIT)).unwrap_or_default();
    let read = match window.first() {
        None => return Err(ParseError::Empty),
        Some(b'<') => xml::document(window).map(|(node, length)| (node, length, Vec::new())),
        Some(b'{' | b'[') => json::document(window, list),
        Some(_) if BOM.starts_with(window) => return Err(ParseError::Incomplete),
        Some(_) => Err(ParseError::Malformed { offset: 0, reason: "neither XML nor JSON" }),
    };
    match read {
        Ok((node, length, mut items)) => {
            items.iter_mut().for_each(|item| *item += start);
            Ok((node, start + length, items))
        }
        Err(ParseError::Incomplete) if body.len() > SIZE_LIMIT => Err(ParseError::TooLarge),
        Err(ParseError::Malformed { offset, reason }) => {
            Err(ParseError::Malformed { offset: start + offset, reason })
        }
        Err(error) => Err(error),
    }
}

/// Whether `bytes` are one whole document with nothing but space around it.
#[must_use]
pub fn is_complete(bytes: &[u8]) -> bool {
    // Streams ask this over and over: the last byte alone settles most cases.
    let last = bytes.iter().rev().find(|byte| !is_space(**byte));
    matches!(last, Some(b'}' | b']' | b'>')) && parse(bytes).is_ok()
}

/// A number as devices write it: decimal, `0x` hex, or a decimal with an empty fraction.
pub(crate) fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok();
    }
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
        _ => text,
    };
    whole.parse().ok()
}

impl Node {
    /// The field of that name; in any case, when none is spelt exactly so.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Node> {
        let fields = self.fields();
        fields
            .iter()
            .find(|(key, _)| key == name)
            .or_else(|| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)))
            .map(|(_, node)| node)
    }

    /// The fields of an object; none of anything else.
    #[must_use]
    pub fn fields(&self) -> &[(String, Node)] {
        match self {
            Self::Object(fields) => fields,
            _ => &[],
        }
    }

    /// The items of a list; what is not a list is a list of itself, and nothing has no items.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match self {
            Self::List(items) => items,
            Self::Null => &[],
            Self::Text(text) if text.trim().is_empty() => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// A scalar's text without the space around it; `None` when there is none. Of a field that
    /// stands there twice, the first counts.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()),
            Self::List(items) => match items.first() {
                Some(first @ Self::Text(_)) => first.as_text(),
                _ => None,
            },
            Self::Null | Self::Object(_) => None,
        }
    }

    /// The text of a field; an empty one is as good as none.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.child(name)?.as_text()
    }

    /// The number in a field, written as number or string.
    #[must_use]
    pub fn u64(&self, name: &str) -> Option<u64> {
        number(self.text(name)?)
    }

    /// The truth value in a field, written as boolean, number or string.
    #[must_use]
    pub fn bool(&self, name: &str) -> Option<bool> {
        match self.text(name)?.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" => Some(true),
            "false" | "0" | "no" => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;

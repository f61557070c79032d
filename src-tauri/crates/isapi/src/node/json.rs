//! JSON as embedded firmware prints it: an own reader, since no number may become a float, and
//! the places of the entries are wanted for error messages.

use super::{DEPTH_LIMIT, Node, ParseError};

struct Json<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The field whose array items are to be located.
    list: Option<&'a str>,
    items: Vec<usize>,
}

/// Reads the document at the start of `bytes`: the tree, its length, and where the items of the
/// array `list` start.
pub(super) fn document(bytes: &[u8], list: Option<&str>) -> Result<(Node, usize, Vec<usize>), ParseError> {
    let mut json = Json { bytes, at: 0, list, items: Vec::new() };
    let node = json.value(0, false)?;
    Ok((node, json.at, json.items))
}

impl Json<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn malformed<T>(&self, reason: &'static str) -> Result<T, ParseError> {
        Err(ParseError::Malformed { offset: self.at, reason })
    }

    /// The next byte that is not space, which it stays at.
    fn next(&mut self) -> Result<u8, ParseError> {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
        self.peek().ok_or(ParseError::Incomplete)
    }

    fn value(&mut self, depth: usize, located: bool) -> Result<Node, ParseError> {
        match self.next()? {
            b'{' | b'[' if depth >= DEPTH_LIMIT => Err(ParseError::TooDeep),
            b'{' => self.object(depth),
            b'[' => self.array(depth, located),
            b'"' => self.string().map(Node::Text),
            // A value that was forgotten (`"serialNo": ,`): printf with nothing to print.
            b',' | b'}' | b']' => Ok(Node::Null),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Node, ParseError> {
        self.at += 1;
        let mut fields = Vec::new();
        loop {
            match self.next()? {
                b'}' => break,
                b',' => self.at += 1,
                b'"' => {
                    let key = self.string()?;
                    if self.next()? != b':' {
                        return self.malformed("no colon after a field's name");
                    }
                    self.at += 1;
                    let located = self.list.is_some_and(|list| list.eq_ignore_ascii_case(&key));
                    fields.push((key, self.value(depth + 1, located)?));
                    if !matches!(self.next()?, b',' | b'}') {
                        return self.malformed("no comma between fields");
                    }
                }
                _ => return self.malformed("no field name"),
            }
        }
        self.at += 1;
        Ok(Node::Object(fields))
    }

    fn array(&mut self, depth: usize, located: bool) -> Result<Node, ParseError> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            match self.next()? {
                b']' => break,
                b',' => self.at += 1,
                b'}' => return self.malformed("a list closed as an object"),
                _ => {
                    if located {
                        self.items.push(self.at);
                    }
                    items.push(self.value(depth + 1, false)?);
                    if !matches!(self.next()?, b',' | b']') {
                        return self.malformed("no comma between list items");
                    }
                }
            }
        }
        self.at += 1;
        Ok(Node::List(items))
    }

    /// A number, `true`, `false` or `null`; any other bare word is kept as text.
    fn word(&mut self) -> Result<Node, ParseError> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.' | b'_'))
        {
            self.at += 1;
        }
        let word = self.bytes.get(start..self.at).unwrap_or_default();
        match word {
            b"" => self.malformed("no value"),
            b"null" => Ok(Node::Null),
            _ => Ok(Node::Text(String::from_utf8_lossy(word).into_owned())),
        }
    }

    fn string(&mut self) -> Result<String, ParseError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            // Everything up to the next quote or backslash at once, so that UTF-8 is whole in it.
            // Raw control characters are let through: some firmware does not escape them.
            let start = self.at;
            while self.peek().is_some_and(|byte| !matches!(byte, b'"' | b'\\')) {
                self.at += 1;
            }
            let plain = self.bytes.get(start..self.at).unwrap_or_default();
            text.push_str(&String::from_utf8_lossy(plain));
            let quote = self.peek().ok_or(ParseError::Incomplete)?;
            self.at += 1;
            if quote == b'"' {
                return Ok(text);
            }
            let escape = self.peek().ok_or(ParseError::Incomplete)?;
            self.at += 1;
            match escape {
                b'n' => text.push('\n'),
                b'r' => text.push('\r'),
                b't' => text.push('\t'),
                b'b' => text.push('\u{8}'),
                b'f' => text.push('\u{c}'),
                b'u' => text.push(self.code_point()?),
                b'"' | b'\\' | b'/' => text.push(char::from(escape)),
                // An escape that does not exist is a lone backslash.
                _ => {
                    text.push('\\');
                    self.at -= 1;
                }
            }
        }
    }

    /// After `\u`: one character, from a surrogate pair if need be.
    fn code_point(&mut self) -> Result<char, ParseError> {
        let high = self.hex()?;
        if let Some(plain) = char::from_u32(high) {
            return Ok(plain);
        }
        let follows = self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(b"\\u"));
        if !(0xd800..0xdc00).contains(&high) || !follows {
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        let after_high = self.at;
        self.at += 2;
        let low = self.hex()?;
        if !(0xdc00..0xe000).contains(&low) {
            self.at = after_high;
            return Ok(char::REPLACEMENT_CHARACTER);
        }
        let point = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
        Ok(char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Result<u32, ParseError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().ok_or(ParseError::Incomplete)?;
            let Some(digit) = char::from(digit).to_digit(16) else {
                return self.malformed("a broken \\u escape");
            };
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }
}

//! What stands before a part's body.

/// The headers of a part that mean something here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) content_type: Option<String>,
    pub(super) name: Option<String>,
    pub(super) filename: Option<String>,
    pub(super) content_id: Option<String>,
    /// `Content-Length`; a hint, no more.
    pub(super) length: Option<usize>,
}

impl Head {
    /// Reads header lines, passing over what is none.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut head = Self::default();
        let mut field: Option<(String, String)> = None;
        for line in bytes.split(|byte| *byte == b'\n') {
            let text = String::from_utf8_lossy(line);
            if let (true, Some((_, value))) = (text.starts_with([' ', '\t']), field.as_mut()) {
                value.push_str(text.trim_end());
                continue;
            }
            head.put(field.take());
            field = text.split_once(':').map(|(name, value)| (name.to_owned(), value.to_owned()));
        }
        head.put(field);
        head
    }

    fn put(&mut self, field: Option<(String, String)>) {
        let Some((name, value)) = field else { return };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "content-type" => self.content_type = filled(value),
            "content-id" => self.content_id = filled(value),
            "content-length" => self.length = value.parse().ok(),
            "content-disposition" => {
                self.name = param(value, "name");
                self.filename = param(value, "filename");
            }
            _ => {}
        }
    }
}

fn filled(value: &str) -> Option<String> {
    (!value.is_empty()).then(|| value.to_owned())
}

/// Whether a line has the form of a header: a word, then a colon.
pub(super) fn is_header(line: &[u8]) -> bool {
    let name =
        line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')).count();
    let colon = line.iter().skip(name).find(|byte| !matches!(byte, b' ' | b'\t'));
    name > 0 && name <= 64 && colon == Some(&b':')
}

/// Whether a line is a header that belongs to parts and to nothing else.
pub(super) fn is_part_header(line: &[u8]) -> bool {
    const PREFIX: &[u8] = b"content-";
    is_header(line) && line.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX))
}

/// A parameter of a header value, quoted or not; an empty one is none.
pub(super) fn param(value: &str, name: &str) -> Option<String> {
    let mut rest = value;
    loop {
        let (_, after) = split_outside_quotes(rest)?;
        rest = after.trim_start();
        let Some((key, text)) = rest.split_once('=') else { continue };
        if key.trim().eq_ignore_ascii_case(name) {
            return filled(&unquoted(text.trim_start()));
        }
    }
}

fn split_outside_quotes(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let mut escaped = false;
    let at = text.find(|c| {
        if escaped {
            escaped = false;
            return false;
        }
        escaped = quoted && c == '\\';
        quoted ^= c == '"';
        c == ';' && !quoted
    })?;
    text.get(..at).zip(text.get(at + 1..))
}

fn unquoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"') else {
        return text.split([';', ',', ' ', '\t', '\r', '\n']).next().unwrap_or_default().to_owned();
    };
    let mut value = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => value.extend(chars.next()),
            c => value.push(c),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_that_devices_send() {
        let head = Head::read(
            b"content-disposition: form-data; filename=\"Pic;ture.jpg\"; Name=Picture\r\n\
              Content-Type : image/jpeg\r\nContent-Length:  12 \r\nContent-ID: pictureImage\r\n\
              rubbish\r\nX-Long: a\r\n  b\r\n",
        );
        assert_eq!(head.content_type.as_deref(), Some("image/jpeg"));
        assert_eq!(head.filename.as_deref(), Some("Pic;ture.jpg"));
        assert_eq!(head.name.as_deref(), Some("Picture"));
        assert_eq!(head.content_id.as_deref(), Some("pictureImage"));
        assert_eq!(head.length, Some(12));
    }

    #[test]
    fn a_length_that_is_none() {
        for text in ["", "-1", "1e3", "99999999999999999999999"] {
            assert_eq!(Head::read(format!("Content-Length: {text}\n").as_bytes()).length, None, "{text}");
        }
    }

    #[test]
    fn lines_with_the_form_of_headers() {
        assert!(is_header(b"X-a: b") && is_part_header(b"CONTENT-type : x"));
        assert!(!is_header(b"\"a\": 1") && !is_header(b": x") && !is_header(b"--b") && !is_header(b""));
        assert!(!is_part_header(b"X-Content-Type: x") && !is_part_header(b"content-"));
    }
}

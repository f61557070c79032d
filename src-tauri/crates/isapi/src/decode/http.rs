//! Dumps with their HTTP messages around the bodies: `curl -i`, a proxy's log, a push as it came
//! over the wire. Bodies are taken out, and each byte keeps its place in the input.

use std::borrow::Cow;

/// The body of one HTTP message, or an input without any.
pub(super) struct Body<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub content_type: Option<String>,
    /// Where in the input the stretches of the body begin: (in the body, in the input).
    stretches: Vec<(usize, usize)>,
}

impl Body<'_> {
    /// Where in the input a byte of the body stands.
    pub fn input_offset(&self, offset: usize) -> usize {
        let after = self.stretches.partition_point(|&(begin, _)| begin <= offset);
        let stretch = after.checked_sub(1).and_then(|index| self.stretches.get(index));
        stretch.map_or(offset, |&(begin, input)| input + (offset - begin))
    }
}

/// A message's header, as far as it matters here.
#[derive(Default)]
struct Header {
    length: usize,
    status: Option<u16>,
    content_type: Option<String>,
    content_length: Option<usize>,
    chunked: bool,
}

/// All bodies in the input. Answers that only ask for a login, or to wait, are passed over when
/// another follows them.
pub(super) fn bodies<'a>(input: &'a [u8], content_type: Option<&str>) -> Vec<Body<'a>> {
    let mut bodies = Vec::new();
    let mut at = crate::node::leading_space(input);
    loop {
        let rest = input.get(at..).unwrap_or_default();
        let Some(header) = header(rest) else { break };
        let begin = at + header.length;
        let raw = input.get(begin..).unwrap_or_default();
        // Without a length, or with a wrong one, a body reaches to the end.
        let own = match header.content_length.or(header.status.filter(|s| *s < 200).map(|_| 0)) {
            Some(length) if is_header(raw.get(length..).unwrap_or_default()) => raw.get(..length),
            _ => None,
        };
        let last = own.is_none();
        let own = own.unwrap_or(raw);
        if last || header.status.is_none_or(|status| status >= 200 && status != 401) {
            let content_type = header.content_type.or_else(|| content_type.map(str::to_owned));
            bodies.push(body(own, begin, content_type, header.chunked));
        }
        if last {
            return bodies;
        }
        at = begin + own.len();
        at += crate::node::leading_space(input.get(at..).unwrap_or_default());
    }
    if bodies.is_empty() {
        bodies.push(body(input, 0, content_type.map(str::to_owned), false));
    }
    bodies
}

fn body(raw: &[u8], begin: usize, content_type: Option<String>, chunked: bool) -> Body<'_> {
    match chunked.then(|| unchunked(raw)).flatten() {
        Some((bytes, stretches)) => {
            let stretches = stretches.into_iter().map(|(at, offset)| (at, begin + offset)).collect();
            Body { bytes: Cow::Owned(bytes), content_type, stretches }
        }
        None => Body { bytes: Cow::Borrowed(raw), content_type, stretches: vec![(0, begin)] },
    }
}

fn is_header(bytes: &[u8]) -> bool {
    header(bytes.get(crate::node::leading_space(bytes)..).unwrap_or_default()).is_some()
}

/// The next line without its end, and its length with it.
pub(super) fn line(bytes: &[u8]) -> (&[u8], usize) {
    match bytes.iter().position(|&byte| byte == b'\n') {
        Some(end) => {
            let line = bytes.get(..end).unwrap_or_default();
            (line.strip_suffix(b"\r").unwrap_or(line), end + 1)
        }
        None => (bytes, bytes.len()),
    }
}

/// The header of a response or request at the start of `bytes`.
fn header(bytes: &[u8]) -> Option<Header> {
    let (first, length) = line(bytes.get(..bytes.len().min(16 << 10))?);
    let first = String::from_utf8_lossy(first);
    let status = match first.strip_prefix("HTTP/") {
        Some(rest) => rest.split(' ').nth(1).and_then(|status| status.parse().ok()),
        None if first.contains(" HTTP/1.")
            && ["POST ", "PUT ", "GET "].iter().any(|m| first.starts_with(m)) =>
        {
            None
        }
        None => return None,
    };
    let mut header = Header { length, status, ..Header::default() };
    loop {
        let (field, length) = line(bytes.get(header.length..).unwrap_or_default());
        header.length += length;
        let field = String::from_utf8_lossy(field);
        let Some((name, value)) = field.split_once(':') else { break };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "content-type" => header.content_type = Some(value.to_owned()),
            "content-length" => header.content_length = value.parse().ok(),
            "transfer-encoding" => header.chunked = value.to_ascii_lowercase().contains("chunked"),
            _ => {}
        }
    }
    Some(header)
}

/// Length of a chunk by the line before it.
fn chunk_size(line: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(line).ok()?;
    let size = text.split(';').next()?.trim();
    let is_size = !size.is_empty() && size.len() <= 8 && size.bytes().all(|b| b.is_ascii_hexdigit());
    is_size.then(|| usize::from_str_radix(size, 16).ok()).flatten()
}

type Stretches = Vec<(usize, usize)>;

/// The body without its chunks. `None` when there are none: many tools keep the header that
/// speaks of chunks, but write the body without them. What follows a broken chunk is kept as it
/// is, for the splitter to make sense of.
fn unchunked(raw: &[u8]) -> Option<(Vec<u8>, Stretches)> {
    chunk_size(line(raw).0)?;
    let mut bytes = Vec::with_capacity(raw.len());
    let mut stretches = Vec::new();
    let mut at = 0;
    while at < raw.len() {
        let rest = raw.get(at..).unwrap_or_default();
        let (size_line, length) = line(rest);
        let (begin, size) = match chunk_size(size_line) {
            Some(0) => break,
            Some(size) => (at + length, size),
            None => (at, rest.len()),
        };
        let end = begin.saturating_add(size).min(raw.len());
        stretches.push((bytes.len(), begin));
        bytes.extend_from_slice(raw.get(begin..end).unwrap_or_default());
        at = end;
        // The line end after a chunk.
        let after = raw.get(at..).unwrap_or_default();
        at += if after.starts_with(b"\r\n") { 2 } else { usize::from(after.starts_with(b"\n")) };
    }
    Some((bytes, stretches))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_taken_out_and_offsets_stay_those_of_the_input() {
        let input = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: a/b\r\n\r\n\
            3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        let bodies = bodies(input, None);
        let [body] = bodies.as_slice() else { panic!("one") };
        assert_eq!((&*body.bytes, body.content_type.as_deref()), (&b"abcde"[..], Some("a/b")));
        for (at, &byte) in body.bytes.iter().enumerate() {
            assert_eq!(input[body.input_offset(at)], byte);
        }
    }

    #[test]
    fn a_header_that_speaks_of_chunks_where_there_are_none() {
        let input = b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n--b\nrest";
        assert_eq!(&*bodies(input, None)[0].bytes, b"--b\nrest");
    }

    #[test]
    fn the_login_before_the_answer_is_passed_over() {
        let input = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nno!\nHTTP/1.1 200 OK\r\n\r\n{}";
        let bodies = bodies(input, Some("x/y"));
        assert_eq!(bodies.len(), 1);
        assert_eq!((&*bodies[0].bytes, bodies[0].content_type.as_deref()), (&b"{}"[..], Some("x/y")));
        assert_eq!(bodies[0].input_offset(0), input.len() - 2);
    }
}

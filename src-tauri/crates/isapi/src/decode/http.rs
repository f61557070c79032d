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
    /// Whether only its reader can tell where it ends. Chunks tell by themselves.
    pub fn is_open(&self) -> bool {
        matches!(self.bytes, Cow::Borrowed(_))
    }

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

/// One message of the input, or what stands there without a header.
pub(super) struct Message<'a> {
    pub body: Body<'a>,
    /// Where in the input the next may begin.
    pub end: usize,
    /// Only asks for a login, or to wait.
    pub passing: bool,
}

/// The message at `at`. What ends it is, in this order: its chunks, a length that is right, the
/// header of the next message. In a body of parts that last one is left to who reads the parts,
/// for pictures may have anything in them.
pub(super) fn message<'a>(input: &'a [u8], at: usize, content_type: Option<&str>) -> Message<'a> {
    let rest = input.get(at..).unwrap_or_default();
    let found = header(rest);
    let has_header = found.is_some();
    let header = found.unwrap_or_default();
    let begin = at + header.length;
    let raw = input.get(begin..).unwrap_or_default();
    let content_type = header.content_type.or_else(|| content_type.map(str::to_owned));
    let passing = header.status.is_some_and(|status| status < 200 || status == 401);
    let space = crate::node::leading_space(raw);
    let body = raw.get(space..).unwrap_or_default();
    let chunked = if has_header { header.chunked } else { are_chunks(body) };
    if let Some(chunks) = chunked.then(|| unchunked(body)).flatten() {
        let begin = begin + space;
        let stretches = chunks.stretches.into_iter().map(|(at, offset)| (at, begin + offset)).collect();
        let body = Body { bytes: Cow::Owned(chunks.bytes), content_type, stretches };
        return Message { body, end: begin + chunks.length, passing };
    }
    let is_document = matches!(body.first(), Some(b'{' | b'[' | b'<'));
    let own = match header.content_length {
        // Of an answer that asks for a login, tools often keep the header alone.
        _ if has_header && is_header(raw) => 0,
        Some(length) if length <= raw.len() && is_end(raw.get(length..).unwrap_or_default()) => length,
        _ if passing || is_document => next_header(raw, 0).unwrap_or(raw.len()),
        _ => raw.len(),
    };
    let bytes = Cow::Borrowed(raw.get(..own).unwrap_or(raw));
    Message { body: Body { bytes, content_type, stretches: vec![(0, begin)] }, end: begin + own, passing }
}

/// Whether nothing follows but another message.
fn is_end(bytes: &[u8]) -> bool {
    crate::node::leading_space(bytes) == bytes.len() || is_header(bytes)
}

/// Where the next header stands, from `from` on: at the start of a line, or right behind a
/// document, for those need no line break at their end.
pub(super) fn next_header(bytes: &[u8], from: usize) -> Option<usize> {
    let may_begin = |at: usize| match at.checked_sub(1).and_then(|before| bytes.get(before)) {
        Some(before) => matches!(before, b'\n' | b'}' | b']' | b'>'),
        None => true,
    };
    (from..bytes.len()).find(|&at| may_begin(at) && header(bytes.get(at..).unwrap_or_default()).is_some())
}

pub(super) fn is_header(bytes: &[u8]) -> bool {
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
    if !["HTTP/1.", "POST ", "PUT ", "GET "].iter().any(|start| bytes.starts_with(start.as_bytes())) {
        return None;
    }
    let (first, length) = line(bytes.get(..bytes.len().min(16 << 10))?);
    let first = String::from_utf8_lossy(first);
    let status = match first.strip_prefix("HTTP/") {
        Some(rest) => Some(rest.split(' ').nth(1).and_then(|status| status.parse().ok())?),
        None if first.contains(" HTTP/1.") => None,
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

/// Whether a dump without any header consists of chunks: the first ends where its line says.
fn are_chunks(bytes: &[u8]) -> bool {
    let (size_line, length) = line(bytes);
    let Some(size @ 1..) = chunk_size(size_line) else { return false };
    let after = bytes.get(length.saturating_add(size)..).unwrap_or_default();
    let next = after.get(line_end(after)..).unwrap_or_default();
    after.is_empty() || (next.len() < after.len() && (next.is_empty() || chunk_size(line(next).0).is_some()))
}

/// A body without its chunks.
struct Chunks {
    bytes: Vec<u8>,
    /// Where the stretches of the body begin: (in the body, in the raw one).
    stretches: Vec<(usize, usize)>,
    /// Raw bytes gone through.
    length: usize,
}

/// `None` when there are no chunks: many tools keep the header that speaks of chunks, but write
/// the body without them. What follows a broken chunk is kept as it is, for the splitter to make
/// sense of, up to the next message.
fn unchunked(raw: &[u8]) -> Option<Chunks> {
    chunk_size(line(raw).0)?;
    let mut chunks = Chunks { bytes: Vec::new(), stretches: Vec::new(), length: 0 };
    while chunks.length < raw.len() {
        let rest = raw.get(chunks.length..).unwrap_or_default();
        let (size_line, length) = line(rest);
        let (begin, size) = match chunk_size(size_line) {
            Some(0) => {
                chunks.length += length;
                chunks.length += trailers(raw.get(chunks.length..).unwrap_or_default());
                break;
            }
            Some(size) => (chunks.length + length, size),
            None if is_header(rest) => break,
            None => (chunks.length, next_header(rest, 0).unwrap_or(rest.len())),
        };
        let end = begin.saturating_add(size).min(raw.len());
        chunks.stretches.push((chunks.bytes.len(), begin));
        chunks.bytes.extend_from_slice(raw.get(begin..end).unwrap_or_default());
        chunks.length = end + line_end(raw.get(end..).unwrap_or_default());
    }
    Some(chunks)
}

/// Length of the fields behind the last chunk, which end in an empty line.
fn trailers(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let (field, length) = line(rest);
        if !field.is_empty() && !super::recover::is_header(field) {
            return at;
        }
        at += length;
        if field.is_empty() {
            return at;
        }
    }
}

fn line_end(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\r\n") { 2 } else { usize::from(bytes.starts_with(b"\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<'a>(input: &'a [u8], content_type: Option<&str>) -> Vec<Body<'a>> {
        let (mut at, mut bodies) = (0, Vec::new());
        while at < input.len() {
            let message = message(input, at, content_type);
            assert!(message.end > at, "{at}");
            at = message.end;
            if !message.passing {
                bodies.push(message.body);
            }
        }
        bodies
    }

    #[test]
    fn chunks_are_taken_out_and_offsets_stay_those_of_the_input() {
        let input = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: a/b\r\n\r\n\
            3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n";
        for times in 1..3 {
            let input = input.repeat(times);
            let bodies = all(&input, None);
            assert_eq!(bodies.len(), times);
            for body in bodies {
                assert_eq!((&*body.bytes, body.content_type.as_deref()), (&b"abcde"[..], Some("a/b")));
                for (at, &byte) in body.bytes.iter().enumerate() {
                    assert_eq!(input[body.input_offset(at)], byte);
                }
            }
        }
    }

    #[test]
    fn chunks_without_a_header() {
        for (input, expected) in [
            (&b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"[..], &b"abcde"[..]),
            (b"3;x\nabc\n2\nd", b"abcd"),
            (b"9\r\nabc", b"abc"),
            (b"3\r\nabcd\r\n", b"3\r\nabcd\r\n"),
            (b"3\r\nabc\r\nx", b"3\r\nabc\r\nx"),
        ] {
            assert_eq!(&*all(input, None)[0].bytes, expected, "{}", input.escape_ascii());
        }
    }

    #[test]
    fn a_header_that_speaks_of_chunks_where_there_are_none() {
        let input = b"HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n--b\nrest";
        assert_eq!(&*all(input, None)[0].bytes, b"--b\nrest");
    }

    #[test]
    fn the_login_before_the_answer_is_passed_over() {
        for login in [
            "Content-Length: 4\r\n\r\nno!\n",
            "Content-Length: 178\r\n\r\n",
            "\r\n<p>no</p>\r\n",
            "Transfer-Encoding: chunked\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        ] {
            let input = format!("HTTP/1.1 401 Unauthorized\r\n{login}HTTP/1.1 200 OK\r\n\r\n{{}}");
            let bodies = all(input.as_bytes(), Some("x/y"));
            assert_eq!(bodies.len(), 1, "{login}");
            assert_eq!((&*bodies[0].bytes, bodies[0].content_type.as_deref()), (&b"{}"[..], Some("x/y")));
            assert_eq!(bodies[0].input_offset(0), input.len() - 2);
        }
    }
}

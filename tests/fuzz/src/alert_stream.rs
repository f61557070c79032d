//! A device's alert stream.
//!
//! The first line of the input is the `Content-Type` of the answer (none when it is empty), the second
//! says by its bytes how long the chunks are, in turn (one chunk when it is empty), the rest is the
//! stream. So a corpus can be read and written by hand.

use vakhta_isapi::multipart::{Limits, Part, Splitter, StreamItem};

/// With this type, parts that follow a stream whatever it was must be found.
const TYPE: &str = "multipart/mixed; boundary=MIME_boundary";
/// Two parts: the first may fall to a picture that the stream began.
const AFTER: &[u8] = b"\r\n--MIME_boundary\r\nContent-Type: application/json\r\n\r\n{\"after\":1}\
    \r\n--MIME_boundary\r\nContent-Type: application/json\r\n\r\n{\"after\":2}";

/// So small that an input of some hundred bytes reaches every one of them.
const SMALL: Limits = Limits { part: 600, head: 300, document: 200, line: 250 };

struct Input<'a> {
    content_type: Option<&'a str>,
    sizes: &'a [u8],
    stream: &'a [u8],
}

fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    (bytes.get(..end).unwrap_or_default(), bytes.get(end + 1..).unwrap_or_default())
}

impl<'a> Input<'a> {
    fn read(bytes: &'a [u8]) -> Self {
        let (content_type, rest) = line(bytes);
        let (sizes, stream) = line(rest);
        let content_type = std::str::from_utf8(content_type).ok().filter(|text| !text.is_empty());
        Self { content_type, sizes, stream }
    }

    fn chunks(&self) -> Vec<&'a [u8]> {
        let mut rest = self.stream;
        let mut chunks = Vec::new();
        let mut sizes = self.sizes.iter().cycle();
        while !rest.is_empty() {
            let size = sizes.next().map_or(rest.len(), |size| usize::from(*size).max(1));
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        chunks
    }
}

/// Feeds chunk by chunk, looking at what is kept after each.
fn feed(splitter: &mut Splitter, chunks: &[&[u8]], limits: Limits) -> Vec<StreamItem> {
    let mut items = Vec::new();
    for chunk in chunks {
        items.extend(splitter.feed(chunk));
        assert!(splitter.kept() <= limits.kept(), "{} bytes are kept", splitter.kept());
    }
    items
}

fn split(content_type: Option<&str>, chunks: &[&[u8]], limits: Limits) -> Vec<StreamItem> {
    let mut splitter = Splitter::with_limits(content_type, limits);
    let mut items = feed(&mut splitter, chunks, limits);
    items.extend(splitter.finish());
    items
}

/// Parts come in their order, none is told twice, and nothing is in them that was not in the stream.
fn assert_from_stream(items: &[StreamItem], stream: &[u8], limits: Limits) {
    let mut from = 0;
    for item in items {
        let offset = match item {
            StreamItem::Part(Part { offset, .. }) | StreamItem::Malformed { offset, .. } => *offset,
        };
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        assert!(from <= offset && offset <= stream.len(), "an item at {offset}, behind {from}");
        from = offset;
        let StreamItem::Part(part) = item else { continue };
        assert!(part.body.len() <= limits.part, "a part of {} bytes", part.body.len());
        let rest = stream.get(from..).unwrap_or_default();
        let found = (part.body.is_empty()).then_some(0);
        let found = found.or_else(|| rest.windows(part.body.len()).position(|bytes| bytes == part.body));
        match found {
            Some(at) => from += at + part.body.len(),
            None => panic!("the part at {offset} is not in the stream behind {from}"),
        }
    }
}

/// Never panics, whatever the stream; the same parts for any chunks, all of them from the stream; no
/// more is kept than the limits say, and what follows is found.
///
/// # Panics
/// Where that does not hold.
pub fn run(bytes: &[u8]) {
    let input = Input::read(bytes);
    let chunks = input.chunks();
    for limits in [Limits::default(), SMALL] {
        let whole = split(input.content_type, &[input.stream], limits);
        assert_eq!(split(input.content_type, &chunks, limits), whole, "chunks make a difference");
        assert_from_stream(&whole, input.stream, limits);
    }
    if input.content_type == Some(TYPE) {
        let items = split(input.content_type, &[input.stream, AFTER], Limits::default());
        let is_last =
            |item: &StreamItem| matches!(item, StreamItem::Part(part) if part.body == b"{\"after\":2}");
        assert!(items.iter().any(is_last), "the part after the stream is lost: {items:?}");
    }
}

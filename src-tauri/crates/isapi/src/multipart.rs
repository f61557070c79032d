//! Takes an endless multipart stream apart, whatever a device makes of the format.
//!
//! Bytes are pushed in and parts come out, each as early as it can be known to be whole: an
//! event must not wait for the heartbeat behind it. The splitter looks at one byte after the
//! other and decides by what came before it alone, so that the way a stream is cut into
//! chunks changes nothing. How bodies end is told in `body.rs`.

mod body;
mod boundary;
mod document;
mod head;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use body::{Body, End};
use boundary::{Boundary, Delimiter, trimmed};
use head::{Head, is_header, is_part_header};

/// How much of a stream is kept, in bytes. Devices have the default; smaller ones let tests reach
/// every limit with little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of a part's body.
    pub part: usize,
    /// Of a part's headers.
    pub head: usize,
    /// Of a document that is to prove a delimiter, as [`crate::node`] has it.
    pub document: usize,
    /// A line this long is no delimiter.
    pub line: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { part: 10 * 1024 * 1024, head: 16 * 1024, document: crate::node::SIZE_LIMIT, line: 1024 }
    }
}

impl Limits {
    /// No more than this is kept of a stream.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.head + self.part + self.line + 2
    }
}

/// Bytes that may be taken again beyond four times those that came.
const AGAIN_LIMIT: u64 = 64 * 1024;

/// What came out of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamItem {
    /// A part, whole as far as its form tells.
    Part(Part),
    /// Something that is no usable part. The stream goes on.
    Malformed {
        /// Where the part began, in bytes from the beginning of the stream.
        offset: u64,
        /// What was wrong, in plain words.
        reason: String,
    },
}

/// One part of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// As the device wrote it; not to be believed.
    pub content_type: Option<String>,
    /// Of the `Content-Disposition`.
    pub name: Option<String>,
    /// Of the `Content-Disposition`.
    pub filename: Option<String>,
    /// Links a picture to the event that names it.
    pub content_id: Option<String>,
    /// The bytes; of documents and pictures without line breaks around them.
    pub body: Vec<u8>,
    /// Where the part begins, right after the delimiter's line, in bytes from the beginning of
    /// the stream.
    pub offset: u64,
}

/// The state of one stream. A new one for each connection.
#[derive(Debug)]
pub struct Splitter {
    limits: Limits,
    boundary: Option<Boundary>,
    /// A part has come: the boundary is the right one.
    proven: bool,
    buf: Vec<u8>,
    /// Bytes taken, the buffer's included.
    taken: u64,
    /// Where in the buffer the current line begins.
    line: usize,
    /// Where in the stream the current part begins.
    part: u64,
    /// Bytes that were taken again.
    again: u64,
    /// Where in the stream the last part or delimiter was over.
    over: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Before the first part, between two, or behind something broken. `mid_line` when the
    /// current line cannot be a delimiter; `dashed` is the line before, if it looked like one.
    Seek {
        mid_line: bool,
        dashed: Option<Boundary>,
    },
    /// In a part's headers. `blank` is where a blank line ended that came before any header.
    Head {
        fields: bool,
        blank: Option<usize>,
    },
    Body(Box<Body>),
}

const SEEK: State = State::Seek { mid_line: false, dashed: None };

impl Splitter {
    /// Of the answer's `Content-Type`. Without a boundary in it, the stream's own first line
    /// that begins with two dashes is taken for one.
    #[must_use]
    pub fn new(content_type: Option<&str>) -> Self {
        Self::with_limits(content_type, Limits::default())
    }

    /// As [`Splitter::new`], within other limits.
    #[must_use]
    pub fn with_limits(content_type: Option<&str>, limits: Limits) -> Self {
        Self {
            limits,
            boundary: content_type.and_then(Boundary::from_content_type),
            proven: false,
            buf: Vec::new(),
            taken: 0,
            line: 0,
            part: 0,
            again: 0,
            over: 0,
            state: SEEK,
        }
    }

    /// Whether the stream may end here and something else begin: not within a picture, which
    /// may have any line in it.
    pub(crate) fn may_end(&self) -> bool {
        !matches!(&self.state, State::Body(body) if body.is_opaque())
    }

    /// How many bytes of the stream are kept at the moment; at most [`Limits::kept`].
    #[must_use]
    pub fn kept(&self) -> usize {
        self.buf.len()
    }

    /// Where in the stream the last part or delimiter was over.
    pub(crate) fn over(&self) -> u64 {
        self.over
    }

    /// Takes the next bytes and gives out what they complete.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<StreamItem> {
        let mut items = Vec::new();
        for byte in bytes {
            self.push(*byte, &mut items);
        }
        items
    }

    /// Ends the stream: what is complete comes out as a part, what is not as malformed.
    pub fn finish(&mut self) -> Vec<StreamItem> {
        let mut items = Vec::new();
        // Ending one part may set bytes free that begin another; each round has fewer of them.
        while let State::Body(body) = &mut self.state {
            match body.finish(&self.buf, self.line, self.boundary.as_ref()) {
                Some(end) => self.end_body(&end, &mut items),
                None => self.reject("the stream ended within a part", true, &mut items),
            }
        }
        if let State::Head { fields, .. } = self.state {
            let last = self.buf.get(self.line..).unwrap_or_default();
            let delimiter = self.boundary.as_ref().is_some_and(|boundary| boundary.line(last).is_some());
            if fields || !(delimiter || trimmed(last).is_empty()) {
                self.reject("the stream ended within the headers of a part", true, &mut items);
            }
        }
        self.seek(false);
        items
    }

    fn push(&mut self, byte: u8, items: &mut Vec<StreamItem>) {
        self.buf.push(byte);
        self.taken += 1;
        match &mut self.state {
            State::Seek { .. } => self.seek_step(byte, items),
            State::Head { .. } => self.head_step(byte, items),
            State::Body(body) => {
                if let Some(end) = body.step(&self.buf, self.line, self.boundary.as_ref()) {
                    self.end_body(&end, items);
                } else if self.buf.len() - body.start > self.limits.part + self.limits.line {
                    self.reject("the part is too long", byte == b'\n', items);
                } else if byte == b'\n' {
                    self.line = self.buf.len();
                }
            }
        }
    }

    fn seek_step(&mut self, byte: u8, items: &mut Vec<StreamItem>) {
        let State::Seek { mid_line, dashed } = &mut self.state else { return };
        if byte != b'\n' {
            if self.buf.len() > self.limits.line {
                self.seek(true);
            }
            return;
        }
        let (mid_line, dashed) = (*mid_line, dashed.take());
        let line = trimmed(self.buf.strip_suffix(b"\n").unwrap_or_default());
        let sniffed = if mid_line { None } else { Boundary::sniff(line) };
        if self.boundary.is_none() {
            self.boundary.clone_from(&sniffed);
        }
        let delimiter = self.boundary.as_ref().filter(|_| !mid_line).and_then(|boundary| boundary.line(line));
        // The header's boundary may be a lie; a dashed line and then part headers are none.
        let lied = !self.proven && !mid_line && is_part_header(line);
        if let (true, Some(boundary)) = (lied, dashed) {
            self.boundary = Some(boundary.beside(self.boundary.take()));
            self.open_part(0, items);
        } else if delimiter == Some(Delimiter::Open) {
            self.open_part(self.buf.len(), items);
        } else {
            if delimiter.is_some() {
                self.over = self.taken;
            }
            self.buf.clear();
            self.state = State::Seek { mid_line: false, dashed: sniffed.filter(|_| delimiter.is_none()) };
        }
    }

    fn head_step(&mut self, byte: u8, items: &mut Vec<StreamItem>) {
        if self.buf.len() > self.limits.head {
            return self.reject("the headers of the part are too long", byte == b'\n', items);
        }
        if self.buf.len() == self.line + 1 && matches!(byte, b'{' | b'[' | b'<' | 0xEF | 0xFF) {
            return self.open_body(self.line, items);
        }
        if byte == b'\n' {
            self.head_line(items);
        }
    }

    fn head_line(&mut self, items: &mut Vec<StreamItem>) {
        let State::Head { fields, blank } = &mut self.state else { return };
        let end = self.buf.len();
        let line = trimmed(self.buf.get(self.line..end - 1).unwrap_or_default());
        if let Some(delimiter) = self.boundary.as_ref().and_then(|boundary| boundary.line(line)) {
            if *fields {
                let (offset, reason) = (self.part, "the part has headers and no body".to_owned());
                items.push(StreamItem::Malformed { offset, reason });
            }
            return self.pass(delimiter, end, items);
        }
        self.line = end;
        if line.is_empty() {
            if *fields {
                return self.open_body(end, items);
            }
            // Either there are no headers, or a line too many stands before them.
            blank.get_or_insert(end);
        } else if *fields || is_part_header(line) || (blank.is_none() && is_header(line)) {
            *fields = true;
        } else if let Some(start) = *blank {
            self.open_body(start, items);
        }
    }

    /// Ends the headers before `start`, where the body begins.
    fn open_body(&mut self, start: usize, items: &mut Vec<StreamItem>) {
        let tail = self.buf.split_off(start.min(self.buf.len()));
        // A length that holds parts back has them read twice; lengths that lie all the time are
        // not waited for.
        let patient = self.again <= AGAIN_LIMIT.saturating_add(self.taken.saturating_mul(4));
        self.state =
            State::Body(Box::new(Body::new(Head::read(&self.buf), self.buf.len(), patient, self.limits)));
        self.again(&tail, items);
    }

    fn end_body(&mut self, end: &End, items: &mut Vec<StreamItem>) {
        let State::Body(body) = std::mem::replace(&mut self.state, SEEK) else { return };
        let content = self.buf.get(end.from..end.to.max(end.from)).unwrap_or_default();
        let (offset, head) = (self.part, body.head);
        items.push(if content.len() > self.limits.part {
            StreamItem::Malformed { offset, reason: "the part is too long".to_owned() }
        } else if !end.sound {
            StreamItem::Malformed { offset, reason: "the picture was cut off".to_owned() }
        } else {
            self.proven = true;
            StreamItem::Part(Part {
                content_type: head.content_type,
                name: head.name,
                filename: head.filename,
                content_id: head.content_id,
                body: content.to_vec(),
                offset,
            })
        });
        self.pass(end.delimiter.unwrap_or(Delimiter::Close), end.resume, items);
    }

    fn pass(&mut self, delimiter: Delimiter, resume: usize, items: &mut Vec<StreamItem>) {
        match delimiter {
            Delimiter::Open => self.open_part(resume, items),
            Delimiter::Close => {
                let tail = self.buf.split_off(resume.min(self.buf.len()));
                self.seek(false);
                self.over = self.taken - u64::try_from(tail.len()).unwrap_or_default();
                self.again(&tail, items);
            }
        }
    }

    /// Begins a part with the bytes from `start` on.
    fn open_part(&mut self, start: usize, items: &mut Vec<StreamItem>) {
        let tail = self.buf.split_off(start.min(self.buf.len()));
        self.buf.clear();
        self.line = 0;
        self.part = self.taken - u64::try_from(tail.len()).unwrap_or_default();
        self.over = self.part;
        self.state = State::Head { fields: false, blank: None };
        self.again(&tail, items);
    }

    /// Takes bytes once more, now that it is known what they belong to.
    fn again(&mut self, tail: &[u8], items: &mut Vec<StreamItem>) {
        let length = u64::try_from(tail.len()).unwrap_or_default();
        self.taken -= length;
        self.again = self.again.saturating_add(length);
        self.line = self.buf.len();
        for byte in tail {
            self.push(*byte, items);
        }
    }

    /// Gives the part up and looks for the next delimiter.
    fn reject(&mut self, reason: &str, line_over: bool, items: &mut Vec<StreamItem>) {
        items.push(StreamItem::Malformed { offset: self.part, reason: reason.to_owned() });
        self.over = self.taken;
        self.seek(!line_over);
    }

    fn seek(&mut self, mid_line: bool) {
        // Not clear(): ten megabytes of a picture are not kept for the next heartbeat.
        self.buf = Vec::new();
        self.line = 0;
        self.state = State::Seek { mid_line, dashed: None };
    }
}

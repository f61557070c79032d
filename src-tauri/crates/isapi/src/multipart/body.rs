//! Where a part's body ends.
//!
//! What a body is, its first bytes say, never its headers. Then:
//!
//! * A document ends where it is complete, and at any delimiter: no document contains one.
//! * A picture ends where its Content-Length says *and* the end-of-image mark or a delimiter
//!   stands, else at a delimiter. One right after the mark is believed where no length speaks
//!   against it. Any other may be part of the picture, and is believed only once part headers
//!   or a whole document follow it: so neither a picture that contains the delimiter is cut,
//!   nor does a picture that was cut swallow the events behind it. Within the announced length
//!   even that may belong to the picture: it is kept in mind until the length has proved wrong.
//! * Anything else ends at a delimiter, within the announced length only at one that headers
//!   follow.

use super::Limits;
use super::boundary::{Boundary, Delimiter};
use super::document::Document;
use super::head::{Head, is_header, is_part_header};

/// Ends every JPEG.
const END_OF_IMAGE: &[u8] = b"\xff\xd9";

/// A document shorter than this proves nothing: two braces may stand anywhere in a picture.
const PROOF: usize = 12;

/// So many parts within one picture are no coincidence: it was cut, and what came behind it is
/// not held back any longer.
const DOUBTS: usize = 4;

/// A body while it comes in. All positions are in the splitter's buffer.
#[derive(Debug)]
pub(super) struct Body {
    limits: Limits,
    pub(super) head: Head,
    pub(super) start: usize,
    /// `start`, less line breaks that do not belong there.
    content: usize,
    kind: Kind,
    trial: Option<Trial>,
    /// Whether a length may hold back what looks like the next part.
    patient: bool,
    /// The first delimiter that only the length speaks against, and how many there are.
    doubted: Option<(End, usize)>,
}

#[derive(Debug)]
enum Kind {
    Opening,
    Document(Document),
    Picture,
    Other,
}

/// The end of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Where reading goes on.
    pub(super) resume: usize,
    /// The delimiter that ended it, when one did.
    pub(super) delimiter: Option<Delimiter>,
    /// False for a picture that was cut.
    pub(super) sound: bool,
}

/// A delimiter within a picture or the like that may belong to it.
#[derive(Debug)]
struct Trial {
    end: End,
    /// The end-of-image mark stands before it.
    after_mark: bool,
    /// A document that seems to follow it, and where that begins.
    document: Option<(Document, usize)>,
}

impl Body {
    pub(super) fn new(head: Head, start: usize, patient: bool, limits: Limits) -> Self {
        Self { limits, head, start, content: start, kind: Kind::Opening, trial: None, patient, doubted: None }
    }

    /// Whether anything at all may stand in it, lines that belong elsewhere included.
    pub(super) fn is_opaque(&self) -> bool {
        matches!(self.kind, Kind::Picture | Kind::Other)
    }

    /// Looks at the buffer's last byte; `line` is where its line begins.
    pub(super) fn step(&mut self, buf: &[u8], line: usize, boundary: Option<&Boundary>) -> Option<End> {
        let byte = *buf.last()?;
        if self.may_end(buf, byte) {
            return Some(self.end_at(buf, buf.len(), buf.len(), None));
        }
        if self.trial.is_some()
            && self.try_on(buf, line, byte)
            && let Some(end) = self.trial.take().and_then(|trial| self.doubt(trial))
        {
            return Some(end);
        }
        if byte == b'\n'
            && let Some(end) = self.line(buf, line, buf.len() - 1, boundary?)
        {
            return Some(end);
        }
        // Neither did the picture end where it should have, nor does a delimiter follow there.
        let over = buf.len().saturating_sub(self.content.saturating_add(self.head.length.unwrap_or(0)));
        let missed = over > self.limits.line || (byte == b'\n' && over > buf.len() - line);
        if missed { self.doubted.take().map(|(end, _)| end) } else { None }
    }

    /// What becomes of a delimiter that part headers or a document follow.
    fn doubt(&mut self, trial: Trial) -> Option<End> {
        let limit = self.limits.part.saturating_sub(self.content - self.start);
        let may_belong = matches!(self.kind, Kind::Picture)
            && self.patient
            && !trial.after_mark
            && self.is_within_length(trial.end.to)
            && self.head.length.is_some_and(|length| length < limit);
        let (first, count) = match self.doubted.take() {
            Some((first, count)) => (first, count + 1),
            None => (trial.end, 1),
        };
        if !may_belong || count >= DOUBTS {
            return Some(first);
        }
        self.doubted = Some((first, count));
        None
    }

    /// At the end of the stream: the last line may lack its line feed, and what is complete
    /// needs no delimiter. `None` when the body is not complete.
    pub(super) fn finish(&mut self, buf: &[u8], line: usize, boundary: Option<&Boundary>) -> Option<End> {
        if let Some(end) = boundary.and_then(|boundary| self.line(buf, line, buf.len(), boundary)) {
            return Some(end);
        }
        if let Some((end, _)) = self.doubted.take() {
            return Some(end);
        }
        if let Some(trial) = self.trial.take_if(|trial| trial.after_mark) {
            return Some(trial.end);
        }
        let end = self.end_at(buf, buf.len(), buf.len(), None);
        let content = buf.get(end.from..end.to).unwrap_or_default();
        let complete = match &mut self.kind {
            Kind::Opening => false,
            Kind::Document(document) => document.is_whole(content),
            Kind::Picture => content.ends_with(END_OF_IMAGE),
            Kind::Other => self.head.length.is_some_and(|length| {
                buf.get(self.start + length.min(buf.len())..).is_some_and(|rest| breaks(rest) == rest.len())
            }),
        };
        let mark = self.start.saturating_add(self.head.length.unwrap_or(usize::MAX));
        let to = if matches!(self.kind, Kind::Other) { mark.min(buf.len()) } else { end.to };
        complete.then_some(End { to, ..end })
    }

    /// Whether the body ends right here without any delimiter.
    fn may_end(&mut self, buf: &[u8], byte: u8) -> bool {
        let at_length = self.is_at_length(buf.len());
        match &mut self.kind {
            Kind::Opening => {
                self.open(buf, byte);
                false
            }
            Kind::Document(document) => {
                let whole = document.push(byte) || at_length;
                whole && document.is_whole(buf.get(self.content..).unwrap_or_default())
            }
            // The line break behind a picture is sometimes counted.
            Kind::Picture => at_length && (buf.ends_with(END_OF_IMAGE) || buf.ends_with(b"\xff\xd9\r\n")),
            Kind::Other => false,
        }
    }

    /// Learns from the first bytes what comes.
    fn open(&mut self, buf: &[u8], byte: u8) {
        let lead = buf.get(self.content..).unwrap_or_default();
        let document = match lead {
            [b'\r' | b'\n' | b' ' | b'\t'] => {
                self.content = buf.len();
                return;
            }
            [0xEF] | [0xEF, 0xBB] | [0xEF, 0xBB, 0xBF] | [0xFF] => return,
            [0xFF, 0xD8] => {
                self.kind = Kind::Picture;
                return;
            }
            [0xEF, 0xBB, 0xBF, _] | [_] => Document::begin(byte),
            _ => None,
        };
        self.kind = document.map_or(Kind::Other, Kind::Document);
        if matches!(self.kind, Kind::Other) {
            self.content = self.start;
        }
    }

    /// The length may count from behind line breaks that do not belong there.
    fn is_at_length(&self, at: usize) -> bool {
        self.head.length.is_some_and(|length| {
            at.checked_sub(self.start) == Some(length) || at.checked_sub(self.content) == Some(length)
        })
    }

    fn is_within_length(&self, at: usize) -> bool {
        self.head.length.is_some_and(|length| at.saturating_sub(self.content) < length)
    }

    /// Whether the line from `line` to `until` is, or ends in, a delimiter that ends the body.
    fn line(&mut self, buf: &[u8], line: usize, until: usize, boundary: &Boundary) -> Option<End> {
        let text = buf.get(line..until)?;
        let found = boundary.line(text).map(|delimiter| (line, delimiter));
        let (at, delimiter) = found.or_else(|| {
            let (offset, delimiter) = boundary.tail(text)?;
            let before = buf.get(self.content..line + offset)?;
            let ended = match &self.kind {
                Kind::Document(document) => document.ends(before),
                Kind::Picture => before.ends_with(END_OF_IMAGE),
                Kind::Opening | Kind::Other => false,
            };
            ended.then_some((line + offset, delimiter))
        })?;
        let end = self.end_at(buf, at, buf.len(), Some(delimiter));
        self.judge(buf, at, end)
    }

    fn judge(&mut self, buf: &[u8], at: usize, end: End) -> Option<End> {
        let exact = [0, 1, 2].into_iter().find(|back| {
            let mark = at.saturating_sub(*back);
            self.is_at_length(mark) && buf.get(mark..at).is_some_and(|rest| breaks(rest) == rest.len())
        });
        let after_mark = match self.kind {
            Kind::Opening | Kind::Document(_) => return Some(end),
            Kind::Picture => end.sound,
            Kind::Other => false,
        };
        if let Some(back) = exact {
            return Some(End { to: at.saturating_sub(back), sound: true, ..end });
        }
        let certain = match self.kind {
            Kind::Other => !self.is_within_length(end.to),
            _ => after_mark && (end.delimiter == Some(Delimiter::Close) || !self.is_within_length(end.to)),
        };
        if certain {
            return Some(self.doubted.take().map_or(end, |(first, _)| first));
        }
        // After a closing delimiter nothing need follow that would prove it.
        self.trial =
            (end.delimiter == Some(Delimiter::Open)).then_some(Trial { end, after_mark, document: None });
        None
    }

    /// Whether what has come since the doubtful delimiter proves it.
    fn try_on(&mut self, buf: &[u8], line: usize, byte: u8) -> bool {
        let Some(trial) = &mut self.trial else { return false };
        let since = buf.len().saturating_sub(trial.end.resume);
        if let Some((document, start)) = &mut trial.document {
            let text = buf.get(*start..).unwrap_or_default();
            if document.push(byte) && text.len() >= PROOF && document.is_whole(text) {
                return true;
            }
            if since > self.limits.document {
                self.trial = None;
            }
            return false;
        }
        if buf.len() == line + 1 {
            trial.document = Document::begin(byte).map(|document| (document, line));
            return trial.after_mark && (trial.document.is_some() || byte == 0xFF);
        }
        if since > self.limits.head {
            self.trial = None;
        } else if byte == b'\n' {
            let text = buf.get(line..buf.len() - 1).unwrap_or_default();
            if is_part_header(text) {
                return true;
            }
            if !is_header(text) && breaks(text) != text.len() {
                self.trial = None;
            }
        }
        false
    }

    /// The end before a delimiter at `at`, or before nothing more: line breaks there belong to
    /// no document and no picture, but one at most is not the content of anything else.
    fn end_at(&self, buf: &[u8], at: usize, resume: usize, delimiter: Option<Delimiter>) -> End {
        let before = buf.get(self.content..at).unwrap_or_default();
        let bare = before.get(..before.len() - breaks(before)).unwrap_or_default();
        let one = before.strip_suffix(b"\n").map_or(before, |rest| rest.strip_suffix(b"\r").unwrap_or(rest));
        let (content, sound) = match self.kind {
            Kind::Opening => (before.get(..0).unwrap_or_default(), true),
            Kind::Document(_) => (bare, true),
            Kind::Picture if bare.ends_with(END_OF_IMAGE) => (bare, true),
            Kind::Picture => (one, is_padded(one)),
            Kind::Other => (one, true),
        };
        End { from: self.content, to: self.content + content.len(), resume, delimiter, sound }
    }
}

/// How many bytes at the end are line breaks.
fn breaks(bytes: &[u8]) -> usize {
    bytes.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
}

/// Some cameras fill a picture up with zeros.
fn is_padded(picture: &[u8]) -> bool {
    let zeros = picture.iter().rev().take_while(|byte| **byte == 0).count();
    zeros > 0 && picture.get(..picture.len() - zeros).is_some_and(|bare| bare.ends_with(END_OF_IMAGE))
}

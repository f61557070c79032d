//! Finding the way again behind something broken.

use crate::event;
use crate::node::{self, Node, ParseError};

use super::http::line;

/// How far into a broken document its list of events may begin.
const LIST_WITHIN: usize = 64 << 10;
const DOCTYPE: &[u8] = b"<!DOCTYPE";

/// Space between documents; commas too, as in a list that lost its brackets.
pub(super) fn between(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match (node::leading_space(rest), rest.first()) {
            (0, Some(b',')) => at += 1,
            (0, _) => return at,
            (space, _) => at += space,
        }
    }
}

/// Whether these are header lines only.
pub(super) fn is_header(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (field, length) = line(rest);
        rest = rest.get(length..).unwrap_or_default();
        let name = field.split(|&byte| byte == b':').next().unwrap_or_default();
        let is_name =
            !name.is_empty() && name.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let is_field = is_name && name.len() < field.len();
        if !is_field && !field.trim_ascii().is_empty() {
            return false;
        }
    }
    true
}

/// Where the next document, or with `parts` the next part, might begin; the end if nowhere.
/// Never 0, for what stands there could not be read.
pub(super) fn next_document(bytes: &[u8], parts: bool) -> usize {
    let in_document = matches!(bytes.first(), Some(b'{' | b'[' | b'<'));
    let own_root = own_root(bytes);
    // What such a declaration stands before is refused with it, root and all.
    let refused = bytes.get(own_root..).is_some_and(|root| root.starts_with(DOCTYPE));
    let may_begin = |at: usize| {
        let rest = bytes.get(at..).unwrap_or_default();
        let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied();
        let at_line_start = before == Some(b'\n');
        match rest.first() {
            Some(b'-') => parts && at_line_start && rest.starts_with(b"--"),
            // Within a broken document braces are its own, but for these.
            Some(b'{') if in_document => at_line_start || before == Some(b'}'),
            Some(b'{') => at_line_start || (before != Some(b':') && is_object(rest)),
            Some(b'<') => {
                rest.starts_with(b"<?xml ") || rest.starts_with(DOCTYPE) || (!refused && is_alert(rest))
            }
            _ => false,
        }
    };
    (own_root + 1..bytes.len()).find(|&at| may_begin(at)).unwrap_or(bytes.len())
}

/// Where the root of the broken document itself stands, behind its declaration.
fn own_root(bytes: &[u8]) -> usize {
    let declaration = bytes.get(..bytes.len().min(256)).filter(|head| head.starts_with(b"<?xml"));
    let end = declaration.and_then(|head| head.windows(2).position(|mark| mark == b"?>"));
    end.map_or(0, |end| end + 2 + node::leading_space(bytes.get(end + 2..).unwrap_or_default()))
}

/// Braces stand in pictures too; with a field's name behind them they rarely do.
fn is_object(bytes: &[u8]) -> bool {
    bytes.get(1) == Some(&b'"') && bytes.get(2).is_some_and(u8::is_ascii_alphabetic)
}

/// The start tag of an alert, with or without a prefix.
fn is_alert(bytes: &[u8]) -> bool {
    let name = bytes.get(1..bytes.len().min(64)).unwrap_or_default();
    let name = name.split(|&byte| matches!(byte, b' ' | b'>' | b'\r' | b'\n')).next().unwrap_or_default();
    name.split(|&byte| byte == b':').next_back() == Some(b"EventNotificationAlert")
        && name.first() != Some(&b'/')
}

/// What could be had of a broken page of the event search.
pub(super) struct Page {
    /// Entries with their offsets.
    pub entries: Vec<(usize, Result<Node, ParseError>)>,
    /// Where the list ends, or can no longer be followed.
    pub end: usize,
}

/// The entries of a broken page; `None` when no list of events begins before `reached`, where
/// reading had to stop.
pub(super) fn page(bytes: &[u8], reached: usize) -> Option<Page> {
    const NAME: &[u8] = b"\"InfoList\"";
    let head = bytes.get(..reached.min(LIST_WITHIN).min(bytes.len()))?;
    match bytes.first() {
        Some(b'{') => {}
        Some(b'<') => return xml_page(bytes, head),
        _ => return None,
    }
    let mut at = head.windows(NAME.len()).position(|name| name == NAME)? + NAME.len();
    for mark in [b':', b'['] {
        at += node::leading_space(bytes.get(at..)?);
        if bytes.get(at) != Some(&mark) {
            return None;
        }
        at += 1;
    }
    Some(page_entries(bytes, at))
}

/// In XML each entry is an `InfoList`, or one of these stands around all of them.
fn xml_page(bytes: &[u8], head: &[u8]) -> Option<Page> {
    const TAG: &[u8] = b"<InfoList";
    let list = head.windows(TAG.len()).position(|tag| tag == TAG)?;
    let page = xml_entries(bytes, list);
    if page.entries.iter().any(|(_, entry)| entry.is_ok()) {
        return Some(page);
    }
    let within = list + bytes.get(list..)?.iter().position(|&byte| byte == b'>')? + 1;
    let page = xml_entries(bytes, within);
    page.entries.iter().any(|(_, entry)| matches!(entry, Ok(Node::Object(_)))).then_some(page)
}

fn xml_entries(bytes: &[u8], mut at: usize) -> Page {
    let mut entries = Vec::new();
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let space = node::leading_space(rest);
        at += space;
        let rest = rest.get(space..).unwrap_or_default();
        if !rest.starts_with(b"<") || rest.starts_with(b"</") {
            return Page { entries, end: at };
        }
        match node::parse_prefix(rest) {
            Ok((entry, length)) => {
                let inner = entry.fields().first().map_or(&entry, |(_, inner)| inner);
                entries.extend(event::entries(inner).iter().map(|entry| (at, Ok(entry.clone()))));
                at += length;
            }
            Err(error) => {
                entries.push((at, Err(error)));
                return Page { entries, end: at };
            }
        }
    }
}

fn page_entries(bytes: &[u8], list: usize) -> Page {
    let mut entries = Vec::new();
    let mut at = list;
    loop {
        at += between(bytes.get(at..).unwrap_or_default());
        let rest = bytes.get(at..).unwrap_or_default();
        match rest.first() {
            None => return Page { entries, end: bytes.len() },
            Some(b']') => return Page { entries, end: at },
            Some(_) => {}
        }
        match node::parse_prefix(rest) {
            Ok((entry, length)) => {
                entries.push((at, Ok(entry)));
                at += length;
            }
            Err(error) => {
                entries.push((at, Err(error)));
                match next_entry(bytes, at) {
                    Some(next) => at = next,
                    None => return Page { entries, end: at },
                }
            }
        }
    }
}

/// The next object behind a comma that is an event.
fn next_entry(bytes: &[u8], broken: usize) -> Option<usize> {
    let mut comma = false;
    // A broken entry is small: what is far away belongs to something else.
    let end = bytes.len().min(broken + LIST_WITHIN);
    for at in broken + 1..end {
        match bytes.get(at) {
            Some(b',') => comma = true,
            Some(b'{') if comma => {
                comma = false;
                let entry = node::parse_prefix(bytes.get(at..)?);
                if entry.is_ok_and(|(entry, _)| event::page_entry(&entry, None).is_ok()) {
                    return Some(at);
                }
            }
            Some(byte) if node::is_space(*byte) => {}
            _ => comma = false,
        }
    }
    None
}

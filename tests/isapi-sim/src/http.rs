//! HTTP/1.1 by hand over a socket: control over every byte is what a simulator of faults needs.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::faults::Faults;

const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 16 * 1024 * 1024;

/// A request as it came.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub method: String,
    /// Path and query, byte for byte: the digest is over this.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or("")
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query.split('&').find_map(|pair| match pair.split_once('=') {
            Some((k, v)) => (k == name).then_some(v),
            None => (pair == name).then_some(""),
        })
    }

    pub(crate) fn wants_json(&self) -> bool {
        self.query("format") == Some("json")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    pub(crate) fn wants_close(&self) -> bool {
        self.header("connection").is_some_and(|v| v.eq_ignore_ascii_case("close"))
    }
}

/// An answer before faults are applied to its bytes.
#[derive(Debug)]
pub(crate) struct Response {
    pub status: u16,
    pub content_type: &'static str,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    pub close: bool,
}

pub(crate) const XML: &str = "application/xml; charset=\"UTF-8\"";
pub(crate) const JSON: &str = "application/json";

impl Response {
    pub(crate) fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Response {
        Response { status, content_type, headers: Vec::new(), body: body.into(), close: false }
    }
}

pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Payload Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Unknown",
    }
}

/// An accepted connection with what was read beyond the last request.
pub(crate) struct Connection {
    pub id: u64,
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(id: u64, stream: TcpStream) -> Connection {
        // Without this a dripped byte waits for the acknowledgement of the one before it.
        let _ = stream.set_nodelay(true);
        Connection { id, stream, buffer: Vec::new() }
    }

    /// The next request, or `None` when the peer is done.
    pub(crate) async fn read_request(&mut self) -> io::Result<Option<Request>> {
        let head_end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(io::Error::other("request head too large"));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        };
        let head: Vec<u8> = self.buffer.drain(..head_end).collect();
        let mut request = parse_head(&String::from_utf8_lossy(&head))
            .ok_or_else(|| io::Error::other("not an HTTP/1.1 request"))?;
        let length = match request.header("content-length") {
            Some(text) => text.parse::<usize>().map_err(io::Error::other)?,
            None if request.header("transfer-encoding").is_some() => {
                self.write_response(
                    &Response { close: true, ..Response::new(411, "text/plain", "") },
                    &Faults::default(),
                    false,
                )
                .await?;
                return Ok(None);
            }
            None => 0,
        };
        if length > MAX_BODY {
            return Err(io::Error::other("request body too large"));
        }
        if request.header("expect").is_some() && self.buffer.len() < length {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        while self.buffer.len() < length {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
        request.body = self.buffer.drain(..length).collect();
        Ok(Some(request))
    }

    /// Returns once the peer has closed. What it sends meanwhile is thrown away.
    pub(crate) async fn closed(&mut self) {
        let mut sink = [0; 1024];
        while matches!(self.stream.read(&mut sink).await, Ok(n) if n > 0) {}
    }

    /// Writes an answer. `head_only` is for HEAD requests.
    pub(crate) async fn write_response(
        &mut self,
        response: &Response,
        faults: &Faults,
        head_only: bool,
    ) -> io::Result<()> {
        use std::fmt::Write;
        let is_text = !response.content_type.starts_with("image/");
        let mut body = Vec::with_capacity(response.body.len() + 3);
        if faults.bom && is_text && !response.body.is_empty() {
            body.extend_from_slice(b"\xef\xbb\xbf");
        }
        body.extend_from_slice(&response.body);
        let content_type = match (faults.content_type_lies, response.content_type) {
            (true, JSON) => XML,
            (true, XML) => JSON,
            (_, honest) => honest,
        };
        let mut head = format!("HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
        for (name, value) in &response.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(head, "Content-Type: {content_type}\r\n");
        let chunked = faults.chunked && !head_only;
        let _ = if chunked {
            write!(head, "Transfer-Encoding: chunked\r\n")
        } else {
            write!(head, "Content-Length: {}\r\n", body.len())
        };
        let _ = write!(head, "Connection: {}\r\n\r\n", if response.close { "close" } else { "keep-alive" });
        let mut bytes = head.into_bytes();
        if head_only {
            return self.write(&bytes, faults).await;
        }
        let cut = if faults.cut_body { body.len() / 2 } else { body.len() };
        if chunked {
            for chunk in body[..cut].chunks(1000) {
                append_chunk(&mut bytes, chunk);
            }
            if !faults.cut_body {
                bytes.extend_from_slice(b"0\r\n\r\n");
            }
        } else {
            bytes.extend_from_slice(&body[..cut]);
        }
        self.write(&bytes, faults).await
    }

    /// Writes bytes, in drops if so wished.
    pub(crate) async fn write(&mut self, bytes: &[u8], faults: &Faults) -> io::Result<()> {
        match faults.drip {
            None => self.stream.write_all(bytes).await,
            Some(size) => {
                for drop in bytes.chunks(size.max(1)) {
                    self.stream.write_all(drop).await?;
                    tokio::task::yield_now().await;
                }
                Ok(())
            }
        }
    }

    /// Closes in order, so that what was written arrives.
    pub(crate) async fn finish(mut self) {
        let _ = self.stream.shutdown().await;
    }
}

pub(crate) fn append_chunk(out: &mut Vec<u8>, chunk: &[u8]) {
    out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
    out.extend_from_slice(chunk);
    out.extend_from_slice(b"\r\n");
}

pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

fn parse_head(head: &str) -> Option<Request> {
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target, version) = (first.next()?, first.next()?, first.next()?);
    if !version.starts_with("HTTP/1.") || method.is_empty() {
        return None;
    }
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(k, v)| (k.trim().to_owned(), v.trim().to_owned()))
        .collect();
    Some(Request { method: method.to_owned(), target: target.to_owned(), headers, body: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read() {
        let r =
            parse_head("GET /a?format=json&x=1 HTTP/1.1\r\nHost: h\r\nconnection: Close\r\n\r\n").unwrap();
        assert_eq!((r.path(), r.query("x"), r.wants_json(), r.wants_close()), ("/a", Some("1"), true, true));
        assert!(parse_head("nonsense\r\n\r\n").is_none());
    }
}

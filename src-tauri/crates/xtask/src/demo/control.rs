//! The simulator's control interface: one request of plain HTTP on this machine.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::Outcome;

const LIMIT: Duration = Duration::from_secs(5);
const MAX_BYTES: u64 = 64 << 10;

/// Lets a day begin; the answer comes at once, the day goes on.
pub(super) fn play(control: &str, day: &str, speed: f64) -> Outcome {
    post(control, "/script", &json!({ "text": day, "speed": speed }).to_string())
}

fn post(address: &str, path: &str, body: &str) -> Outcome {
    let answer = exchange(address, path, body).map_err(|error| format!("{address}: {error}"))?;
    let status = answer.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) == Some("200") {
        return Ok(());
    }
    let why = answer.split_once("\r\n\r\n").map_or(status, |(_, body)| body);
    Err(format!("{path}: {why}"))
}

fn exchange(address: &str, path: &str, body: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.take(MAX_BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Answers one request, and returns what it was asked.
    fn answering(answer: &'static str) -> (String, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut bytes = vec![0; 4096];
            let mut text = String::new();
            while !text.ends_with('}') {
                let read = stream.read(&mut bytes).unwrap();
                text.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
            }
            stream.write_all(answer.as_bytes()).unwrap();
            text
        });
        (address, asked)
    }

    #[test]
    fn a_day_is_handed_over_as_json() {
        let (address, asked) = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        play(&address, "at +1 bell\n", 2.0).unwrap();
        let asked = asked.join().unwrap();
        assert!(asked.starts_with("POST /script HTTP/1.1\r\n"), "{asked}");
        assert!(asked.contains(r#""speed":2.0"#) && asked.contains(r#""text":"at +1 bell\n""#), "{asked}");
    }

    #[test]
    fn a_refusal_is_told_in_its_own_words() {
        let (address, _asked) = answering("HTTP/1.1 400 Bad Request\r\n\r\nscript line 1: no such action");
        assert_eq!(play(&address, "x", 1.0).unwrap_err(), "/script: script line 1: no such action");
    }
}

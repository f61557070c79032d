//! A client of the tests' own: raw sockets, its own digest. Every wait has a bound.

use std::time::Duration;

use isapi_sim::{Config, Simulator};
use md5::{Digest, Md5};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub const LIMIT: Duration = Duration::from_secs(8);

pub async fn start(faults: &[&str]) -> Simulator {
    let config = Config { faults: faults.iter().map(|f| (*f).to_owned()).collect(), ..Config::default() };
    Simulator::start(config).await.unwrap()
}

pub async fn bounded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, future).await.expect("took too long")
}

#[derive(Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str()).collect()
    }
    pub fn header(&self, name: &str) -> &str {
        self.all(name).first().copied().unwrap_or("")
    }
}

pub struct Client {
    pub socket: TcpStream,
    pub password: String,
    /// Read beyond the last answer.
    pub buffer: Vec<u8>,
    pub counter: u32,
}

pub fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

impl Client {
    pub async fn to(sim: &Simulator) -> Client {
        Client::at(sim.addr()).await
    }

    pub async fn at(address: std::net::SocketAddr) -> Client {
        let socket = bounded(TcpStream::connect(address)).await.unwrap();
        Client { socket, password: "12345678a".into(), buffer: Vec::new(), counter: 0 }
    }

    /// Reads more; false at the end.
    pub async fn more(&mut self) -> bool {
        bounded(self.socket.read_buf(&mut self.buffer)).await.is_ok_and(|n| n > 0)
    }

    /// Everything up to and including `needle`.
    pub async fn until(&mut self, needle: &str) -> String {
        loop {
            if let Some(at) = find(&self.buffer, needle.as_bytes()) {
                let bytes: Vec<u8> = self.buffer.drain(..at + needle.len()).collect();
                return String::from_utf8_lossy(&bytes).into_owned();
            }
            assert!(
                self.more().await,
                "closed before {needle:?}, had {:?}",
                String::from_utf8_lossy(&self.buffer)
            );
        }
    }

    /// Everything until the peer closes.
    pub async fn rest(&mut self) -> Vec<u8> {
        while self.more().await {}
        std::mem::take(&mut self.buffer)
    }

    pub async fn send(&mut self, method: &str, target: &str, headers: &str, body: &str) {
        let length = body.len();
        let text = format!(
            "{method} {target} HTTP/1.1\r\nHost: device\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        );
        self.socket.write_all(text.as_bytes()).await.unwrap();
    }

    pub async fn head(&mut self) -> Answer {
        let head = self.until("\r\n\r\n").await;
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers =
            lines.map(|l| l.split_once(": ").unwrap()).map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        Answer { status, headers, body: Vec::new() }
    }

    pub async fn answer(&mut self) -> Answer {
        let mut answer = self.head().await;
        if answer.header("transfer-encoding") == "chunked" {
            loop {
                let size = self.until("\r\n").await;
                let size = usize::from_str_radix(size.trim(), 16).unwrap();
                while self.buffer.len() < size + 2 {
                    assert!(self.more().await);
                }
                answer.body.extend(self.buffer.drain(..size));
                self.buffer.drain(..2);
                if size == 0 {
                    return answer;
                }
            }
        }
        let length: usize = answer.header("content-length").parse().unwrap_or(0);
        while self.buffer.len() < length {
            assert!(self.more().await, "closed in the body");
        }
        answer.body = self.buffer.drain(..length).collect();
        answer
    }

    /// One request without credentials.
    pub async fn bare(&mut self, method: &str, target: &str, headers: &str, body: &str) -> Answer {
        self.send(method, target, headers, body).await;
        self.answer().await
    }

    /// An Authorization header line for a challenge.
    pub fn authorize(&mut self, challenge: &str, method: &str, target: &str) -> String {
        self.counter += 1;
        authorization(challenge, method, target, &self.password, self.counter)
    }

    /// Challenge first, then the request; on the same socket.
    pub async fn ask(&mut self, method: &str, target: &str, body: &str) -> Answer {
        let challenge = self.bare(method, target, "", "").await;
        assert_eq!(challenge.status, 401, "{}", challenge.text());
        let line = self.authorize(challenge.header("www-authenticate"), method, target);
        self.bare(method, target, &line, body).await
    }

    pub async fn get(&mut self, target: &str) -> Answer {
        self.ask("GET", target, "").await
    }

    /// Opens the stream; the head is read.
    pub async fn stream(&mut self) -> Answer {
        let target = "/ISAPI/Event/notification/alertStream";
        let challenge = self.bare("GET", target, "", "").await;
        let line = self.authorize(challenge.header("www-authenticate"), "GET", target);
        self.send("GET", target, &line, "").await;
        self.head().await
    }

    pub async fn search(&mut self, cond: &str) -> Answer {
        let body = format!("{{\"AcsEventCond\":{{\"searchID\":\"s1\",\"major\":0,\"minor\":0,{cond}}}}}");
        self.ask("POST", "/ISAPI/AccessControl/AcsEvent?format=json", &body).await
    }

    /// The page at a position, and its serials.
    pub async fn page(&mut self, position: usize, extra: &str) -> (serde_json::Value, Vec<u64>) {
        let cond = format!("\"searchResultPosition\":{position},\"maxResults\":30{extra}");
        let answer = self.search(&cond).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let page = answer.json()["AcsEvent"].clone();
        let list = page["InfoList"].as_array().cloned().unwrap_or_default();
        let serials = list.iter().map(|e| e["serialNo"].as_u64().unwrap()).collect();
        (page, serials)
    }
}

pub fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let at = challenge.find(&format!("{name}="))? + name.len() + 1;
    let value = &challenge[at..];
    match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => value.split(',').next(),
    }
}

pub fn authorization(challenge: &str, method: &str, target: &str, password: &str, counter: u32) -> String {
    let algorithm = parameter(challenge, "algorithm");
    let hash = |text: String| match algorithm {
        Some("SHA-256") => hex::encode(Sha256::digest(text.as_bytes())),
        _ => hex::encode(Md5::digest(text.as_bytes())),
    };
    let (realm, nonce) = (parameter(challenge, "realm").unwrap(), parameter(challenge, "nonce").unwrap());
    let mut secret = hash(format!("admin:{realm}:{password}"));
    if algorithm == Some("MD5-sess") {
        secret = hash(format!("{secret}:{nonce}:abc"));
    }
    let request = hash(format!("{method}:{target}"));
    let mut line = format!(
        "Authorization: Digest username=\"admin\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{target}\""
    );
    if let Some(algorithm) = algorithm {
        line += &format!(", algorithm={algorithm}");
    }
    let response = if parameter(challenge, "qop").is_some() {
        line += &format!(", qop=auth, nc={counter:08x}, cnonce=\"abc\"");
        hash(format!("{secret}:{nonce}:{counter:08x}:abc:auth:{request}"))
    } else {
        hash(format!("{secret}:{nonce}:{request}"))
    };
    line + &format!(", response=\"{response}\"\r\n")
}

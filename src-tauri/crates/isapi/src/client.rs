//! HTTP to one device: time-outs, size limits, and digest login as it is in the wild.
//!
//! Requests to a device go one at a time. A nonce is used again only while the device accepts
//! that: a 401 on a reused nonce is renegotiated once and never taken for a wrong password; a
//! 401 on a fresh one is a refusal, after which this client asks nothing more of the device,
//! because the fifth wrong try locks it for half an hour.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, WWW_AUTHENTICATE};
use reqwest::{Method, Response};
use tokio::sync::Mutex;
use url::Url;
use vakhta_app::device::{Cause, Reason};

use crate::digest::{Challenge, Credentials, Offer, offered};
use crate::node;
use crate::status::{ResponseStatus, StatusKind, error_in, response_status};

/// An answer of the API is at most this long, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;
/// A picture is at most this long, in bytes.
pub const PICTURE_LIMIT: usize = 10 * 1024 * 1024;
const CONNECT: Duration = Duration::from_secs(4);
/// A whole request, login included.
const REQUEST: Duration = Duration::from_secs(8);
/// So many failures of a reused nonce teach us to take a fresh one each time.
const REUSE_FAILURES: u32 = 2;

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No connection, or it broke. In plain words.
    #[error("{0}")]
    Unreachable(String),
    /// The connection was there and broke in the middle of an exchange.
    #[error("{0}")]
    Broken(String),
    /// The device refused user or password.
    #[error("the device refuses the user name or password{}", words_for_tries(*tries_left, *locked_for_s))]
    Refused {
        /// As the device says.
        tries_left: Option<u32>,
        /// Seconds, as the device says.
        locked_for_s: Option<u32>,
    },
    /// The device offers no login that we know.
    #[error("the device asks for a login that Vakhta does not offer ({0})")]
    NoLogin(String),
    /// The device answered with an error, whatever its HTTP status was.
    #[error("the device answers {}", words_for_status(*http, status))]
    Status {
        /// HTTP status.
        http: u16,
        /// What the body said.
        status: Box<ResponseStatus>,
    },
    /// The answer is too long or cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

impl ClientError {
    /// In kinds that the user interface has words for.
    pub fn reason(&self) -> Reason {
        let cause = match self {
            Self::Unreachable(_) => Cause::Unreachable,
            Self::Broken(_) => Cause::ConnectionBroke,
            Self::Refused { .. } => Cause::Refused,
            Self::NoLogin(_) => Cause::LoginUnknown,
            Self::Status { .. } => Cause::AnswersError,
            Self::Unreadable(_) => Cause::Unreadable,
        };
        Reason::new(cause, self.to_string())
    }
}

fn words_for_tries(tries_left: Option<u32>, locked_for_s: Option<u32>) -> String {
    match (tries_left, locked_for_s) {
        (_, Some(seconds)) if seconds > 0 => {
            format!("; it has locked itself for {} min", seconds.div_ceil(60))
        }
        (Some(tries), _) => format!("; {tries} tries are left before it locks itself"),
        _ => String::new(),
    }
}

fn words_for_status(http: u16, status: &ResponseStatus) -> String {
    if *status == ResponseStatus::default() {
        format!("with HTTP status {http}")
    } else {
        format!("“{}” (HTTP {http})", status.words())
    }
}

/// An answer that was read whole.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub http: u16,
    /// As sent.
    pub body: Vec<u8>,
}

/// What is known of the login with this device.
#[derive(Default)]
struct Login {
    challenge: Option<Challenge>,
    count: u32,
    reuse_failures: u32,
}

/// One device's HTTP client.
pub struct Client {
    http: reqwest::Client,
    base: Url,
    credentials: Credentials,
    login: Mutex<Login>,
    refused: AtomicBool,
}

impl Client {
    /// # Errors
    /// When the address is no `http` or `https` address, or the HTTP client cannot be built.
    pub fn new(url: &str, user: &str, password: &str) -> Result<Self, ClientError> {
        let unusable = |why: String| ClientError::Unreachable(format!("the address is not usable: {why}"));
        let base = Url::parse(url).map_err(|why| unusable(why.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(unusable("it must begin with http:// or https://".into()));
        }
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .pool_idle_timeout(Duration::from_secs(20))
            .pool_max_idle_per_host(2)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .http1_only()
            // Only http:// is spoken; the system's authorities would cost 100 kB a device.
            .tls_certs_only(std::iter::empty::<reqwest::Certificate>())
            .tcp_nodelay(true)
            .build()
            .map_err(|why| unusable(why.to_string()))?;
        Ok(Self {
            http,
            base,
            credentials: Credentials { user: user.to_owned(), password: password.to_owned() },
            login: Mutex::default(),
            refused: AtomicBool::new(false),
        })
    }

    /// Gets a document.
    ///
    /// # Errors
    /// See [`ClientError`]; an error in the body is an error whatever the HTTP status.
    pub async fn get(&self, target: &str) -> Result<node::Node, ClientError> {
        let answer = self.ask(Method::GET, target, Vec::new(), BODY_LIMIT).await?;
        understood(&answer)
    }

    /// Posts JSON and gets a document.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post(&self, target: &str, json: String) -> Result<node::Node, ClientError> {
        let answer = self.ask(Method::POST, target, json.into_bytes(), BODY_LIMIT).await?;
        understood(&answer)
    }

    /// Gets a picture by its path on this device; any other host in it is left aside.
    ///
    /// # Errors
    /// As [`Client::get`]; also when what comes is no JPEG.
    pub async fn picture(&self, url: &str) -> Result<Vec<u8>, ClientError> {
        let target = match Url::parse(url) {
            Ok(url) => {
                url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
            }
            Err(_) if url.starts_with('/') => url.to_owned(),
            Err(_) => return Err(ClientError::Unreadable("a picture's address".into())),
        };
        let answer = self.ask(Method::GET, &target, Vec::new(), PICTURE_LIMIT).await?;
        if answer.http == 200 && answer.body.starts_with(&[0xff, 0xd8]) {
            return Ok(answer.body);
        }
        understood(&answer)?;
        Err(ClientError::Unreadable("not a JPEG".into()))
    }

    async fn ask(
        &self,
        method: Method,
        target: &str,
        body: Vec<u8>,
        limit: usize,
    ) -> Result<Answer, ClientError> {
        let once = async || {
            let response = self.send(method.clone(), target, body.clone()).await?;
            let http = response.status().as_u16();
            Ok(Answer { http, body: read(response, limit).await? })
        };
        let whole = async {
            // Nothing that is asked here changes anything on the device: what broke off is
            // asked once more, before the device is taken for lost.
            match once().await {
                Err(ClientError::Broken(_)) => once().await,
                answer => answer,
            }
        };
        tokio::time::timeout(REQUEST, whole).await.unwrap_or_else(|_| Err(no_answer()))
    }

    /// Opens an endless answer. Reading it, and noticing that it has gone silent, is the
    /// caller's.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn open(&self, target: &str) -> Result<Response, ClientError> {
        let opened = async {
            let response = self.send(Method::GET, target, Vec::new()).await?;
            if response.status().is_success() {
                return Ok(response);
            }
            let http = response.status().as_u16();
            let answer = Answer { http, body: read(response, BODY_LIMIT).await? };
            understood(&answer)?;
            Err(ClientError::Unreadable(format!("HTTP status {http}")))
        };
        tokio::time::timeout(REQUEST, opened).await.unwrap_or_else(|_| Err(no_answer()))
    }

    async fn send(&self, method: Method, target: &str, body: Vec<u8>) -> Result<Response, ClientError> {
        if self.refused.load(Ordering::Acquire) {
            return Err(ClientError::Refused { tries_left: None, locked_for_s: None });
        }
        let mut login = self.login.lock().await;
        let mut offer = None;
        let reuse = login.reuse_failures < REUSE_FAILURES;
        if let Some(challenge) = login.challenge.take().filter(|_| reuse) {
            login.count += 1;
            let header = self.answer(&challenge, &method, target, login.count, &body)?;
            let response = self.once(&method, target, &body, Some(header)).await?;
            if response.status().as_u16() != 401 {
                login.challenge = Some(challenge);
                return Ok(response);
            }
            login.reuse_failures += 1;
            offer = offered(&headers(response.headers()));
            drain(response).await;
        }
        let offer = match offer {
            Some(offer) => Some(offer),
            None => {
                let response = self.once(&method, target, &body, None).await?;
                if response.status().as_u16() != 401 {
                    return Ok(response);
                }
                let offer = offered(&headers(response.headers()));
                drain(response).await;
                offer
            }
        };
        let mut challenge = digest_of(offer)?;
        // A device may call even a fresh nonce stale once, when it changes them by the clock.
        for last in [false, true] {
            let header = self.answer(&challenge, &method, target, 1, &body)?;
            let response = self.once(&method, target, &body, Some(header)).await?;
            if response.status().as_u16() != 401 {
                login.challenge = Some(challenge);
                login.count = 1;
                return Ok(response);
            }
            match offered(&headers(response.headers())) {
                Some(Offer::Digest(fresh)) if fresh.is_stale() && !last => {
                    drain(response).await;
                    challenge = fresh;
                }
                _ => return Err(self.refusal(response).await),
            }
        }
        Err(ClientError::NoLogin("every nonce is stale".into()))
    }

    async fn refusal(&self, response: Response) -> ClientError {
        self.refused.store(true, Ordering::Release);
        let body = read(response, BODY_LIMIT).await.unwrap_or_default();
        let status = node::parse(&body).ok().and_then(|node| response_status(&node)).unwrap_or_default();
        let locked = status.kind() == StatusKind::Locked;
        // A lock whose length is not told is by the vendor's guide half an hour.
        let locked_for_s = locked.then(|| status.locked_for_s.unwrap_or(1800));
        ClientError::Refused { tries_left: status.retry_times, locked_for_s }
    }

    fn answer(
        &self,
        challenge: &Challenge,
        method: &Method,
        target: &str,
        count: u32,
        body: &[u8],
    ) -> Result<String, ClientError> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|why| ClientError::Unreachable(why.to_string()))?;
        let cnonce = hex::encode(random);
        Ok(challenge.answer(&self.credentials, method.as_str(), target, count, &cnonce, body))
    }

    async fn once(
        &self,
        method: &Method,
        target: &str,
        body: &[u8],
        authorization: Option<String>,
    ) -> Result<Response, ClientError> {
        let mut url = self.base.clone();
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        url.set_path(path);
        url.set_query(query);
        let mut request = self.http.request(method.clone(), url);
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_vec());
        }
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        request.send().await.map_err(|why| lost(&why))
    }
}

fn digest_of(offer: Option<Offer>) -> Result<Challenge, ClientError> {
    match offer {
        Some(Offer::Digest(challenge)) => Ok(challenge),
        // A password in clear over a plain connection is not given away silently.
        Some(Offer::Basic) => Err(ClientError::NoLogin("Basic only".into())),
        None => Err(ClientError::NoLogin("a 401 without a challenge".into())),
    }
}

fn headers(headers: &HeaderMap) -> Vec<&str> {
    headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).collect()
}

/// The connection can only be used again once the answer on it has been read.
async fn drain(response: Response) {
    let _ = read(response, BODY_LIMIT).await;
}

async fn read(mut response: Response, limit: usize) -> Result<Vec<u8>, ClientError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|why| lost(&why))? {
        if body.len() + chunk.len() > limit {
            return Err(ClientError::Unreadable(format!("longer than {limit} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The document of an answer, unless it is an error, be it under HTTP status 200.
fn understood(answer: &Answer) -> Result<node::Node, ClientError> {
    let parsed = node::parse(&answer.body);
    let success = (200..300).contains(&answer.http);
    if let Ok(node) = &parsed
        && let Some(status) = error_in(node)
    {
        return Err(ClientError::Status { http: answer.http, status: Box::new(status) });
    }
    match parsed {
        Ok(node) if success => Ok(node),
        _ if !success => Err(ClientError::Status { http: answer.http, status: Box::default() }),
        Ok(_) => Err(ClientError::Unreadable(format!("its answer is none (HTTP status {})", answer.http))),
        Err(why) => Err(ClientError::Unreadable(format!("its answer cannot be read: {why}"))),
    }
}

fn no_answer() -> ClientError {
    ClientError::Unreachable(format!("it has not answered within {} s", REQUEST.as_secs()))
}

/// What a failure of the connection is to the person at the desk; without addresses or
/// credentials, which the cause at the bottom of the chain does not name.
fn lost(error: &reqwest::Error) -> ClientError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let text = cause.to_string();
    let unreachable = |words: &str| ClientError::Unreachable(words.to_owned());
    match () {
        () if error.is_timeout() => no_answer(),
        () if text.contains("refused") => {
            unreachable("the connection is refused: is the device on, is the port right?")
        }
        () if text.contains("lookup") => unreachable("its name is not known in this network"),
        () if text.contains("unreachable") => unreachable("there is no way to its network"),
        () if error.is_connect() => ClientError::Unreachable(format!("no connection: {text}")),
        () if text.contains("invalid HTTP") || text.contains("parsed") => {
            unreachable("what answers there is no Hikvision device")
        }
        () => ClientError::Broken("it broke off in the middle of an answer".to_owned()),
    }
}

//! Who is let in: a browser that shows a start token, once, and from then on its cookie.
//! Until there are users, this is the one thing that stands between the page and whoever else
//! works on the machine.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_domain::operation::Hash;

use super::Served;

/// A start token that nobody used is worth nothing after this time.
const FRESH: Duration = Duration::from_secs(3600);
/// Tokens that wait to be used; the oldest go first.
const WAITING: usize = 8;
/// A session that nobody used for this long is over.
const IDLE: SignedDuration = SignedDuration::from_hours(24);

/// Gives out start tokens and takes them back, once each.
#[derive(Debug, Default)]
pub struct Doorkeeper(Mutex<Door>);

#[derive(Debug, Default)]
struct Door {
    address: Option<SocketAddr>,
    /// By hash: what lies in memory lets nobody in.
    waiting: Vec<([u8; 32], Instant)>,
}

impl Doorkeeper {
    /// The page is served here.
    pub(super) fn serves_at(&self, address: SocketAddr) {
        self.door().address = Some(address);
    }

    /// An address that lets one browser in, once, within an hour.
    ///
    /// # Errors
    /// When the page is not served.
    pub fn link(&self) -> Result<String, Refusal> {
        let token = random().map_err(|why| Refusal::new(ErrorCode::Internal, why.to_string()))?;
        let mut door = self.door();
        let Some(address) = door.address else {
            let why = "the page is not served; start it with: vakhtad run --listen 127.0.0.1:PORT";
            return Err(Refusal::new(ErrorCode::NotReady, why));
        };
        if door.waiting.len() >= WAITING {
            door.waiting.remove(0);
        }
        door.waiting.push((Hash::of(token.as_bytes()).0, Instant::now()));
        Ok(format!("http://{address}/start/{token}"))
    }

    /// Takes a token; it is worth nothing afterwards.
    fn take(&self, token: &str) -> bool {
        let mut door = self.door();
        door.waiting.retain(|(_, since)| since.elapsed() < FRESH);
        let hash = Hash::of(token.as_bytes()).0;
        let place = door.waiting.iter().position(|(waiting, _)| *waiting == hash);
        place.map(|place| door.waiting.remove(place)).is_some()
    }

    fn door(&self) -> std::sync::MutexGuard<'_, Door> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 256 bits, hex.
pub(super) fn random() -> Result<String, getrandom::Error> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)?;
    Ok(hex::encode(random))
}

/// `GET /start/TOKEN`: a cookie for the token, then the page.
pub(super) async fn start(State(served): State<Served>, Path(token): Path<String>) -> Response {
    if !served.core.doorkeeper.take(&token) {
        // Nobody is let in yet, so that nobody's language is known.
        let words = "Этот адрес уже использован или устарел. Новый печатает: vakhtad link (с --data ПАПКА)\n\
                     This address has been used, or is too old. For a new one: vakhtad link (with --data DIR)\n";
        return (StatusCode::GONE, words).into_response();
    }
    let session = match random() {
        Ok(session) => session,
        Err(why) => return (StatusCode::INTERNAL_SERVER_ERROR, why.to_string()).into_response(),
    };
    if let Err(why) = note(&served, &session).await {
        return (StatusCode::SERVICE_UNAVAILABLE, why.to_string()).into_response();
    }
    let cookie = format!("{}={session}; Path=/; HttpOnly; SameSite=Strict", cookie_name(served.port));
    let headers = [(header::SET_COOKIE, cookie), (header::LOCATION, "/".to_owned())];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// Cookies know no ports: each port's has a name of its own.
fn cookie_name(port: u16) -> String {
    format!("vakhta-{port}")
}

fn session_of(headers: &HeaderMap, port: u16) -> Option<String> {
    let name = cookie_name(port);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

async fn note(served: &Served, session: &str) -> Result<(), vakhta_store::WriteError> {
    let now = served.core.now();
    let hash = Hash::of(session.as_bytes()).0;
    served.core.store.write(now, move |tx| tx.note_session(&hash, oldest(now))).await
}

fn oldest(now: Timestamp) -> Timestamp {
    now.checked_sub(IDLE).unwrap_or(Timestamp::MIN)
}

/// Passes on the requests of browsers that were let in.
pub(super) async fn let_in(
    State(served): State<Served>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let nobody = (StatusCode::UNAUTHORIZED, "open the address that `vakhtad link` prints\n");
    let Some(session) = session_of(&headers, served.port) else { return nobody.into_response() };
    let hash = Hash::of(session.as_bytes()).0;
    let oldest = oldest(served.core.now());
    match served.core.blocking(move |core| core.store.session_seen(&hash, oldest)).await {
        Ok(Ok(Some(seen))) => {
            if served.core.now().duration_since(seen) > SignedDuration::from_mins(1)
                && let Err(why) = note(&served, &session).await
            {
                tracing::warn!(%why, "a browser's visit could not be noted");
            }
            next.run(request).await
        }
        Ok(Ok(None)) => nobody.into_response(),
        Ok(Err(why)) => (StatusCode::SERVICE_UNAVAILABLE, why.to_string()).into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, why.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lets_in_once() {
        let doorkeeper = Doorkeeper::default();
        assert_eq!(doorkeeper.link().unwrap_err().code, ErrorCode::NotReady);
        doorkeeper.serves_at("127.0.0.1:8137".parse().unwrap());
        let link = doorkeeper.link().unwrap();
        let token = link.strip_prefix("http://127.0.0.1:8137/start/").unwrap();
        assert!(!doorkeeper.take("something else"));
        assert!(doorkeeper.take(token));
        assert!(!doorkeeper.take(token));
    }

    #[test]
    fn no_more_than_a_few_tokens_wait() {
        let doorkeeper = Doorkeeper::default();
        doorkeeper.serves_at("127.0.0.1:1".parse().unwrap());
        let links: Vec<String> = (0..=WAITING).map(|_| doorkeeper.link().unwrap()).collect();
        let take = |link: &String| doorkeeper.take(link.rsplit('/').next().unwrap());
        assert!(!take(&links[0]));
        assert!(take(&links[1]));
    }

    #[test]
    fn the_cookie_of_another_port_is_not_ours() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "vakhta-1=a; vakhta-2=b".parse().unwrap());
        assert_eq!(session_of(&headers, 2).as_deref(), Some("b"));
        assert_eq!(session_of(&headers, 3), None);
    }
}

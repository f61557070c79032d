//! Who a browser is: the token in its cookie names its seat, and whoever has signed in there. Until
//! somebody works here, a start token lets one browser in, once, to set the site up.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::users::view::{Place, Stage};
use vakhta_domain::operation::Hash;

use super::{Served, rpc};
use crate::access::{Actor, Caller, Page, Token};
use crate::dispatch;

/// A start token that nobody used is worth nothing after this time.
const FRESH: Duration = Duration::from_secs(3600);
/// Tokens that wait to be used; the oldest go first.
const WAITING: usize = 8;
/// A ticket for the feed that nobody used is worth nothing after this time.
const TICKET: Duration = Duration::from_secs(30);
/// Tickets that wait to be used; the oldest go first.
const TICKETS: usize = 64;
/// A cookie outlives its seat by nothing that matters: the core decides.
const COOKIE_SECONDS: u32 = 14 * 24 * 3600;

/// Gives out start tokens and takes them back, once each.
#[derive(Debug, Default)]
pub struct Doorkeeper(Mutex<Door>);

#[derive(Debug, Default)]
struct Door {
    /// As people open it.
    address: Option<String>,
    /// By hash: what lies in memory lets nobody in.
    waiting: Vec<([u8; 32], Instant)>,
    /// Tickets for the feed, by hash, with the page that each is for.
    tickets: Vec<([u8; 32], Instant, Page)>,
}

impl Doorkeeper {
    /// The page is served here.
    pub(super) fn serves_at(&self, address: String) {
        self.door().address = Some(address);
    }

    /// The page's address.
    ///
    /// # Errors
    /// When the page is not served.
    pub fn address(&self) -> Result<String, Refusal> {
        let why = "the page is not served; start it with: vakhtad run --listen 127.0.0.1:PORT";
        let address = self.door().address.clone();
        address.ok_or_else(|| Refusal::new(ErrorCode::NotReady, why))
    }

    /// An address that lets one browser in, once, within an hour.
    ///
    /// # Errors
    /// When the page is not served.
    pub fn link(&self) -> Result<String, Refusal> {
        let address = self.address()?;
        let token = random().map_err(|why| Refusal::new(ErrorCode::Internal, why.to_string()))?;
        let mut door = self.door();
        if door.waiting.len() >= WAITING {
            door.waiting.remove(0);
        }
        door.waiting.push((Hash::of(token.as_bytes()).0, Instant::now()));
        Ok(format!("{address}start/{token}"))
    }

    /// Takes a token; it is worth nothing afterwards.
    fn take(&self, token: &str) -> bool {
        let mut door = self.door();
        door.waiting.retain(|(_, since)| since.elapsed() < FRESH);
        let hash = Hash::of(token.as_bytes()).0;
        let place = door.waiting.iter().position(|(waiting, _)| *waiting == hash);
        place.map(|place| door.waiting.remove(place)).is_some()
    }

    /// A ticket that opens the feed for a page, once, within half a minute: an address may be
    /// seen by others, so that no token stands in it.
    fn ticket(&self, page: Page) -> Result<String, getrandom::Error> {
        let ticket = random()?;
        let mut door = self.door();
        if door.tickets.len() >= TICKETS {
            door.tickets.remove(0);
        }
        door.tickets.push((Hash::of(ticket.as_bytes()).0, Instant::now(), page));
        Ok(ticket)
    }

    /// The page that a ticket is for; it is worth nothing afterwards.
    pub(super) fn page_of(&self, ticket: &str) -> Option<Page> {
        let mut door = self.door();
        door.tickets.retain(|(_, since, _)| since.elapsed() < TICKET);
        let hash = Hash::of(ticket.as_bytes()).0;
        let place = door.tickets.iter().position(|(waiting, ..)| *waiting == hash)?;
        Some(door.tickets.remove(place).2)
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
pub(super) async fn start(
    State(served): State<Served>,
    Path(given): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !served.core.doorkeeper.take(&given) {
        // Nobody is let in yet, so that nobody's language is known.
        let words = "Этот адрес уже использован или устарел. Новый печатает: vakhtad link (с --data ПАПКА)\n\
                     This address has been used, or is too old. For a new one: vakhtad link (with --data DIR)\n";
        return (StatusCode::GONE, words).into_response();
    }
    let token = match Token::fresh() {
        Ok(token) => token,
        Err(why) => return (StatusCode::INTERNAL_SERVER_ERROR, why.to_string()).into_response(),
    };
    if let Err(refusal) = dispatch::let_in(&served.core, &token, agent(&headers)).await {
        return rpc::refused(refusal);
    }
    let headers = [(header::SET_COOKIE, cookie(&served, &token)), (header::LOCATION, "/".to_owned())];
    (StatusCode::SEE_OTHER, headers).into_response()
}

#[derive(Serialize)]
struct Ticket {
    ticket: String,
}

/// `POST /ticket`: what opens the feed once.
pub(super) async fn ticket(State(served): State<Served>, headers: HeaderMap) -> Response {
    if let Some(refused) = rpc::not_json(&headers) {
        return refused;
    }
    let page = page(&served, &headers);
    match Actor::of(&served.core, &Caller::Page(page.clone())).await {
        Ok(actor) if matches!(actor.stage, Stage::SignedIn | Stage::Locked) => {
            match served.core.doorkeeper.ticket(page) {
                Ok(ticket) => Json(Ticket { ticket }).into_response(),
                Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, why.to_string()).into_response(),
            }
        }
        Ok(_) => rpc::refused(Refusal::new(ErrorCode::SignIn, "sign in")),
        Err(refusal) => rpc::refused(refusal),
    }
}

/// The page that asks, as its cookie says.
pub(super) fn page(served: &Served, headers: &HeaderMap) -> Page {
    let token = session_of(headers, &served.address.cookie_name()).map(Token::shown);
    Page { token, place: Place::Browser, agent: agent(headers) }
}

fn agent(headers: &HeaderMap) -> Option<String> {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// What a browser keeps. No script reads it and no other site's page sends it.
pub(super) fn cookie(served: &Served, token: &Token) -> String {
    let secure = if served.address.is_secure() { "; Secure" } else { "" };
    format!(
        "{}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={COOKIE_SECONDS}{secure}",
        served.address.cookie_name(),
        token.reveal()
    )
}

fn session_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lets_in_once() {
        let doorkeeper = Doorkeeper::default();
        assert_eq!(doorkeeper.link().unwrap_err().code, ErrorCode::NotReady);
        doorkeeper.serves_at("http://127.0.0.1:8137/".into());
        let link = doorkeeper.link().unwrap();
        let token = link.strip_prefix("http://127.0.0.1:8137/start/").unwrap();
        assert!(!doorkeeper.take("something else"));
        assert!(doorkeeper.take(token));
        assert!(!doorkeeper.take(token));
    }

    #[test]
    fn no_more_than_a_few_tokens_wait() {
        let doorkeeper = Doorkeeper::default();
        doorkeeper.serves_at("http://127.0.0.1:1/".into());
        let links: Vec<String> = (0..=WAITING).map(|_| doorkeeper.link().unwrap()).collect();
        let take = |link: &String| doorkeeper.take(link.rsplit('/').next().unwrap());
        assert!(!take(&links[0]));
        assert!(take(&links[1]));
    }

    #[test]
    fn a_ticket_opens_the_feed_once_and_for_its_page() {
        let doorkeeper = Doorkeeper::default();
        let page = Page { token: Token::fresh().ok(), place: Place::Browser, agent: None };
        let ticket = doorkeeper.ticket(page.clone()).unwrap();
        assert!(doorkeeper.page_of("something else").is_none());
        assert_eq!(doorkeeper.page_of(&ticket).unwrap().token, page.token);
        assert!(doorkeeper.page_of(&ticket).is_none());
    }

    #[test]
    fn the_cookie_of_another_port_is_not_ours() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "vakhta-1=a; vakhta-2=b".parse().unwrap());
        assert_eq!(session_of(&headers, "vakhta-2").as_deref(), Some("b"));
        assert_eq!(session_of(&headers, "vakhta-3"), None);
    }
}

//! What signing in makes of a page's seat: it has another token afterwards.

use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::users::seat::SeatKey;
use vakhta_app::users::sign_in::{Entry, Proof};
use vakhta_app::users::view::Place;
use vakhta_domain::ids::{SessionId, UserId};

use super::internal;
use crate::access::{Actor, Caller, Page, Token};

/// Characters of what a browser calls itself that are kept.
pub(super) const AGENT: usize = 120;

/// A seat before and after.
pub(super) struct NewSeat {
    before: Option<SeatKey>,
    next: SeatKey,
    place: Place,
    agent: Option<String>,
}

/// An entry that owns what it names.
pub(super) struct OwnedEntry<'a> {
    seat: &'a NewSeat,
    user: UserId,
    proof: Proof,
    session: SessionId,
}

impl NewSeat {
    pub(super) fn of(&self, user: UserId, proof: Proof) -> OwnedEntry<'_> {
        OwnedEntry { seat: self, user, proof, session: SessionId(uuid::Uuid::now_v7()) }
    }
}

impl OwnedEntry<'_> {
    pub(super) fn borrowed(&self) -> Entry<'_> {
        Entry {
            seat: self.seat.before.as_ref(),
            next: &self.seat.next,
            place: self.seat.place,
            agent: self.seat.agent.as_deref(),
            user: self.user,
            proof: self.proof,
            session: self.session,
        }
    }
}

/// `None` for the owner, who sits nowhere.
pub(super) fn new_seat(caller: &Caller) -> Result<(Option<Token>, Option<NewSeat>), Refusal> {
    let Caller::Page(page) = caller else { return Ok((None, None)) };
    let token = Token::fresh().map_err(internal)?;
    let agent = page.agent.as_ref().map(|agent| agent.chars().take(AGENT).collect());
    let before = page.token.as_ref().map(Token::key);
    let seat = NewSeat { before, next: token.key(), place: page.place, agent };
    Ok((Some(token), Some(seat)))
}

/// The same caller with another token.
pub(super) fn with(caller: &Caller, token: Option<&Token>) -> Caller {
    match (caller, token) {
        (Caller::Page(page), Some(token)) => {
            Caller::Page(Page { token: Some(token.clone()), ..page.clone() })
        }
        _ => caller.clone(),
    }
}

pub(super) fn seat_key(actor: &Actor) -> Result<SeatKey, Refusal> {
    let seat = actor.seat.as_ref().map(|(key, _)| *key);
    seat.ok_or_else(|| Refusal::new(ErrorCode::SignIn, "sign in"))
}

pub(super) fn page_only(caller: &Caller) -> Result<(), Refusal> {
    match caller {
        Caller::Page(_) => Ok(()),
        Caller::Owner => {
            Err(Refusal::new(ErrorCode::WrongState, "the owner of the data folder needs not sign in"))
        }
    }
}

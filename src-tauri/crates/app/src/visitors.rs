//! Who a visitor is: what proves it, and how they are forgotten.

use jiff::Timestamp;
use vakhta_domain::fold::fold;
use vakhta_domain::identity::{Identity, IdentityError, IdentityKind};
use vakhta_domain::ids::VisitorId;
use vakhta_domain::pairing::Candidate;
use vakhta_domain::visit::{Status, status};

use crate::refusal::{ErrorCode, Problem, Refusal};
use crate::request::{IdentityChange, Personal, VisitDraft};
use crate::tx::{TxResult, VisitTx};

/// What a use-case can do with visitors besides entering them.
pub trait VisitorTx: VisitTx {
    /// Enters or replaces what is of the same kind. Sealed, in the row and in the journal.
    fn set_identity(&mut self, visitor: VisitorId, identity: &Identity, author: &str) -> TxResult<()>;
    /// Takes away what is of a kind; nothing happens where there is none.
    fn clear_identity(&mut self, visitor: VisitorId, kind: IdentityKind, author: &str) -> TxResult<()>;
    /// Whether something of this kind is known of somebody.
    fn has_identity(&mut self, visitor: VisitorId, kind: IdentityKind) -> TxResult<bool>;
    /// Whoever has exactly this, the one who was entered last first.
    fn visitors_with(&mut self, identity: &Identity) -> TxResult<Vec<VisitorId>>;
    /// All visits of a person.
    fn visits_of(&mut self, visitor: VisitorId) -> TxResult<Vec<Candidate>>;
    /// Destroys a person's key and removes what names them; gives the names of pictures that are to
    /// be removed. Remembered, so that no older copy of the database brings them back.
    fn erase_visitor(&mut self, visitor: VisitorId, author: &str) -> TxResult<Vec<String>>;
}

/// What a draft of a visit says of who comes.
///
/// # Errors
/// [`Refusal`] for the first field that is not usable.
pub fn identities(draft: &VisitDraft) -> Result<Vec<Identity>, Refusal> {
    let given = [
        (IdentityKind::Document, &draft.document),
        (IdentityKind::Iin, &draft.iin),
        (IdentityKind::Phone, &draft.phone),
    ];
    let filled = given.into_iter().filter_map(|(kind, text)| Some((kind, text.as_ref()?)));
    filled.map(|(kind, text)| read(kind, text)).collect()
}

/// Reads what somebody typed.
///
/// # Errors
/// [`Refusal`] for the field of that kind.
pub fn read(kind: IdentityKind, text: &Personal) -> Result<Identity, Refusal> {
    Identity::new(kind, &text.0).map_err(|why| {
        let problem = match why {
            IdentityError::Empty => Problem::Empty,
            IdentityError::TooLong => Problem::TooLong,
            IdentityError::Malformed => Problem::Malformed,
            IdentityError::ControlDigit => Problem::Mistyped,
        };
        Refusal::invalid(kind.as_str(), problem, why)
    })
}

/// Whose visit it will be: somebody who was here before is known by a document or an IIN, never by
/// name alone; of the same document and another name a human has to say which is right, and until
/// then they are two. A document or an IIN that contradicts what is known is refused: it is replaced where
/// that can be seen. A phone changes more often than people say so.
pub(crate) fn enter(
    tx: &mut dyn VisitorTx,
    name: &str,
    identities: &[Identity],
    author: &str,
) -> TxResult<VisitorId> {
    let mut known = None;
    for identity in identities.iter().filter(|identity| identity.kind() != IdentityKind::Phone) {
        for visitor in tx.visitors_with(identity)? {
            if known.is_none() && fold(&tx.visitor_name(visitor)?) == fold(name) {
                known = Some(visitor);
            }
        }
    }
    let visitor = match known {
        Some(visitor) => visitor,
        None => tx.add_visitor(name, author)?,
    };
    for identity in identities {
        if tx.visitors_with(identity)?.contains(&visitor) {
            continue;
        }
        let kind = identity.kind();
        if kind != IdentityKind::Phone && tx.has_identity(visitor, kind)? {
            let why = "another one is known of this visitor; change it in their details";
            return Err(Refusal::invalid(kind.as_str(), Problem::Differs, why).into());
        }
        tx.set_identity(visitor, identity, author)?;
    }
    Ok(visitor)
}

/// Enters, replaces or takes away something of a visitor.
///
/// # Errors
/// [`Refusal`] when there is no such visitor any more, or the text is not usable.
pub fn change(tx: &mut dyn VisitorTx, change: &IdentityChange, author: &str) -> TxResult<()> {
    known(tx, change.visitor)?;
    match &change.value {
        Some(text) => tx.set_identity(change.visitor, &read(change.kind, text)?, author),
        None => tx.clear_identity(change.visitor, change.kind, author),
    }
}

/// Forgets a person for good; gives the names of pictures that are to be removed.
///
/// # Errors
/// [`ErrorCode::WrongState`] while a visit of theirs is not over.
pub fn erase(
    tx: &mut dyn VisitorTx,
    visitor: VisitorId,
    now: Timestamp,
    author: &str,
) -> TxResult<Vec<String>> {
    known(tx, visitor)?;
    let open = |visit: &Candidate| {
        use Status::{Away, CheckedIn, Expected, Requested};
        matches!(status(&visit.plan, &visit.facts, now), Requested | Expected | CheckedIn | Away)
    };
    if tx.visits_of(visitor)?.iter().any(open) {
        let words = "a visit of theirs is not over: check it out or cancel it first";
        return Err(Refusal::new(ErrorCode::WrongState, words).into());
    }
    tx.erase_visitor(visitor, author)
}

fn known(tx: &mut dyn VisitorTx, visitor: VisitorId) -> TxResult<()> {
    if tx.visits_of(visitor)?.is_empty() || tx.visitor_name(visitor)?.is_empty() {
        return Err(Refusal::not_found("visitor", visitor).into());
    }
    Ok(())
}

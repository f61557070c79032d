//! What the desk does with visits.

use jiff::Timestamp;
use vakhta_domain::ids::{CardNo, PersonNo, VisitId};
use vakhta_domain::pairing::Candidate;
use vakhta_domain::visit::{Fact, FactId, FactKind, Origin, Plan, Profile, Status, Window, status};

use crate::command::{Refusal, VisitDraft};
use crate::tx::{NewVisit, Tx, TxResult};

/// A name on a badge is at most this long, in characters.
pub const NAME_LIMIT: usize = 120;

/// Plans a visit. A visitor is entered anew each time: two people of one name are two people
/// until a human says otherwise.
///
/// # Errors
/// [`Refusal`] when a field is empty, too long or impossible.
pub fn add(tx: &mut dyn Tx, draft: &VisitDraft, now: Timestamp, author: &str) -> TxResult<VisitId> {
    let visitor = name(&draft.visitor, "visitor")?;
    let host = name(&draft.host, "host")?;
    let purpose = draft.purpose.as_deref().map(|text| name(text, "purpose")).transpose()?;
    let window = Window::new(draft.from, draft.until).map_err(|why| Refusal::invalid("until", why))?;
    let person_no = draft.person_no.as_deref().map(PersonNo::new).transpose();
    let card_no = draft.card_no.as_deref().map(CardNo::new).transpose();
    let person_no = person_no.map_err(|why| Refusal::invalid("person_no", why))?;
    let card_no = card_no.map_err(|why| Refusal::invalid("card_no", why))?;
    let id = VisitId(tx.new_op_id().0);
    let plan = Plan {
        id,
        visitor: tx.add_visitor(&visitor)?,
        window,
        profile: draft.profile,
        needs_approval: false,
        person_no,
        card_no,
        planned_at: now,
    };
    tx.add_visit(&NewVisit { plan, host, purpose }, author)?;
    Ok(id)
}

/// Text that a person typed: spaces folded, no control or bidirectional-override characters.
fn name(text: &str, field: &'static str) -> Result<String, Refusal> {
    let hidden = |c: &char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let cleaned: String = text.chars().filter(|c| !hidden(c) || c.is_whitespace()).collect();
    let folded = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.is_empty() {
        return Err(Refusal::invalid(field, "must not be empty"));
    }
    if folded.chars().count() > NAME_LIMIT {
        return Err(Refusal::invalid(field, format!("is longer than {NAME_LIMIT} characters")));
    }
    Ok(folded)
}

/// What a person at the desk can do to a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskAction {
    /// The visitor is let in.
    CheckIn,
    /// The visitor has left.
    CheckOut,
    /// The visit is called off.
    Cancel,
    /// A check-out was a mistake.
    Reopen,
}

/// Adds the desk's fact to a visit, if its status allows.
///
/// # Errors
/// [`Refusal`] when there is no such visit, or its status does not allow the action.
pub fn act(tx: &mut dyn Tx, id: VisitId, action: DeskAction, now: Timestamp, author: &str) -> TxResult<()> {
    let visit = tx.visit(id)?.ok_or_else(|| Refusal::not_found("visit", id))?;
    let kind = allowed(&visit, action, now)?;
    let fact = Fact {
        id: FactId::of_op(tx.new_op_id()),
        at: now,
        kind,
        origin: Origin::Desk,
        author: author.into(),
    };
    tx.add_fact(id, &fact)?;
    Ok(())
}

fn allowed(visit: &Candidate, action: DeskAction, now: Timestamp) -> Result<FactKind, Refusal> {
    let now_is = status(&visit.plan, &visit.facts, now);
    let multiple = visit.plan.profile == Profile::Multiple;
    match (action, now_is) {
        (DeskAction::CheckIn, Status::Expected | Status::NoShow | Status::Away) => Ok(FactKind::Entered),
        (DeskAction::CheckOut, Status::CheckedIn) => Ok(FactKind::Left),
        (DeskAction::CheckOut, Status::Away) if multiple => Ok(FactKind::Left),
        (DeskAction::Cancel, Status::Expected | Status::Requested | Status::NoShow) => {
            Ok(FactKind::Cancelled)
        }
        (DeskAction::Reopen, Status::CheckedOut) => {
            let exit = visit.facts.standing().exit().map(|fact| fact.id.clone());
            exit.map(|revokes| FactKind::Reopened { revokes }).ok_or_else(|| Refusal::state(now_is.as_str()))
        }
        _ => Err(Refusal::state(now_is.as_str())),
    }
}

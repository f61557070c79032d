//! What the desk does with visits.

use jiff::Timestamp;
use vakhta_domain::ids::{CardNo, PersonNo, VisitId};
use vakhta_domain::visit::{Fact, FactId, FactKind, Facts, Origin, Plan, Profile, Status, Window, status};

use crate::refusal::{ErrorCode, Problem, Refusal};
use crate::request::VisitDraft;
use crate::text::nfc;
use crate::tx::{NewVisit, Tx, TxResult};
use crate::visitors;

/// A name on a badge is at most this long, in characters.
pub const NAME_LIMIT: usize = 120;

/// Plans a visit that begins now unless it says otherwise; whoever calls has filled in its end. A
/// visitor whose document or IIN is not known is entered anew: two people of one name are two people
/// until a human says otherwise.
///
/// # Errors
/// [`Refusal`] when a field is empty, too long or impossible, or a number or card is another's.
pub fn add(tx: &mut dyn Tx, draft: &VisitDraft, now: Timestamp, author: &str) -> TxResult<VisitId> {
    let visitor = name(&draft.visitor, "visitor")?;
    let host = name(&draft.host, "host")?;
    let purpose = draft.purpose.as_deref().map(|text| name(text, "purpose")).transpose()?;
    let until = draft.until.ok_or_else(|| Refusal::invalid("until", Problem::Empty, "must be given"))?;
    let window = Window::new(draft.from.unwrap_or(now), until);
    let window = window.map_err(|why| Refusal::invalid("until", Problem::EndsBeforeItBegins, why))?;
    let person_no = draft.person_no.as_deref().map(PersonNo::new).transpose();
    let card_no = draft.card_no.as_deref().map(CardNo::new).transpose();
    let person_no = person_no.map_err(|why| Refusal::invalid("person_no", Problem::Malformed, why))?;
    let card_no = card_no.map_err(|why| Refusal::invalid("card_no", Problem::Malformed, why))?;
    let identities = visitors::identities(draft)?;
    free(tx, person_no.as_ref(), card_no.as_ref(), window, now)?;
    let id = VisitId(tx.new_op_id().0);
    let plan = Plan {
        id,
        visitor: visitors::enter(tx, &visitor, &identities, author)?,
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

/// A door knows people by their number and their card alone: of two visits that share one at the
/// same time it cannot tell which has come.
fn free(
    tx: &mut dyn Tx,
    person_no: Option<&PersonNo>,
    card_no: Option<&CardNo>,
    window: Window,
    now: Timestamp,
) -> TxResult<()> {
    for other in tx.candidates(person_no, card_no)? {
        let status = status(&other.plan, &other.facts, now);
        let comes = matches!(status, Status::Expected | Status::Away | Status::CheckedIn);
        if !comes || !window.overlaps(&other.plan.window) {
            continue;
        }
        let same_person = person_no.is_some() && other.plan.person_no.as_ref() == person_no;
        let field = if same_person { "person_no" } else { "card_no" };
        return Err(Refusal::taken(field, &tx.visitor_name(other.plan.visitor)?).into());
    }
    Ok(())
}

/// Text that a person typed: each letter one sign, spaces folded, no control or
/// bidirectional-override characters.
pub(crate) fn name(text: &str, field: &'static str) -> Result<String, Refusal> {
    let hidden = |c: &char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let cleaned: String = nfc(text).chars().filter(|c| !hidden(c) || c.is_whitespace()).collect();
    let folded = cleaned.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.is_empty() {
        return Err(Refusal::invalid(field, Problem::Empty, "must not be empty"));
    }
    if folded.chars().count() > NAME_LIMIT {
        return Err(Refusal::invalid(
            field,
            Problem::TooLong,
            format!("is longer than {NAME_LIMIT} characters"),
        ));
    }
    Ok(folded)
}

/// What a person at the desk can do to a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
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
    /// What the desk did last was a mistake.
    Undo,
}

/// Adds the desk's fact to a visit, if its status allows.
///
/// # Errors
/// [`Refusal`] when there is no such visit, or its status does not allow the action.
pub fn act(tx: &mut dyn Tx, id: VisitId, action: DeskAction, now: Timestamp, author: &str) -> TxResult<()> {
    let visit = tx.visit(id)?.ok_or_else(|| Refusal::not_found("visit", id))?;
    if tx.visitor_name(visit.plan.visitor)?.is_empty() {
        return Err(Refusal::new(ErrorCode::WrongState, "the visitor was erased").into());
    }
    let kind = allowed(&visit.plan, &visit.facts, action, now)
        .ok_or_else(|| Refusal::state(status(&visit.plan, &visit.facts, now).as_str()))?;
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

/// What the desk may do with a visit now, in the order in which it is offered.
#[must_use]
pub fn actions(plan: &Plan, facts: &Facts, now: Timestamp) -> Vec<DeskAction> {
    use DeskAction::{Cancel, CheckIn, CheckOut, Reopen, Undo};
    let all = [CheckIn, CheckOut, Cancel, Reopen, Undo];
    all.into_iter().filter(|action| allowed(plan, facts, *action, now).is_some()).collect()
}

/// The fact that an action adds; `None` where the visit's status does not allow it.
fn allowed(plan: &Plan, facts: &Facts, action: DeskAction, now: Timestamp) -> Option<FactKind> {
    let multiple = plan.profile == Profile::Multiple;
    match (action, status(plan, facts, now)) {
        (DeskAction::CheckIn, Status::Expected | Status::NoShow | Status::Away) => Some(FactKind::Entered),
        (DeskAction::CheckOut, Status::CheckedIn) => Some(FactKind::Left),
        (DeskAction::CheckOut, Status::Away) if multiple => Some(FactKind::Left),
        (DeskAction::Cancel, Status::Expected | Status::Requested | Status::NoShow) => {
            Some(FactKind::Cancelled)
        }
        (DeskAction::Reopen, Status::CheckedOut) => {
            facts.standing().exit().map(|fact| FactKind::Reopened { revokes: fact.id.clone() })
        }
        (DeskAction::Undo, _) => facts.standing().undoable().map(|fact| {
            let revokes = fact.id.clone();
            if fact.kind == FactKind::Left {
                FactKind::Reopened { revokes }
            } else {
                FactKind::Undone { revokes }
            }
        }),
        _ => None,
    }
}

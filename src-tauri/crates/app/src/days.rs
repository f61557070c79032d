//! The end of the site's day.

use jiff::Timestamp;
use vakhta_domain::visit::{Fact, FactId, FactKind, Origin, Status, status};

use crate::tx::{Tx, TxResult};

/// Closes, with origin *automatic*, every visit that is still inside at the day's end without a
/// pass that reaches into the next day. Returns how many.
///
/// # Errors
/// When the store fails.
pub fn close(tx: &mut dyn Tx, day_end: Timestamp) -> TxResult<usize> {
    let mut closed = 0;
    for visit in tx.maybe_inside()? {
        let has_a_pass_for_the_night = visit.plan.window.until() > day_end;
        let came_today = visit.facts.standing().inside_at(day_end);
        let inside = status(&visit.plan, &visit.facts, day_end) == Status::CheckedIn;
        if !inside || !came_today || has_a_pass_for_the_night {
            continue;
        }
        let id = FactId::of_op(tx.new_op_id());
        let fact = Fact {
            id,
            at: day_end,
            kind: FactKind::ClosedAutomatically,
            origin: Origin::Automatic,
            author: "day end".into(),
        };
        tx.add_fact(visit.plan.id, &fact)?;
        closed += 1;
    }
    Ok(closed)
}

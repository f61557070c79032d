//! Exits that wait for their entry.

use jiff::Timestamp;
use vakhta_domain::incident::{exit_is_due, exit_without_entry};

use crate::tx::{Tx, TxResult};

/// Looks at every exit that waits: one whose entry has come is let go, one that has waited long
/// enough raises its incident. `entries_read_up_to` is the moment up to which every entry reader
/// is known to have been read. Returns how many still wait.
///
/// # Errors
/// When the store fails.
pub fn settle(tx: &mut dyn Tx, entries_read_up_to: Option<Timestamp>, now: Timestamp) -> TxResult<usize> {
    let mut waiting = 0;
    for exit in tx.waiting_exits()? {
        let Some(visit) = tx.visit(exit.visit)? else {
            tx.stop_waiting(&exit.passage.key)?;
            continue;
        };
        match exit_without_entry(&visit.plan, &visit.facts, &exit.passage) {
            None => tx.stop_waiting(&exit.passage.key)?,
            Some(finding) if exit_is_due(exit.passage.at, exit.heard, entries_read_up_to, now) => {
                tx.raise(&finding)?;
                tx.stop_waiting(&exit.passage.key)?;
            }
            Some(_) => waiting += 1,
        }
    }
    Ok(waiting)
}

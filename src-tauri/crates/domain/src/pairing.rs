//! Whose passage is it? By the number that the device knows the person by, else by the card;
//! never by name.

use jiff::Timestamp;

use crate::device_time::BETWEEN_TWO_CLOCKS;
use crate::passage::{Direction, Passage};
use crate::visit::{Facts, Plan, Profile};

/// A visit that a passage may belong to, with what has happened to it so far.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What was agreed.
    pub plan: Plan,
    /// What happened.
    pub facts: Facts,
}

/// Picks the visit that a passage belongs to.
///
/// A person number decides alone where the device tells one: a card that somebody else's visit
/// names does not overrule it. An exit belongs to the visit that is inside; otherwise the
/// visit whose window is open counts, if there are several one that is neither called off nor
/// spent, the one that began last; otherwise
/// the one that ended last; otherwise the next to come, provided that it was planned before
/// the passage (history cannot belong to a visit that nobody had thought of).
#[must_use]
pub fn pair<'a>(passage: &Passage, candidates: &'a [Candidate]) -> Option<&'a Candidate> {
    let by_number: Vec<&Candidate> = match &passage.person_no {
        Some(number) => {
            candidates.iter().filter(|candidate| candidate.plan.person_no.as_ref() == Some(number)).collect()
        }
        None => Vec::new(),
    };
    let matching = if by_number.is_empty() {
        let card = passage.card_no.as_ref()?;
        candidates.iter().filter(|candidate| candidate.plan.card_no.as_ref() == Some(card)).collect()
    } else {
        by_number
    };
    choose(passage.direction, passage.at, &matching)
}

fn choose<'a>(direction: Direction, at: Timestamp, matching: &[&'a Candidate]) -> Option<&'a Candidate> {
    if direction == Direction::Out {
        let inside = matching
            .iter()
            .filter(|candidate| candidate.facts.standing().inside_at(at))
            .max_by_key(|candidate| candidate.plan.window.from());
        if let Some(candidate) = inside {
            return Some(candidate);
        }
    }
    let windows = |wanted: &dyn Fn(&Plan) -> bool| -> Vec<&'a Candidate> {
        matching.iter().copied().filter(|candidate| wanted(&candidate.plan)).collect()
    };
    let open = windows(&|plan| plan.window.admits(at));
    let open = open.into_iter().max_by_key(|candidate| {
        let standing = candidate.facts.standing();
        let spent =
            candidate.plan.profile == Profile::Single && standing.exit().is_some_and(|exit| exit.at < at);
        (standing.called_off().is_none(), !spent, candidate.plan.window.from(), candidate.plan.id)
    });
    let ended = || {
        windows(&|plan| plan.window.is_over(at))
            .into_iter()
            .max_by_key(|candidate| (candidate.plan.window.until(), candidate.plan.id))
    };
    let to_come = || {
        windows(&|plan| plan.window.from() > at && plan.planned_at <= at + BETWEEN_TWO_CLOCKS)
            .into_iter()
            .min_by_key(|candidate| (candidate.plan.window.from(), candidate.plan.id))
    };
    open.or_else(ended).or_else(to_come)
}

#[cfg(test)]
#[path = "pairing_tests.rs"]
mod tests;

//! Incidents: what needs a person. Each rule is a pure function of a passage or of a moment,
//! and of what is known of the visit.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::device_time::BETWEEN_TWO_CLOCKS;
use crate::event_code::{Effect, Verdict};
use crate::ids::VisitId;
use crate::passage::{Direction, Passage, PassageKey};
use crate::visit::{FactKind, Facts, Plan, Profile};

/// What kind of thing it is. Kinds are added as their rules are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// Left without having been seen to enter.
    ExitWithoutEntry,
    /// A pass used outside its window, or once more after its single use.
    ExpiredPass,
    /// Came in on a visit that was called off.
    EntryOnCancelled,
}

impl IncidentKind {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExitWithoutEntry => "exit_without_entry",
            Self::ExpiredPass => "expired_pass",
            Self::EntryOnCancelled => "entry_on_cancelled",
        }
    }

    /// How bad it is unless the site says otherwise.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Self::ExitWithoutEntry | Self::EntryOnCancelled => Severity::High,
            Self::ExpiredPass => Severity::Medium,
        }
    }
}

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Low,
    /// Worth a look.
    Medium,
    /// Needs somebody soon.
    High,
    /// Needs everybody now.
    Critical,
}

impl Severity {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// Where the work on an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentStatus {
    /// Nobody has taken it.
    New,
    /// Somebody has.
    Investigating,
    /// Done.
    Resolved,
    /// There was nothing.
    FalseAlarm,
}

impl IncidentStatus {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Investigating => "investigating",
            Self::Resolved => "resolved",
            Self::FalseAlarm => "false_alarm",
        }
    }
}

/// Why an incident was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawnBecause {
    /// A device that lagged told of the entry after all.
    EntryReadLater,
    /// A device told that nobody went through.
    NobodyWentThrough,
    /// Something that this version has no word for.
    Other,
}

impl WithdrawnBecause {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EntryReadLater => "entry_read_later",
            Self::NobodyWentThrough => "nobody_went_through",
            Self::Other => "other",
        }
    }

    /// As it was written down. Older rows hold a sentence in English.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word {
            "entry_read_later" => Self::EntryReadLater,
            "nobody_went_through" => Self::NobodyWentThrough,
            _ => Self::Other,
        }
    }
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind.
    pub kind: IncidentKind,
    /// Of which visit.
    pub visit: VisitId,
    /// At which passage.
    pub passage: PassageKey,
    /// When it happened.
    pub at: Timestamp,
    /// Found in history that was told late: noted, but nobody is rushed to a door.
    pub late: bool,
}

/// The same cause within this time is the same incident, counted.
pub const SAME_CAUSE_WITHIN: SignedDuration = SignedDuration::from_mins(30);
/// How long an exit waits for its entry to be read from a device that lags.
pub const ENTRY_MAY_LAG: SignedDuration = SignedDuration::from_secs(60);

impl Finding {
    fn new(kind: IncidentKind, plan: &Plan, passage: &Passage) -> Self {
        Self { kind, visit: plan.id, passage: passage.key.clone(), at: passage.at, late: !passage.live }
    }
}

/// A pass used outside its window: let in, or turned away, when it was not good; or refused by
/// the device as expired; or a single pass that lets somebody in after its exit. Leaving late is
/// not a use of the pass, but a long stay. `facts` are those before this passage.
#[must_use]
pub fn expired_pass(plan: &Plan, facts: &Facts, passage: &Passage) -> Option<Finding> {
    let outside = !plan.window.admits(passage.at);
    let used = match passage.verdict {
        Verdict::Granted => {
            // An entry told late may only seem to come after its exit, by another clock.
            let slack = if passage.live { SignedDuration::ZERO } else { BETWEEN_TWO_CLOCKS };
            let spent = plan.profile == Profile::Single
                && facts.standing().exit().is_some_and(|exit| exit.at + slack < passage.at);
            passage.direction != Direction::Out && (outside || (spent && passage.direction == Direction::In))
        }
        Verdict::Refused => outside || passage.code.effect() == Effect::Expired,
        Verdict::None => false,
    };
    used.then(|| Finding::new(IncidentKind::ExpiredPass, plan, passage))
}

/// Somebody came in on a visit that was cancelled or declined. `facts` include the entry.
#[must_use]
pub fn entry_on_cancelled(plan: &Plan, facts: &Facts, passage: &Passage) -> Option<Finding> {
    let standing = facts.standing();
    let came = standing.entry().is_some();
    (came && standing.called_off().is_some() && passage.is_grant() && passage.direction == Direction::In)
        .then(|| Finding::new(IncidentKind::EntryOnCancelled, plan, passage))
}

/// An exit with no entry before it. `facts` include the exit. Whoever asks has waited until the
/// entry may no longer be on its way: see [`exit_is_due`].
#[must_use]
pub fn exit_without_entry(plan: &Plan, facts: &Facts, passage: &Passage) -> Option<Finding> {
    let standing = facts.standing();
    let exit_stands =
        facts.contains(&crate::visit::FactId::of_passage(&passage.key)) && !taken_back(facts, passage);
    // An entry that seems to come a moment later came first, by another clock.
    let entered_before = standing.entry().is_some_and(|entry| entry.at <= passage.at + BETWEEN_TWO_CLOCKS);
    (exit_stands && !entered_before).then(|| Finding::new(IncidentKind::ExitWithoutEntry, plan, passage))
}

fn taken_back(facts: &Facts, passage: &Passage) -> bool {
    let id = crate::visit::FactId::of_passage(&passage.key);
    facts.iter().any(|fact| matches!(&fact.kind, FactKind::NotPassed { revokes } if *revokes == id))
}

/// Whether an exit at `at`, heard of at `heard`, has waited long enough for its entry: every
/// entry reader has been read up to that time, or it has waited [`ENTRY_MAY_LAG`].
#[must_use]
pub fn exit_is_due(
    at: Timestamp,
    heard: Timestamp,
    entries_read_up_to: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    entries_read_up_to.is_some_and(|read| read >= at && read >= heard)
        || now.duration_since(heard) >= ENTRY_MAY_LAG
}

#[cfg(test)]
#[path = "incident_tests.rs"]
mod tests;

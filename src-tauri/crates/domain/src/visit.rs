//! The life of a visit: a plan, a set of facts, and the status that is computed from both.
//!
//! Facts are added and never changed. The status is a function of the *set*, so that the
//! order in which facts arrive, and how often, cannot matter.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::device_time::BETWEEN_TWO_CLOCKS;
use crate::ids::{CardNo, OpId, PersonNo, VisitId, VisitorId};
use crate::passage::PassageKey;

/// How many times a pass lets its bearer in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// One entry, one exit.
    #[default]
    Single,
    /// In and out while the window is open.
    Multiple,
}

impl Profile {
    /// The word in the database, on the wire and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Multiple => "multiple",
        }
    }
}

/// From when until when a pass is good; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(Timestamp, Timestamp)", into = "(Timestamp, Timestamp)")]
pub struct Window {
    from: Timestamp,
    until: Timestamp,
}

/// A window that ends before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the visit ends before it begins")]
pub struct EmptyWindow;

impl Window {
    /// # Errors
    /// When `until` is not after `from`.
    pub fn new(from: Timestamp, until: Timestamp) -> Result<Self, EmptyWindow> {
        if until > from { Ok(Self { from, until }) } else { Err(EmptyWindow) }
    }

    /// The first moment in it.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// The last moment in it.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Whether a pass shown at this moment is good. Both ends belong to the window, and so does
    /// what two clocks may disagree about: a visit that is planned as the visitor walks in begins
    /// within the second in which the turnstile opens.
    #[must_use]
    pub fn admits(&self, at: Timestamp) -> bool {
        self.from <= at + BETWEEN_TWO_CLOCKS && at <= self.until + BETWEEN_TWO_CLOCKS
    }

    /// Whether some moment lies in both. One that begins as the other ends comes after it.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now > self.until
    }
}

impl TryFrom<(Timestamp, Timestamp)> for Window {
    type Error = EmptyWindow;
    fn try_from((from, until): (Timestamp, Timestamp)) -> Result<Self, EmptyWindow> {
        Self::new(from, until)
    }
}

impl From<Window> for (Timestamp, Timestamp) {
    fn from(window: Window) -> Self {
        (window.from, window.until)
    }
}

/// What was agreed before anything happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Which visit.
    pub id: VisitId,
    /// Who comes.
    pub visitor: VisitorId,
    /// When the pass is good.
    pub window: Window,
    /// How often.
    pub profile: Profile,
    /// Whether somebody must approve it first.
    pub needs_approval: bool,
    /// The number that the devices will know the visitor by.
    pub person_no: Option<PersonNo>,
    /// The card that the visitor carries.
    pub card_no: Option<CardNo>,
    /// When it was planned.
    pub planned_at: Timestamp,
}

/// Names a fact for ever. A door's fact is named by its passage, so that it is the same fact
/// whoever tells it; every other by the operation that made it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FactId(pub String);

impl FactId {
    /// Of what a door told.
    #[must_use]
    pub fn of_passage(key: &PassageKey) -> Self {
        Self(format!("door/{}/{}/{}", key.device, key.epoch, key.entry))
    }

    /// Of what somebody or the clock did.
    #[must_use]
    pub fn of_op(id: OpId) -> Self {
        Self(format!("op/{id}"))
    }
}

/// Who or what made a fact known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A person at a desk.
    Desk,
    /// A device at a door.
    Door,
    /// The clock.
    Automatic,
    /// Brought in from another system.
    Import,
}

impl Origin {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Door => "door",
            Self::Automatic => "automatic",
            Self::Import => "import",
        }
    }
}

/// What can happen to a visit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum FactKind {
    /// Somebody asked for it.
    Requested,
    /// Who may, agreed.
    Approved,
    /// Who may, did not.
    Declined,
    /// Called off.
    Cancelled,
    /// Came in.
    Entered,
    /// Went out; by the desk's hand it is a check-out.
    Left,
    /// Closed by the clock; nobody saw the visitor leave.
    ClosedAutomatically,
    /// Takes back the check-out that it names.
    Reopened {
        /// The fact of the check-out.
        revokes: FactId,
    },
    /// A device takes back a grant: nobody went through.
    NotPassed {
        /// The fact of the grant.
        revokes: FactId,
    },
    /// The desk takes back an entry or a cancellation of its own: a slip of the hand.
    Undone {
        /// The fact that it takes back.
        revokes: FactId,
    },
}

impl FactKind {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Entered => "entered",
            Self::Left => "left",
            Self::ClosedAutomatically => "closed_automatically",
            Self::Reopened { .. } => "reopened",
            Self::NotPassed { .. } => "not_passed",
            Self::Undone { .. } => "undone",
        }
    }

    /// The fact that this one takes back.
    #[must_use]
    pub fn revokes(&self) -> Option<&FactId> {
        match self {
            Self::Reopened { revokes } | Self::NotPassed { revokes } | Self::Undone { revokes } => {
                Some(revokes)
            }
            _ => None,
        }
    }
}

/// Something that happened, with when and by whose account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fact {
    /// Its name.
    pub id: FactId,
    /// When it happened.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub kind: FactKind,
    /// By whose account.
    pub origin: Origin,
    /// The person or the device.
    pub author: String,
}

/// Where a visit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for approval.
    Requested,
    /// Was not approved.
    Declined,
    /// May come.
    Expected,
    /// Inside.
    CheckedIn,
    /// Out for now, may come back.
    Away,
    /// Left for good.
    CheckedOut,
    /// Called off.
    Cancelled,
    /// The window is over and nobody came.
    NoShow,
}

impl Status {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Declined => "declined",
            Self::Expected => "expected",
            Self::CheckedIn => "checked_in",
            Self::Away => "away",
            Self::CheckedOut => "checked_out",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no_show",
        }
    }
}

/// The facts of one visit: a set, joined by union.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<FactId, Fact>);

impl Facts {
    /// Adds a fact; returns false when it was known. Should two desks ever tell different
    /// things under one name, the lesser is kept, so that all of them keep the same.
    pub fn add(&mut self, fact: Fact) -> bool {
        match self.0.get_mut(&fact.id) {
            None => {
                self.0.insert(fact.id.clone(), fact);
                true
            }
            Some(known) => {
                if fact < *known {
                    *known = fact;
                }
                false
            }
        }
    }

    /// Whether a fact of this name is known.
    #[must_use]
    pub fn contains(&self, id: &FactId) -> bool {
        self.0.contains_key(id)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Fact> {
        self.0.values()
    }

    /// What remains after everything that was taken back is left out.
    #[must_use]
    pub fn standing(&self) -> Standing<'_> {
        let revoked: BTreeSet<&FactId> = self.iter().filter_map(|fact| fact.kind.revokes()).collect();
        let mut facts: Vec<&Fact> = self.iter().filter(|fact| !revoked.contains(&fact.id)).collect();
        // At one instant an entry comes before an exit: the other way round would leave
        // somebody inside whom two doors saw go through at once.
        facts.sort_by_key(|fact| (fact.at, !matches!(fact.kind, FactKind::Entered), &fact.id));
        Standing { facts }
    }
}

impl FromIterator<Fact> for Facts {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        let mut set = Self::default();
        for fact in facts {
            set.add(fact);
        }
        set
    }
}

/// The facts that stand, in the order in which they happened.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    facts: Vec<&'a Fact>,
}

impl<'a> Standing<'a> {
    fn last_of(&self, wanted: impl Fn(&Fact) -> bool) -> Option<&'a Fact> {
        self.facts.iter().copied().rfind(|fact| wanted(fact))
    }

    /// The first entry.
    #[must_use]
    pub fn entry(&self) -> Option<&'a Fact> {
        self.facts.iter().copied().find(|fact| fact.kind == FactKind::Entered)
    }

    /// The last exit that somebody saw; else the automatic closing.
    #[must_use]
    pub fn exit(&self) -> Option<&'a Fact> {
        let closing = self.closing();
        let seen = self.last_of(|fact| fact.kind == FactKind::Left);
        match (seen, closing) {
            (Some(seen), Some(closing)) => Some(if seen.at > closing.at { seen } else { closing }),
            (seen, closing) => seen.or(closing),
        }
    }

    /// An automatic closing that no real exit of the same stay replaces.
    #[must_use]
    pub fn closing(&self) -> Option<&'a Fact> {
        self.facts.iter().enumerate().rev().find_map(|(place, fact)| {
            if fact.kind != FactKind::ClosedAutomatically {
                return None;
            }
            let is_movement = |fact: &&&Fact| matches!(fact.kind, FactKind::Entered | FactKind::Left);
            let before = self.facts[..place].iter().rev().find(is_movement);
            let after = self.facts[place..].iter().find(is_movement);
            let left = |fact: Option<&&Fact>| fact.is_some_and(|fact| fact.kind == FactKind::Left);
            (!left(before) && !left(after)).then_some(*fact)
        })
    }

    /// The entry with which the present stay began, while it lasts.
    #[must_use]
    pub fn stay(&self) -> Option<&'a Fact> {
        self.last_of(|fact| {
            matches!(fact.kind, FactKind::Entered | FactKind::Left | FactKind::ClosedAutomatically)
        })
        .filter(|fact| fact.kind == FactKind::Entered)
    }

    /// What the desk did last, when nothing has moved the visit since: what it may take back.
    #[must_use]
    pub fn undoable(&self) -> Option<&'a Fact> {
        let counts = |fact: &Fact| {
            matches!(
                fact.kind,
                FactKind::Entered | FactKind::Left | FactKind::Cancelled | FactKind::ClosedAutomatically
            )
        };
        self.last_of(counts)
            .filter(|fact| fact.origin == Origin::Desk && fact.kind != FactKind::ClosedAutomatically)
    }

    /// The last movement before (or at) a moment is an entry.
    #[must_use]
    pub fn inside_at(&self, at: Timestamp) -> bool {
        self.last_of(|fact| {
            fact.at <= at
                && matches!(fact.kind, FactKind::Entered | FactKind::Left | FactKind::ClosedAutomatically)
        })
        .is_some_and(|fact| fact.kind == FactKind::Entered)
    }

    fn last_decision(&self, kinds: &[FactKind]) -> Option<&'a FactKind> {
        self.last_of(|fact| kinds.contains(&fact.kind)).map(|fact| &fact.kind)
    }

    /// Cancelled, or declined after all: nobody should come.
    #[must_use]
    pub fn called_off(&self) -> Option<Status> {
        if self.last_decision(&[FactKind::Cancelled]).is_some() {
            return Some(Status::Cancelled);
        }
        match self.last_decision(&[FactKind::Approved, FactKind::Declined]) {
            Some(FactKind::Declined) => Some(Status::Declined),
            _ => None,
        }
    }
}

/// Where a visit stands now. A pure function of the plan, the set of facts and the moment.
#[must_use]
pub fn status(plan: &Plan, facts: &Facts, now: Timestamp) -> Status {
    let standing = facts.standing();
    let last = standing.last_of(|fact| matches!(fact.kind, FactKind::Entered | FactKind::Left));
    let over = plan.window.is_over(now);

    // The desk's word and the clock's end a visit for good; a single pass ends with any exit.
    let ends_it = |fact: &Fact| {
        fact.kind == FactKind::Left && (plan.profile == Profile::Single || fact.origin == Origin::Desk)
    };
    if standing.last_of(ends_it).is_some() || standing.closing().is_some() {
        return Status::CheckedOut;
    }
    match last.map(|fact| &fact.kind) {
        Some(FactKind::Entered) => Status::CheckedIn,
        Some(_) if over => Status::CheckedOut,
        Some(_) => Status::Away,
        None => match standing.called_off() {
            Some(status) => status,
            None if plan.needs_approval && standing.last_decision(&[FactKind::Approved]).is_none() => {
                Status::Requested
            }
            None if over => Status::NoShow,
            None => Status::Expected,
        },
    }
}

/// What the clock alone will make of a visit, and after which moment: nobody comes and the window
/// ends, or it ends while the visitor is away.
#[must_use]
pub fn turn(plan: &Plan, facts: &Facts, now: Timestamp) -> Option<(Timestamp, Status)> {
    let until = plan.window.until();
    if plan.window.is_over(now) {
        return None;
    }
    let then = status(plan, facts, just_after(until));
    (then != status(plan, facts, now)).then_some((until, then))
}

/// The first moment that is not this one any more, as finely as moments are kept.
#[must_use]
pub fn just_after(at: Timestamp) -> Timestamp {
    at + jiff::SignedDuration::from_micros(1)
}

#[cfg(test)]
#[path = "visit_tests.rs"]
pub(crate) mod tests;

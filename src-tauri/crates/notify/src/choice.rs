//! Which happenings are told at once, which are only counted, and which are not told at all.
//!
//! Told are a refusal of somebody who is expected, and an incident. Alarms are rationed: one
//! visitor has one notification, a storm has one, and history that comes late is a number.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use vakhta_app::view::{FeedItem, Happening, IncidentView, PassageView};
use vakhta_domain::ids::IncidentId;

use crate::announcement::{Announcement, Urgency, Wishes, incident_route, visit_route};
use crate::words;

/// What is older is history: counted, not told.
const FRESH: SignedDuration = SignedDuration::from_mins(10);
/// More than this many announcements …
const CALM: usize = 5;
/// … within this time are a storm.
const STORM: SignedDuration = SignedDuration::from_secs(10);
/// A summary is shown anew at most this often.
const SUMMARY_PAUSE: SignedDuration = SignedDuration::from_secs(2);
/// Incidents that are known to have been told; a repetition is not told again.
const REMEMBERED: usize = 512;

/// Happenings of both kinds, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Refusals of expected visitors.
    pub refused: u32,
    /// Incidents.
    pub incidents: u32,
}

impl Counts {
    fn is_empty(self) -> bool {
        self == Self::default()
    }

    fn add(&mut self, other: Self) {
        self.refused = self.refused.saturating_add(other.refused);
        self.incidents = self.incidents.saturating_add(other.incidents);
    }
}

/// Chooses what is told. Feed it the journal in order.
#[derive(Debug, Default)]
pub struct Announcer {
    /// When the last announcements were made, within [`STORM`].
    recent: VecDeque<Timestamp>,
    /// Incidents that were told or counted.
    known: VecDeque<IncidentId>,
    /// What came too late to be told.
    missed: Counts,
    /// What is folded into the storm's summary, and what of it was shown.
    storm: Counts,
    storm_shown: Counts,
    summary_at: Option<Timestamp>,
}

impl Announcer {
    /// What to show at once for a happening; what is counted instead waits for
    /// [`Announcer::summaries`].
    pub fn take(&mut self, item: &FeedItem, wishes: Wishes, now: Timestamp) -> Option<Announcement> {
        let (announcement, count) = match &item.what {
            Happening::Passage(passage) if wishes.refused => {
                let announcement = refusal(passage, wishes)?;
                let count = Counts { refused: 1, incidents: 0 };
                if !passage.live || is_history(passage.at, now) {
                    self.missed.add(count);
                    return None;
                }
                (announcement, count)
            }
            Happening::Incident(incident) if wishes.incidents => {
                if !self.is_news(incident) {
                    return None;
                }
                let count = Counts { refused: 0, incidents: 1 };
                if incident.late || is_history(incident.at, now) {
                    self.missed.add(count);
                    return None;
                }
                (raised(incident, wishes), count)
            }
            _ => return None,
        };
        self.recent.retain(|at| now.duration_since(*at) < STORM);
        if self.recent.is_empty() {
            // Calm again: the next storm counts from one.
            self.storm = Counts::default();
            self.storm_shown = Counts::default();
        }
        self.recent.push_back(now);
        if self.recent.len() > CALM {
            self.recent.pop_front();
            self.storm.add(count);
            return None;
        }
        Some(announcement)
    }

    /// Whether something waits to be summed up.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !self.missed.is_empty() || self.storm != self.storm_shown
    }

    /// What was counted instead of told. `caught_up`: the journal's end was reached, so that what
    /// was missed is complete.
    pub fn summaries(&mut self, caught_up: bool, wishes: Wishes, now: Timestamp) -> Vec<Announcement> {
        let mut summaries = Vec::new();
        if caught_up && !self.missed.is_empty() {
            let missed = std::mem::take(&mut self.missed);
            summaries.push(words::missed(missed, wishes.language));
        }
        let rested = self.summary_at.is_none_or(|at| now.duration_since(at) >= SUMMARY_PAUSE);
        if rested && self.storm != self.storm_shown {
            self.summary_at = Some(now);
            self.storm_shown = self.storm;
            summaries.push(words::storm(self.storm, wishes.language));
        }
        summaries
    }

    /// The feed shows an incident again when it is repeated, worked on or withdrawn.
    fn is_news(&mut self, incident: &IncidentView) -> bool {
        if incident.withdrawn.is_some() || incident.status != "new" || self.known.contains(&incident.id) {
            return false;
        }
        if self.known.len() == REMEMBERED {
            self.known.pop_front();
        }
        self.known.push_back(incident.id);
        true
    }
}

fn is_history(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) > FRESH
}

/// A refusal of somebody who is expected.
fn refusal(passage: &PassageView, wishes: Wishes) -> Option<Announcement> {
    let visit = passage.visit.filter(|_| passage.verdict == "refused")?;
    let (title, body) = words::refusal(passage, wishes.language);
    Some(Announcement {
        key: format!("visit/{visit}"),
        title,
        body,
        urgency: Urgency::Normal,
        route: visit_route(visit),
        buttons: vec![words::open(wishes.language)],
    })
}

/// An incident. It takes the place of the refusal that caused it: both have the visit's key.
fn raised(incident: &IncidentView, wishes: Wishes) -> Announcement {
    let (title, body) = words::incident(incident, wishes.language);
    let presses = matches!(incident.severity.as_str(), "high" | "critical");
    Announcement {
        key: incident
            .visit
            .map_or_else(|| format!("incident/{}", incident.id), |visit| format!("visit/{visit}")),
        title,
        body,
        urgency: if presses { Urgency::Critical } else { Urgency::Normal },
        route: incident_route(incident.id),
        buttons: vec![words::open(wishes.language)],
    }
}

#[cfg(test)]
#[path = "choice_tests.rs"]
mod tests;

//! Begins what is due: backups by the site's clock, missed ones made up for, and the weekly drill.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use vakhta_app::backups::plan::{BackupSchedule, BackupTarget};
use vakhta_app::backups::retention::lies_ahead;
use vakhta_app::backups::view::DrillReport;
use vakhta_store::WriteError;

use super::{Trouble, Wanted, begin, copies, drill_report, places};
use crate::core::Core;

const LOOK: Duration = Duration::from_secs(5);
/// After a failure it is tried again, after twice as long each time.
const AGAIN: SignedDuration = SignedDuration::from_mins(10);
const AGAIN_AT_MOST: SignedDuration = SignedDuration::from_hours(2);
const DRILL_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);
/// One that failed.
const DRILL_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// Who is named in the journal.
const AUTHOR: &str = "clock";

/// For as long as the core runs.
pub(crate) async fn run(core: Arc<Core>, name: &'static str) {
    let looking = async {
        if let Err(Trouble::Problem(why)) = copies::look_around(&core).await {
            tracing::error!(why = why.words, "the places for backups could not be looked at");
        }
    };
    tokio::join!(looking, begin_what_is_due(&core, name));
}

async fn begin_what_is_due(core: &Arc<Core>, name: &'static str) {
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut patience = Patience::default();
    loop {
        ticks.tick().await;
        let words = match due(core, &mut patience).await {
            Ok(None) => "nothing is due".to_owned(),
            Ok(Some(wanted)) => {
                let words = format!("{wanted:?} begun").to_lowercase();
                match begin(core, wanted, AUTHOR.into()) {
                    Ok(()) => words,
                    Err(busy) => busy.to_string(),
                }
            }
            Err(why) => why.to_string(),
        };
        core.tasks.note(name, core.now(), words);
    }
}

/// When a failed one is tried again.
#[derive(Debug, Default)]
struct Patience {
    tried: Option<Timestamp>,
    wait: Option<SignedDuration>,
}

impl Patience {
    fn allows(&mut self, now: Timestamp) -> bool {
        let wait = self.wait.unwrap_or_default();
        if self.tried.is_some_and(|tried| now.duration_since(tried).abs() < wait) {
            return false;
        }
        self.tried = Some(now);
        self.wait = Some(self.wait.map_or(AGAIN, |wait| (wait * 2).min(AGAIN_AT_MOST)));
        true
    }
}

async fn due(core: &Arc<Core>, patience: &mut Patience) -> Result<Option<Wanted>, WriteError> {
    let now = core.now();
    let seen = core.blocking(move |core| {
        let copies = core.store.backup_copies()?;
        let verified = |target: &BackupTarget| {
            let ours = copies.iter().filter(|(of, copy)| *of == target.id && copy.verified.is_some());
            ours.map(|(_, copy)| copy.taken).filter(|taken| !lies_ahead(*taken, now)).max()
        };
        Ok::<_, WriteError>(Seen {
            schedule: core.store.backup_schedule()?,
            newest: places::all(core)?.iter().map(verified).collect(),
            begun: core.store.begun()?,
            drill: drill_report(core)?,
            at_work: core.store.has_users()?,
        })
    });
    let seen = seen.await.map_err(|why| WriteError::Unavailable(why.to_string()))??;
    if !seen.at_work {
        return Ok(None);
    }
    let last_due = seen.schedule.last_due(&core.site().zone, now);
    // Every place is to have one; where there was nothing yet, nothing was missed.
    let since = seen.newest.iter().map(|newest| newest.or(seen.begun)).min().flatten();
    if last_due.zip(since).is_some_and(|(due, since)| due > since) {
        return Ok(patience.allows(now).then_some(Wanted::Create));
    }
    *patience = Patience::default();
    let (drilled, every) = match &seen.drill {
        Some(report) if report.problem.is_some() => (Some(report.at), DRILL_AGAIN),
        Some(report) => (Some(report.at), DRILL_EVERY),
        None => (seen.begun, DRILL_EVERY),
    };
    let overdue = drilled.is_some_and(|at| now.duration_since(at) >= every || lies_ahead(at, now));
    Ok((overdue && seen.newest.iter().any(Option::is_some)).then_some(Wanted::Drill))
}

struct Seen {
    schedule: BackupSchedule,
    /// Of every place, when the newest was taken that was verified there.
    newest: Vec<Option<Timestamp>>,
    begun: Option<Timestamp>,
    drill: Option<DrillReport>,
    at_work: bool,
}

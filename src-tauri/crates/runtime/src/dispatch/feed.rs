//! What happens, for those who follow: pages that are open, and readers that remember.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use vakhta_app::permission::Permission;
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::request::{EventsRequest, WatchRequest};
use vakhta_app::users::view::Stage;
use vakhta_app::view::{EventBatch, FeedItem, FeedPage, Happening, IncidentView};

use super::{desk, devices, read, write};
use crate::access::Actor;
use crate::core::Core;

/// Operations looked at for one answer.
const PAGE: u32 = 1_000;
/// A page that missed more operations than this reads everything anew: that is less.
const BEHIND: i64 = 5_000;
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long a page that is open waits for something to happen, in milliseconds. After twice as long
/// without a word it says that the core is lost (`ui/src/platform/silence.ts`).
pub const PAGE_WAIT_MS: u32 = 5_000;

/// What a page that is open is told. Waits until there is something, or the time is over.
///
/// # Errors
/// When the journal or the devices cannot be read.
pub(crate) async fn events(
    core: &Arc<Core>,
    actor: &Actor,
    request: EventsRequest,
) -> Result<EventBatch, Refusal> {
    if !matches!(actor.stage, Stage::SignedIn | Stage::Locked) {
        return Err(Refusal::new(ErrorCode::SignIn, "sign in"));
    }
    let locked = actor.stage == Stage::Locked;
    let sees_devices = actor.may(Permission::SeeDevices);
    let mut locks = core.locks.subscribe();
    let mut commits = core.store.commits();
    let mut conditions = core.conditions.changes();
    let deadline = deadline(request.wait_ms);
    let mut after = request.after;
    loop {
        let newest = *commits.borrow_and_update();
        let devices_version = *conditions.borrow_and_update();
        if newest < after || newest - after > BEHIND {
            let next = newest;
            return Ok(EventBatch {
                locked,
                behind: true,
                items: Vec::new(),
                next,
                devices: None,
                devices_version,
            });
        }
        let mut page = if newest > after { page(core, after).await? } else { nothing(after) };
        if page.items.iter().any(|item| matches!(item.what, Happening::Erased(()))) {
            // Somebody's name is to be gone from wherever the page has it.
            let next = page.next;
            return Ok(EventBatch {
                locked,
                behind: true,
                items: Vec::new(),
                next,
                devices: None,
                devices_version,
            });
        }
        page.items = page.items.into_iter().filter_map(|item| seen(actor, item)).collect();
        let moved = page.next > after;
        after = page.next;
        let touched = page.items.iter().any(|item| matches!(item.what, Happening::Device { .. }));
        let devices = if sees_devices && (touched || request.devices != Some(devices_version)) {
            Some(devices::list(core).await?)
        } else {
            None
        };
        if !page.items.is_empty() || devices.is_some() {
            let FeedPage { items, next } = page;
            return Ok(EventBatch { locked, behind: false, items, next, devices, devices_version });
        }
        if moved {
            // Operations that the feed has no words for.
            continue;
        }
        let over = tokio::select! {
            _ = commits.changed() => false,
            _ = conditions.changed(), if sees_devices => false,
            // Whoever asks next is looked up anew, and may see less.
            _ = locks.changed() => true,
            () = tokio::time::sleep_until(deadline) => true,
        };
        if over {
            let items = Vec::new();
            return Ok(EventBatch {
                locked,
                behind: false,
                items,
                next: after,
                devices: None,
                devices_version,
            });
        }
    }
}

/// What of an item the caller may see. A locked desk hears that there is an incident, and of what
/// kind, so that its alarm sounds; it hears of no person.
fn seen(actor: &Actor, item: FeedItem) -> Option<FeedItem> {
    let what = match item.what {
        Happening::Incident(incident) if actor.stage == Stage::Locked => {
            Happening::Incident(Box::new(IncidentView { visit: None, visitor: None, ..*incident }))
        }
        mut what => {
            if let Happening::Visit(happening) = &mut what {
                desk::offer(actor, &mut happening.visit);
            }
            let needs = match &what {
                Happening::Passage(_) | Happening::Picture(_) | Happening::Visit(_) => Permission::SeeVisits,
                Happening::Incident(_) => Permission::SeeIncidents,
                Happening::Device { .. } => Permission::SeeDevices,
                Happening::Settings(_) | Happening::Erased(()) => Permission::SignedIn,
            };
            actor.may(needs).then_some(what)?
        }
    };
    Some(FeedItem { what, ..item })
}

/// What happened after a place. Waits until there is something, or the time is over.
///
/// # Errors
/// When the journal cannot be read.
pub async fn watch(core: &Arc<Core>, request: WatchRequest) -> Result<FeedPage, Refusal> {
    let mut commits = core.store.commits();
    let mut after = match (request.after, request.reader) {
        (Some(after), Some(name)) => {
            // Asking for what comes next says that what came before has been dealt with.
            write(core, core.now(), move |tx| tx.advance_reader(&name, after)).await?;
            after
        }
        (Some(after), None) => after,
        (None, Some(name)) => read(core, move |core| core.store.reader(&name)).await?.unwrap_or(0),
        (None, None) => *commits.borrow(),
    };
    let deadline = deadline(request.wait_ms);
    loop {
        commits.mark_unchanged();
        let page = page(core, after).await?;
        let moved = page.next > after;
        after = page.next;
        if !page.items.is_empty() {
            return Ok(page);
        }
        if moved {
            continue;
        }
        if tokio::time::timeout_at(deadline, commits.changed()).await.is_err() {
            return Ok(nothing(after));
        }
    }
}

fn deadline(wait_ms: u32) -> Instant {
    Instant::now() + Duration::from_millis(wait_ms.into()).min(LONGEST_WAIT)
}

fn nothing(next: i64) -> FeedPage {
    FeedPage { items: Vec::new(), next }
}

async fn page(core: &Arc<Core>, after: i64) -> Result<FeedPage, Refusal> {
    let now = core.now();
    read(core, move |core| core.store.feed(after, PAGE, now, &core.system_zone)).await
}

//! Reading a device's log: one search run, page by page.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use vakhta_domain::device_event::DeviceEvent;
use vakhta_domain::device_time::DeviceClock;

use crate::client::{Client, ClientError};
use crate::event::{self, EventPage, event_page};
use crate::paging::{Page, PageStatus, Paging, Step};
use crate::search::{EventSearch, LAST_SERIAL, SearchRange, search_capabilities};
use crate::status::StatusKind;

const SEARCH: &str = "/ISAPI/AccessControl/AcsEvent?format=json";
const CAPABILITIES: &str = "/ISAPI/AccessControl/AcsEvent/capabilities?format=json";
/// Entries of a page, by what devices accept: the guide's limit, then what an old one insists on.
const PAGE_SIZES: [u32; 2] = [30, 10];
/// Where a search goes by time, it begins so long before the last known event: clocks step back.
const OVERLAP: SignedDuration = SignedDuration::from_hours(3);

/// How a device likes to be searched, as found out so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manners {
    size: usize,
    /// It knows no search by serial.
    by_time: bool,
}

impl Manners {
    /// Asks the device, and believes it only within reason: capabilities lie both ways.
    ///
    /// # Errors
    /// When the device does not answer or refuses.
    pub(crate) async fn learn(client: &Client) -> Result<Self, ClientError> {
        let most = match client.get(CAPABILITIES).await {
            Ok(node) => search_capabilities(&node).and_then(|can| can.max_results),
            Err(
                why @ (ClientError::Unreachable(_) | ClientError::Broken(_) | ClientError::Refused { .. }),
            ) => return Err(why),
            Err(_) => None,
        };
        let small = most.is_some_and(|most| (1..30).contains(&most));
        Ok(Self { size: usize::from(small), by_time: false })
    }

    pub(crate) fn page_size(&self) -> u32 {
        PAGE_SIZES.get(self.size).copied().unwrap_or(10)
    }

    /// Another way to ask, where there is one left.
    fn give_in(&mut self) -> bool {
        if self.size + 1 < PAGE_SIZES.len() {
            self.size += 1;
            return true;
        }
        !std::mem::replace(&mut self.by_time, true)
    }
}

/// Where a run begins: by serial, inclusive, and the time of the last known event for devices
/// that know only that.
#[derive(Clone, Debug)]
pub(crate) struct Beginning {
    pub(crate) serial: u64,
    pub(crate) time: Option<Timestamp>,
    pub(crate) clock: DeviceClock,
    pub(crate) now: Timestamp,
}

impl Beginning {
    fn range(&self, manners: Manners) -> SearchRange {
        if !manners.by_time {
            return SearchRange::Serials { begin: self.serial, end: LAST_SERIAL.max(self.serial) };
        }
        let ever = Timestamp::from_second(946_684_800).unwrap_or(Timestamp::UNIX_EPOCH);
        let start = self.time.map_or(ever, |time| (time - OVERLAP).max(ever));
        // Far enough ahead for a clock that is.
        let end = self.now.max(start) + SignedDuration::from_hours(24 * 400);
        SearchRange::Times { start, end, offset: self.clock.offset.unwrap_or(Offset::UTC) }
    }
}

/// One search run.
pub(crate) struct Run {
    id: String,
    beginning: Beginning,
    paging: Paging,
}

/// A page of a run.
pub(crate) struct Read {
    pub(crate) events: Vec<DeviceEvent>,
    /// Entries that could not be read.
    pub(crate) unreadable: usize,
    /// There is no further page.
    pub(crate) last: bool,
    /// The run ended as if the device had cut it short.
    pub(crate) smells_truncated: bool,
}

impl Run {
    /// Begins a run.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn from(beginning: Beginning, manners: Manners) -> Result<Self, ClientError> {
        Ok(Self { id: fresh_id()?, beginning, paging: Paging::new(manners.page_size().into()) })
    }

    /// Reads the next page.
    ///
    /// # Errors
    /// See [`has_no_search`] for what a missing search looks like.
    pub(crate) async fn next(&mut self, client: &Client, manners: &mut Manners) -> Result<Read, ClientError> {
        loop {
            let search = EventSearch {
                search_id: &self.id,
                position: self.paging.position(),
                max_results: manners.page_size(),
                range: self.beginning.range(*manners),
            };
            match client.post(SEARCH, search.body()).await {
                Err(ClientError::Status { http, status })
                    if status.kind() == StatusKind::WrongContent && manners.give_in() =>
                {
                    tracing::debug!(http, ?manners, "the device wants to be asked in another way");
                    self.id = fresh_id()?;
                    self.paging = Paging::new(manners.page_size().into());
                }
                Err(why) => return Err(why),
                Ok(answer) => {
                    let page = event_page(&answer).ok_or_else(|| {
                        ClientError::Unreadable("an answer to a search that is none".into())
                    })?;
                    return Ok(self.judge(page, manners));
                }
            }
        }
    }

    fn judge(&mut self, page: EventPage, manners: &mut Manners) -> Read {
        let status = match page.status {
            event::PageStatus::More => PageStatus::More,
            event::PageStatus::NoMatch => PageStatus::NoMatch,
            event::PageStatus::Ok | event::PageStatus::Unknown(_) => PageStatus::Ok,
        };
        let marks: Vec<String> = page.events.iter().map(|entry| format!("{entry:?}")).collect();
        let step = self.paging.turn(&Page { status, entries: &marks, total: page.total_matches });
        let entries = page.events.len();
        let events: Vec<DeviceEvent> = page.events.into_iter().filter_map(Result::ok).collect();
        let below =
            |event: &&DeviceEvent| event.serial.is_some_and(|serial| serial.0 < self.beginning.serial);
        if !manners.by_time && events.iter().filter(below).count() > 1 {
            // It does not know what a first serial is: next time it is asked by time.
            manners.by_time = true;
        }
        Read {
            unreadable: entries - events.len(),
            events,
            last: matches!(step, Step::Done(_)),
            smells_truncated: self.paging.smells_truncated(),
        }
    }
}

/// Two runs under one id would interleave on the device.
fn fresh_id() -> Result<String, ClientError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|why| ClientError::Unreachable(why.to_string()))?;
    Ok(hex::encode(random))
}

/// Whether the device has an event search at all.
///
/// # Errors
/// When the device does not answer or refuses.
pub(crate) async fn can_search(client: &Client, now: Timestamp) -> Result<bool, ClientError> {
    let mut manners = Manners::learn(client).await?;
    let beginning = Beginning { serial: LAST_SERIAL, time: Some(now), clock: DeviceClock::default(), now };
    match Run::from(beginning, manners)?.next(client, &mut manners).await {
        Ok(_) => Ok(true),
        Err(why) if has_no_search(&why) => Ok(false),
        Err(why) => Err(why),
    }
}

/// Whether an error means that there is no search, as against one that did not work this time.
pub(crate) fn has_no_search(error: &ClientError) -> bool {
    match error {
        ClientError::Status { http, status } => {
            matches!(http, 404 | 405 | 501) || status.kind() == StatusKind::NotSupported
        }
        _ => false,
    }
}

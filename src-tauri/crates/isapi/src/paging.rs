//! When a search run over many pages is at its end.
//!
//! A search is one list that the device hands out in pages. Neither its status word nor its
//! totals can be believed alone: some firmware says `MORE` for ever, some repeats a page, some
//! cuts the list off and calls that `OK`. The rules here end every run and say when the end
//! smells wrong.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// The highest `searchResultPosition` by the vendor's guide; no run goes beyond it.
pub const LAST_POSITION: u64 = 300_000;

/// `responseStatusStrg`: what the device says of the pages after this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageStatus {
    /// `OK`, or any word that is not known: this was the last page.
    Ok,
    /// There are further pages.
    More,
    /// The search found nothing.
    NoMatch,
}

impl PageStatus {
    /// Reads the word in any case, with spaces, underscores or neither.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let word: String = text
            .chars()
            .filter(|c| c.is_ascii_alphabetic())
            .map(|c| c.to_ascii_uppercase())
            .take(16)
            .collect();
        match word.as_str() {
            "MORE" => Self::More,
            "NOMATCH" | "NOMATCHES" => Self::NoMatch,
            _ => Self::Ok,
        }
    }
}

/// What counts of one page.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a, K> {
    /// Its status.
    pub status: PageStatus,
    /// A mark for each entry that really was in the list, in the device's order: its serial,
    /// or whatever else tells entries apart. Its length, not `numOfMatches`, is what counts.
    pub entries: &'a [K],
    /// `totalMatches`; `None` or 0 says nothing.
    pub total: Option<u64>,
}

/// What to do after a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask for the page at this position, in the same search.
    Next(u64),
    /// The run is over.
    Done(End),
}

/// Why a run is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The device did not say `MORE`.
    Said,
    /// `MORE`, but the page was empty.
    Empty,
    /// `MORE`, but the page had been seen before.
    Repeated,
    /// `MORE`, but as many entries as it counted in total have come.
    Total,
    /// `MORE`, but the next position is beyond what a device takes.
    Limit,
}

/// The pages of one search run. A fresh one for every run, as with `searchID`.
#[derive(Clone, Debug)]
pub struct Paging {
    page_size: u64,
    position: u64,
    seen: HashSet<u64>,
    truncated: bool,
}

impl Paging {
    /// Begins at position 0; `page_size` is the `maxResults` that is asked for.
    #[must_use]
    pub fn new(page_size: u64) -> Self {
        Self { page_size, position: 0, seen: HashSet::new(), truncated: false }
    }

    /// `searchResultPosition` of the next page.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Takes one page's facts and decides. The entries of a repeated page are still the
    /// caller's to look at: whoever keeps them must bear duplicates anyway.
    pub fn turn<K: Hash>(&mut self, page: &Page<'_, K>) -> Step {
        let count = u64::try_from(page.entries.len()).unwrap_or(u64::MAX);
        let repeated = !page.entries.is_empty() && !self.seen.insert(mark(page.entries));
        if !repeated {
            self.position = self.position.saturating_add(count);
        }
        match self.end(page, repeated) {
            None => Step::Next(self.position),
            Some(end) => {
                self.truncated = match end {
                    End::Said => page.status == PageStatus::Ok && count > 0 && count == self.page_size,
                    End::Repeated | End::Limit => true,
                    End::Empty => self.short_of(page.total),
                    End::Total => false,
                };
                Step::Done(end)
            }
        }
    }

    /// The run ended in a way that may have left entries out: a full page that claims to be the
    /// last, pages that turn in a circle, or fewer entries than counted. Whoever reads on should
    /// begin another run at what this one brought.
    #[must_use]
    pub fn smells_truncated(&self) -> bool {
        self.truncated
    }

    fn end<K>(&self, page: &Page<'_, K>, repeated: bool) -> Option<End> {
        if page.status != PageStatus::More {
            return Some(End::Said);
        }
        if page.entries.is_empty() {
            return Some(End::Empty);
        }
        if repeated {
            return Some(if self.short_of(page.total) || sane(page.total).is_none() {
                End::Repeated
            } else {
                End::Total
            });
        }
        if sane(page.total).is_some_and(|total| self.position >= total) {
            return Some(End::Total);
        }
        (self.position > LAST_POSITION).then_some(End::Limit)
    }

    fn short_of(&self, total: Option<u64>) -> bool {
        sane(total).is_some_and(|total| self.position < total)
    }
}

/// A total of 0 on a page is a device that does not count.
fn sane(total: Option<u64>) -> Option<u64> {
    total.filter(|total| *total > 0)
}

/// One number for a whole page: a run may have ten thousand of them.
fn mark<K: Hash>(entries: &[K]) -> u64 {
    let mut hasher = DefaultHasher::new();
    entries.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(status: PageStatus, entries: &[u64], total: Option<u64>) -> Page<'_, u64> {
        Page { status, entries, total }
    }

    #[test]
    fn status_words_in_their_spellings() {
        for text in ["NO MATCH", "NO MATCHES", "no match", "NO_MATCH", "NOMATCH"] {
            assert_eq!(PageStatus::parse(text), PageStatus::NoMatch, "{text}");
        }
        assert_eq!(PageStatus::parse("MORE"), PageStatus::More);
        assert_eq!(PageStatus::parse(" more "), PageStatus::More);
        assert_eq!(PageStatus::parse("OK"), PageStatus::Ok);
        assert_eq!(PageStatus::parse(""), PageStatus::Ok);
    }

    #[test]
    fn the_position_advances_by_what_came_not_by_what_was_asked() {
        let mut paging = Paging::new(30);
        assert_eq!(paging.turn(&page(PageStatus::More, &[1, 2, 3], Some(5))), Step::Next(3));
        assert_eq!(paging.turn(&page(PageStatus::Ok, &[4, 5], Some(5))), Step::Done(End::Said));
        assert!(!paging.smells_truncated());
    }

    #[test]
    fn nothing_found_is_no_truncation() {
        let mut paging = Paging::new(30);
        assert_eq!(paging.turn(&page(PageStatus::NoMatch, &[], Some(0))), Step::Done(End::Said));
        assert!(!paging.smells_truncated());
    }

    #[test]
    fn more_for_ever_ends_at_the_total_or_at_an_empty_page() {
        let mut paging = Paging::new(2);
        assert_eq!(paging.turn(&page(PageStatus::More, &[1, 2], Some(3))), Step::Next(2));
        assert_eq!(paging.turn(&page(PageStatus::More, &[3], Some(3))), Step::Done(End::Total));
        assert!(!paging.smells_truncated());

        let mut paging = Paging::new(2);
        assert_eq!(paging.turn(&page(PageStatus::More, &[1, 2], Some(0))), Step::Next(2));
        assert_eq!(paging.turn(&page(PageStatus::More, &[], Some(0))), Step::Done(End::Empty));
        assert!(!paging.smells_truncated());
    }

    #[test]
    fn a_page_seen_before_ends_the_run_and_smells() {
        let mut paging = Paging::new(2);
        assert_eq!(paging.turn(&page(PageStatus::More, &[1, 2], Some(9))), Step::Next(2));
        assert_eq!(paging.turn(&page(PageStatus::More, &[3, 4], Some(9))), Step::Next(4));
        assert_eq!(paging.turn(&page(PageStatus::More, &[1, 2], Some(9))), Step::Done(End::Repeated));
        assert!(paging.smells_truncated());
    }

    #[test]
    fn a_full_last_page_smells() {
        let mut paging = Paging::new(3);
        assert_eq!(paging.turn(&page(PageStatus::Ok, &[1, 2, 3], Some(3))), Step::Done(End::Said));
        assert!(paging.smells_truncated());
    }

    #[test]
    fn an_empty_page_before_the_total_smells() {
        let mut paging = Paging::new(3);
        assert_eq!(paging.turn(&page(PageStatus::More, &[1, 2, 3], Some(7))), Step::Next(3));
        assert_eq!(paging.turn(&page(PageStatus::More, &[], Some(7))), Step::Done(End::Empty));
        assert!(paging.smells_truncated());
    }

    #[test]
    fn a_device_with_no_end_is_ended() {
        let mut paging = Paging::new(1000);
        let mut next = 0_u64;
        let end = loop {
            let entries: Vec<u64> = (next..next + 1000).collect();
            next += 1000;
            if let Step::Done(end) = paging.turn(&page(PageStatus::More, &entries, None)) {
                break end;
            }
        };
        assert_eq!(end, End::Limit);
        assert!(paging.smells_truncated());
    }

    proptest! {
        #[test]
        fn every_run_ends_and_never_goes_back(
            pages in prop::collection::vec((0..3_u8, prop::collection::vec(0..50_u64, 0..5), 0..40_u64), 1..60),
        ) {
            let mut paging = Paging::new(4);
            let mut at = 0;
            for (status, entries, total) in &pages {
                let status = [PageStatus::Ok, PageStatus::More, PageStatus::NoMatch][usize::from(*status)];
                match paging.turn(&page(status, entries, Some(*total))) {
                    Step::Next(position) => {
                        prop_assert_eq!(position, at + entries.len() as u64);
                        prop_assert!(status == PageStatus::More && !entries.is_empty());
                        at = position;
                    }
                    Step::Done(_) => break,
                }
            }
        }
    }
}

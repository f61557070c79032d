//! Serials that have been met, as spans without gaps.

use std::collections::BTreeMap;

use vakhta_app::device::Anchor;

/// A set of serials. A log of a hundred thousand events in order is one span.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans(BTreeMap<u64, Span>);

/// Serials that follow one another.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) end: u64,
    /// The greatest of them that stands in the device's log. The stream's own copies do not,
    /// and what does not stand there cannot be found again.
    pub(super) witness: Option<Anchor>,
}

impl Spans {
    pub(super) fn contains(&self, serial: u64) -> bool {
        self.covering(serial).is_some()
    }

    pub(super) fn covering(&self, serial: u64) -> Option<&Span> {
        self.0.range(..=serial).next_back().map(|(_, span)| span).filter(|span| span.end >= serial)
    }

    /// The greatest of all.
    pub(super) fn top(&self) -> Option<u64> {
        self.0.last_key_value().map(|(_, span)| span.end)
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        let lengths = self.0.iter().map(|(start, span)| span.end.saturating_sub(*start).saturating_add(1));
        lengths.fold(0, u64::saturating_add)
    }

    pub(super) fn insert(&mut self, serial: u64, witness: Option<Anchor>) {
        let (mut start, mut span) = (serial, Span { end: serial, witness });
        let left = self.0.range(..=serial).next_back();
        if let Some((at, end)) =
            left.map(|(at, left)| (*at, left.end)).filter(|(_, end)| end.saturating_add(1) >= serial)
            && let Some(left) = self.0.remove(&at)
        {
            start = at;
            span.end = span.end.max(end);
            span.witness = greater(span.witness, left.witness);
        }
        if let Some(right) = span.end.checked_add(1).and_then(|next| self.0.remove(&next)) {
            span.end = right.end;
            span.witness = greater(span.witness, right.witness);
        }
        self.0.insert(start, span);
    }

    /// Forgets everything up to and including a serial.
    pub(super) fn forget(&mut self, last: u64) {
        let mut above = self.0.split_off(&last.saturating_add(1));
        if let Some((_, span)) = self.0.pop_last().filter(|(_, span)| span.end > last) {
            above.insert(last.saturating_add(1), span);
        }
        self.0 = above;
    }

    /// What is missing above `last` and below the greatest, as (first, last) pairs.
    pub(super) fn gaps(&self, last: u64) -> Vec<(u64, u64)> {
        let mut next = last.saturating_add(1);
        let mut gaps = Vec::new();
        for (start, span) in self.0.range(next..) {
            if *start > next {
                gaps.push((next, start - 1));
            }
            next = span.end.saturating_add(1);
        }
        gaps
    }
}

fn greater(one: Option<Anchor>, other: Option<Anchor>) -> Option<Anchor> {
    [one, other].into_iter().flatten().max_by_key(|anchor| anchor.serial)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use vakhta_domain::event_code::EventCode;
    use vakhta_domain::ids::EventSerial;

    fn anchor(serial: u64) -> Anchor {
        Anchor { serial: EventSerial(serial), code: EventCode { major: 5, minor: 75 }, time_text: None }
    }

    proptest! {
        #[test]
        fn spans_are_a_set(
            serials in prop::collection::vec((1..60_u64, any::<bool>()), 0..60),
            last in 0..60_u64,
        ) {
            let (mut spans, mut set, mut logged) = (Spans::default(), BTreeSet::new(), BTreeSet::new());
            for (serial, in_log) in serials {
                spans.insert(serial, in_log.then(|| anchor(serial)));
                set.insert(serial);
                if in_log {
                    logged.insert(serial);
                }
            }
            spans.forget(last);
            set.retain(|serial| *serial > last);
            prop_assert_eq!(spans.count(), set.len() as u64);
            prop_assert_eq!(spans.top(), set.last().copied());
            let mut missing = BTreeSet::new();
            for (from, to) in spans.gaps(last) {
                missing.extend(from..=to);
            }
            for serial in last + 1..=set.last().copied().unwrap_or(0) {
                prop_assert_eq!(spans.contains(serial), set.contains(&serial));
                prop_assert_eq!(missing.contains(&serial), !set.contains(&serial));
            }
            for (start, span) in &spans.0 {
                let greatest = logged.range(*start..=span.end).next_back().copied();
                let witness = span.witness.as_ref().map(|anchor| anchor.serial.0).filter(|it| it >= start);
                prop_assert_eq!(witness, greatest);
            }
        }
    }
}

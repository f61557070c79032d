//! The table: what, the goal, what was measured, and a peer in the same run.

use std::time::Duration;

/// A line of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) goal: String,
    pub(crate) measured: String,
    pub(crate) peer: String,
}

impl Row {
    pub(crate) fn new(what: &str, goal: &str, measured: impl Into<String>) -> Self {
        Self { what: what.into(), goal: goal.into(), measured: measured.into(), peer: "–".into() }
    }

    pub(crate) fn peer(mut self, peer: impl Into<String>) -> Self {
        self.peer = peer.into();
        self
    }
}

/// As Markdown, columns aligned.
pub(crate) fn print(rows: &[Row]) {
    let head = Row {
        what: "what".into(),
        goal: "goal".into(),
        measured: "measured".into(),
        peer: "peer, same run".into(),
    };
    let columns: [fn(&Row) -> &str; 4] =
        [|row| &row.what, |row| &row.goal, |row| &row.measured, |row| &row.peer];
    let widths = columns
        .map(|column| rows.iter().chain([&head]).map(|row| column(row).chars().count()).max().unwrap_or(0));
    let line = |row: &Row| {
        let cells = columns.iter().zip(widths).map(|(column, width)| format!("{:<width$}", column(row)));
        println!("| {} |", cells.collect::<Vec<_>>().join(" | "));
    };
    line(&head);
    println!("| {} |", widths.map(|width| "-".repeat(width)).join(" | "));
    rows.iter().for_each(line);
}

/// The value below which so many hundredths lie.
pub(crate) fn percentile(values: &mut [Duration], hundredths: usize) -> Duration {
    values.sort_unstable();
    let index = (values.len() * hundredths).div_ceil(100).saturating_sub(1);
    values.get(index).copied().unwrap_or_default()
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

pub(crate) fn millis(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1e3)
}

/// 23456.7 as `23,457`.
pub(crate) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_read_them() {
        assert_eq!(thousands(23_456.7), "23,457");
        assert_eq!(thousands(999.0), "999");
        assert_eq!(millis(Duration::from_micros(1_540)), "1.5 ms");
    }

    #[test]
    fn percentiles_are_values_that_were_there() {
        let mut values: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&mut values, 50), Duration::from_millis(100));
        assert_eq!(percentile(&mut values, 99), Duration::from_millis(198));
        assert_eq!(percentile(&mut [], 50), Duration::ZERO);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
    }
}

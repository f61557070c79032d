//! How the database fares, and what it holds as numbers.

use jiff::Timestamp;
use vakhta_app::tx::TxResult;

use crate::columns::time;
use crate::opening::Store;
use crate::tx::WriteTx;
use crate::writer::WriteError;

/// When writing was last tried for its own sake.
const TRIED: &str = "health.tried";

/// What the database holds, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The greatest place in the journal.
    pub seq: i64,
    /// Visits whose visitor is inside.
    pub inside: i64,
    /// Passages that devices told.
    pub passages: i64,
    /// Incidents that nobody has settled.
    pub incidents_open: i64,
}

impl Store {
    /// The file is damaged: from now on nothing is written but who signs in.
    pub fn damaged(&self, words: String) {
        self.writer().damaged(words);
    }

    /// What is wrong with the file, where something is.
    #[must_use]
    pub fn damage_told(&self) -> Option<String> {
        self.writer().damage()
    }

    /// Whether the writer answers. After a failure something is written in earnest: an empty transaction
    /// would say nothing of the disk.
    ///
    /// # Errors
    /// When nothing can be written.
    pub async fn write_try(&self, now: Timestamp) -> Result<(), WriteError> {
        let earnest = self.writer().failing().is_some();
        self.write(now, move |tx| if earnest { tx.touch(now) } else { Ok(()) }).await
    }

    /// How many entries of the journal each durable reader has not seen yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn readers_behind(&self) -> Result<Vec<(String, i64)>, WriteError> {
        self.read(|connection| {
            connection
                .prepare_cached(
                    "SELECT name, (SELECT coalesce(max(seq), 0) FROM op) - seq FROM reader ORDER BY name",
                )?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// The last reading of the journal's clock; `None` before the first entry.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn journal_time(&self) -> Result<Option<Timestamp>, WriteError> {
        self.read(|connection| {
            let hlc: i64 = connection.query_row("SELECT hlc FROM desk", [], |row| row.get(0))?;
            let hlc = vakhta_domain::hlc::Hlc::from_i64(hlc);
            let millis = i64::try_from(hlc.millis()).unwrap_or(i64::MAX);
            (millis > 0).then(|| time(millis.saturating_mul(1_000))).transpose()
        })
    }

    /// What it holds, counted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn counts(&self) -> Result<Counts, WriteError> {
        self.read(|connection| {
            let count = |query: &str| connection.prepare_cached(query)?.query_row([], |row| row.get(0));
            Ok(Counts {
                seq: count("SELECT coalesce(max(seq), 0) FROM op")?,
                inside: count("SELECT count(*) FROM visit WHERE maybe_inside = 1")?,
                passages: count("SELECT coalesce(max(row), 0) FROM passage")?,
                incidents_open: count(
                    "SELECT count(*) FROM incident WHERE status IN ('new', 'investigating') AND withdrawn IS NULL",
                )?,
            })
        })
    }
}

impl WriteTx<'_> {
    /// Writes something, to see whether that can be done. What stands there already SQLite would not write.
    fn touch(&mut self, now: Timestamp) -> TxResult<()> {
        self.set_setting(TRIED, &now.to_string())
    }
}

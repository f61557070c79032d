//! How Vakhta is: what is looked at, and what was found.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How bad something is; the worst counts for the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HealthLevel {
    /// As it should be.
    Healthy,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not do what people count on.
    Unhealthy,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HealthPart {
    /// The database's file.
    Database,
    /// Whether it can be written.
    Writer,
    /// Room for it.
    Disk,
    /// The devices at the doors.
    Devices,
    /// Backups.
    Backup,
    /// What waits to be told to others.
    Queues,
    /// This machine's clock.
    Clock,
    /// Where secrets rest.
    Keyring,
}

impl HealthPart {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Database,
        Self::Writer,
        Self::Disk,
        Self::Devices,
        Self::Backup,
        Self::Queues,
        Self::Clock,
        Self::Keyring,
    ];

    /// As it is written down.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Writer => "writer",
            Self::Disk => "disk",
            Self::Devices => "devices",
            Self::Backup => "backup",
            Self::Queues => "queues",
            Self::Clock => "clock",
            Self::Keyring => "keyring",
        }
    }
}

/// What was found. No person is in it, and no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum HealthFinding {
    /// Nothing to be said.
    Fine,
    /// Not looked at yet since the start.
    NotYet,
    /// The database is damaged: nothing is written any more until a backup is restored.
    Damaged {
        /// As SQLite says it.
        words: String,
    },
    /// The database could not be looked at.
    NotChecked {
        /// Why.
        words: String,
    },
    /// What is written is refused or waits too long.
    NotWritten {
        /// Why.
        words: String,
    },
    /// The disk fills up.
    DiskFills {
        /// Bytes that are free.
        free: u64,
        /// Whole days until none are, at the pace of the last days.
        days: Option<u32>,
    },
    /// How much is free cannot be told.
    DiskUnknown {
        /// Why.
        words: String,
    },
    /// Devices that are not heard from, or refuse us.
    DevicesAway {
        /// How many.
        away: u32,
        /// Of how many.
        of: u32,
    },
    /// No backup has been made and read back.
    NoBackup,
    /// The last that was read back is too old.
    BackupOld {
        /// Whole hours.
        hours: u32,
    },
    /// All backups lie in the data folder: what takes the one takes the other.
    BackupOnlyHere,
    /// A place for backups could not be used last time.
    BackupPlaceFails {
        /// Its name.
        name: String,
    },
    /// The last drill did not bring everything back.
    DrillFailed,
    /// The recovery kit is not on paper: without it no backup can be opened elsewhere.
    KitNotConfirmed,
    /// Somebody who is to be told of what happens is behind.
    Behind {
        /// Who, as they are called in the journal.
        reader: String,
        /// How many entries.
        entries: u64,
    },
    /// The clock was set by so many seconds, forward or back.
    ClockStepped {
        /// Seconds; less than none for back.
        seconds: i64,
    },
    /// The clock is behind what was already written down by so many seconds.
    ClockBehind {
        /// Seconds.
        seconds: u64,
    },
    /// The clock of devices is another than this machine's.
    ClockDrifts {
        /// How many devices.
        devices: u32,
    },
    /// Secrets cannot be read.
    SecretsAway {
        /// Why.
        words: String,
    },
    /// Secrets rest in a file that a key beside it opens.
    SecretsByKeyFile,
}

impl HealthFinding {
    /// How bad it is.
    #[must_use]
    pub fn level(&self) -> HealthLevel {
        match self {
            Self::Fine | Self::NotYet => HealthLevel::Healthy,
            Self::Damaged { .. } | Self::NotWritten { .. } | Self::SecretsAway { .. } => {
                HealthLevel::Unhealthy
            }
            Self::DiskFills { free, .. } if *free < DISK_NEEDED => HealthLevel::Unhealthy,
            _ => HealthLevel::Warning,
        }
    }
}

/// Less free than this, and writing will soon fail.
pub const DISK_NEEDED: u64 = 256 * 1024 * 1024;
/// Less free than this is said.
pub const DISK_LOW: u64 = 2 * 1024 * 1024 * 1024;
/// A disk that will be full within so many days is said to fill.
pub const DISK_DAYS: u32 = 14;
/// Older than this, the last verified backup is too old: a day and two hours.
pub const BACKUP_HOURS: u32 = 26;

/// One part, with the worst that was found of it first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HealthCheck {
    /// Which.
    pub part: HealthPart,
    /// The worst of it.
    pub level: HealthLevel,
    /// All that was found.
    pub findings: Vec<HealthFinding>,
}

impl HealthCheck {
    /// A part by what was found of it.
    #[must_use]
    pub fn of(part: HealthPart, mut findings: Vec<HealthFinding>) -> Self {
        if findings.is_empty() {
            findings.push(HealthFinding::Fine);
        }
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level()));
        let level = findings.first().map_or(HealthLevel::Healthy, HealthFinding::level);
        Self { part, level, findings }
    }
}

/// How Vakhta is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HealthReport {
    /// The worst of all parts.
    pub level: HealthLevel,
    /// When that was looked at.
    pub at: Timestamp,
    /// Part by part.
    pub checks: Vec<HealthCheck>,
}

impl HealthReport {
    /// The whole by its parts.
    #[must_use]
    pub fn of(at: Timestamp, checks: Vec<HealthCheck>) -> Self {
        let level = checks.iter().map(|check| check.level).max().unwrap_or(HealthLevel::Healthy);
        Self { level, at, checks }
    }
}

/// The token that programs which watch Vakhta show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MonitoringView {
    /// When it was made; `None` where there is none.
    pub made: Option<Timestamp>,
    /// Until when it is good.
    pub ends: Option<Timestamp>,
    /// When it was last shown, since the start.
    pub used: Option<Timestamp>,
}

/// A token, shown this once.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct MonitoringToken {
    /// 64 hex digits.
    pub token: String,
}

impl std::fmt::Debug for MonitoringToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MonitoringToken(…)")
    }
}

/// What is free on a disk, as it was seen over the last days: how many whole days are left at that pace.
/// `None` where it does not fill, or too little is known.
#[must_use]
pub fn days_left(samples: &[(Timestamp, u64)]) -> Option<u32> {
    const AT_LEAST_HOURS: f64 = 6.0;
    const DAY: f64 = 86_400.0;
    let (first, last) = (samples.first()?, samples.last()?);
    let hours = last.0.duration_since(first.0).as_secs_f64() / 3_600.0;
    if samples.len() < 3 || hours < AT_LEAST_HOURS {
        return None;
    }
    // The line through all samples: one large file that came and went does not decide.
    let at = |sample: &(Timestamp, u64)| sample.0.duration_since(first.0).as_secs_f64() / DAY;
    #[allow(clippy::cast_precision_loss)]
    let free = |sample: &(Timestamp, u64)| sample.1 as f64;
    #[allow(clippy::cast_precision_loss)]
    let count = samples.len() as f64;
    let mean_at = samples.iter().map(at).sum::<f64>() / count;
    let mean_free = samples.iter().map(free).sum::<f64>() / count;
    let (mut along, mut across) = (0.0, 0.0);
    for sample in samples {
        along += (at(sample) - mean_at).powi(2);
        across += (at(sample) - mean_at) * (free(sample) - mean_free);
    }
    let a_day = across / along;
    // What is no number (all samples of one moment) does not fill either.
    if a_day.is_nan() || a_day >= 0.0 {
        return None;
    }
    let days = (free(last) / -a_day).floor();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (days < f64::from(u32::MAX)).then_some(days as u32)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn hourly(free: impl Fn(i64) -> u64, hours: i64) -> Vec<(Timestamp, u64)> {
        let begin: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
        (0..hours).map(|hour| (begin + SignedDuration::from_hours(hour), free(hour))).collect()
    }

    #[test]
    fn a_disk_that_fills_says_for_how_many_days_there_is_room() {
        const GB: u64 = 1_000_000_000;
        // A gigabyte an hour, from a hundred.
        let filling = hourly(|hour| (100 - hour.unsigned_abs()) * GB, 52);
        assert_eq!(days_left(&filling), Some(2));
        assert_eq!(days_left(&hourly(|_| 50 * GB, 52)), None, "it does not fill");
        assert_eq!(days_left(&hourly(|hour| (50 + hour.unsigned_abs()) * GB, 52)), None, "it empties");
        assert_eq!(days_left(&filling[..4]), None, "four hours say nothing");
        assert_eq!(days_left(&[]), None);
    }

    #[test]
    fn the_worst_counts() {
        let check =
            HealthCheck::of(HealthPart::Backup, vec![HealthFinding::BackupOnlyHere, HealthFinding::NoBackup]);
        assert_eq!(check.level, HealthLevel::Warning);
        let damaged = HealthFinding::Damaged { words: "page 7".into() };
        let database = HealthCheck::of(HealthPart::Database, vec![HealthFinding::Fine, damaged.clone()]);
        assert_eq!((database.level, &database.findings[0]), (HealthLevel::Unhealthy, &damaged));
        let clock = HealthCheck::of(HealthPart::Clock, Vec::new());
        assert_eq!((clock.level, &clock.findings), (HealthLevel::Healthy, &vec![HealthFinding::Fine]));
        let at = "2026-11-20T00:00:00Z".parse().unwrap();
        assert_eq!(HealthReport::of(at, vec![clock, database, check]).level, HealthLevel::Unhealthy);
    }
}

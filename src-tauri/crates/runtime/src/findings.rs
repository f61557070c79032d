//! What was found of Vakhta's health in words, and what is to be done. English; the window has its own
//! words for the same findings.

use vakhta_app::health::{HealthFinding, HealthPart};

/// What is the matter, and what to do about it where something is to be done.
#[must_use]
pub fn words(part: HealthPart, finding: &HealthFinding) -> (String, Option<String>) {
    use HealthFinding as Found;
    let todo = |words: &str| Some(words.to_owned());
    match finding {
        Found::Fine => (fine(part).to_owned(), None),
        Found::NotYet => ("not looked at yet".to_owned(), None),
        Found::Damaged { words } => (
            format!("damaged, nothing is written any more: {words}"),
            todo("restore a backup: vakhtad backup restore"),
        ),
        Found::NotChecked { words } => {
            (format!("could not be looked at: {words}"), todo("look into the log"))
        }
        Found::NotWritten { words } => {
            (format!("nothing can be written: {words}"), todo("free the disk, or look into the log"))
        }
        Found::DiskFills { free, days } => {
            let gigabytes = free / 1_000_000 / 100;
            let free = format!("{}.{} GB are free", gigabytes / 10, gigabytes % 10);
            let days = days.map_or(String::new(), |days| format!(", enough for {days} days"));
            (free + &days, todo("free the disk, or take a larger one"))
        }
        Found::DiskUnknown { words } => (format!("what is free cannot be told: {words}"), None),
        Found::DevicesAway { away, of } => {
            (format!("{away} of {of} are not heard from"), todo("see: vakhtad device list"))
        }
        Found::NoBackup => ("there is none yet".to_owned(), todo("make one: vakhtad backup create")),
        Found::BackupOld { hours } => {
            (format!("the last verified one is {hours} hours old"), todo("see: vakhtad backup list"))
        }
        Found::BackupOnlyHere => (
            "all of them lie in the data folder".to_owned(),
            todo("add a place elsewhere: vakhtad backup target add NAME PLACE"),
        ),
        Found::BackupPlaceFails { name } => {
            let name = if name.is_empty() { "the data folder" } else { name };
            (format!("{name} could not be used"), todo("see: vakhtad backup list"))
        }
        Found::DrillFailed => {
            ("the last drill did not bring everything back".to_owned(), todo("see: vakhtad backup list"))
        }
        Found::KitNotConfirmed => (
            "not recoverable: the recovery kit is not confirmed".to_owned(),
            todo("type its last group: vakhtad kit confirm, or make another: vakhtad kit make"),
        ),
        Found::Behind { reader, entries } => (format!("{reader} is {entries} entries behind"), None),
        Found::ClockStepped { seconds } => {
            (format!("was set by {seconds} s"), todo("let the system keep its clock right (NTP)"))
        }
        Found::ClockBehind { seconds } => (
            format!("is {seconds} s behind what was written down before"),
            todo("set it right, and let the system keep it so (NTP)"),
        ),
        Found::ClockDrifts { devices } => (
            format!("{devices} devices have another time"),
            todo("set the time of the devices, or let them have it from the same server"),
        ),
        Found::SecretsAway { words } => {
            (format!("secrets cannot be read: {words}"), todo("unlock the keyring, or use the recovery kit"))
        }
        Found::SecretsByKeyFile => (
            "secrets rest in a file that a key file of this machine opens".to_owned(),
            todo("give Vakhta a keyring, or a passphrase by a systemd credential"),
        ),
    }
}

fn fine(part: HealthPart) -> &'static str {
    match part {
        HealthPart::Database => "whole",
        HealthPart::Writer => "writes",
        HealthPart::Disk => "enough is free",
        HealthPart::Devices => "all are heard from",
        HealthPart::Backup => "verified, and recoverable elsewhere",
        HealthPart::Queues => "nobody is behind",
        HealthPart::Clock => "keeps its time",
        HealthPart::Keyring => "secrets can be read",
    }
}

//! What is set about backups.

use jiff::civil::{Time, time};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::retention::Keep;
use crate::refusal::{Problem, Refusal};
use crate::settings::hour_and_minute;

/// The folder for backups in the data folder itself: there from the beginning, and never the only one
/// that should be.
pub const HERE: &str = "here";
/// Places besides that one.
pub const TARGETS_LIMIT: usize = 8;
/// Times of a day.
pub const TIMES_LIMIT: usize = 24;
const NAME_LIMIT: usize = 60;
const TEXT_LIMIT: usize = 500;
const CERTIFICATE_LIMIT: usize = 64 * 1024;
const DAYS: usize = 7;

/// A time of day, `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(as = "String")]
pub struct TimeOfDay(#[serde(with = "hour_and_minute")] pub Time);

/// When backups are made, and how many stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct BackupSchedule {
    /// On which days, Monday first.
    pub days: Vec<bool>,
    /// At which times of the site's day, ascending. One that was missed is made up for.
    pub times: Vec<TimeOfDay>,
    /// How many stay.
    pub keep: Keep,
}

impl Default for BackupSchedule {
    fn default() -> Self {
        Self { days: vec![true; DAYS], times: vec![TimeOfDay(time(3, 0, 0, 0))], keep: Keep::default() }
    }
}

impl BackupSchedule {
    /// The same with its times in order, once it is usable.
    ///
    /// # Errors
    /// [`Refusal`] that names the field which is not.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        if self.days.len() != DAYS {
            return Err(Refusal::invalid("days", Problem::Malformed, "there are seven days in a week"));
        }
        if !self.days.contains(&true) {
            return Err(Refusal::invalid("days", Problem::Empty, "choose a day at least"));
        }
        self.times.sort_unstable();
        self.times.dedup();
        if self.times.is_empty() {
            return Err(Refusal::invalid("times", Problem::Empty, "choose a time at least"));
        }
        if self.times.len() > TIMES_LIMIT {
            let why = format!("more than {TIMES_LIMIT} times a day");
            return Err(Refusal::invalid("times", Problem::TooLong, why));
        }
        self.keep.checked()?;
        Ok(self)
    }
}

/// Where backups go besides the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BackupTarget {
    /// Names it for ever; [`HERE`] is the folder in the data folder.
    pub id: String,
    /// Among people.
    pub name: String,
    /// What it is.
    #[serde(flatten)]
    pub place: BackupPlace,
}

/// A place for backups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BackupPlace {
    /// A folder of this machine, or a network share that the system has mounted.
    Folder {
        /// Absolute.
        path: String,
    },
    /// A bucket of any service that speaks S3.
    S3 {
        /// `https://host[:port]`; `http://` is for a service on this machine.
        endpoint: String,
        /// As the service calls it.
        region: String,
        /// The bucket.
        bucket: String,
        /// What its names begin with there; may be empty.
        prefix: String,
        /// Whether the bucket stands in the path, and not in the host's name.
        path_style: bool,
        /// Names the key; its secret rests among the secrets.
        access_key: String,
        /// The certificates (PEM) of the authority that vouches for the service, where it is not one
        /// that the system trusts.
        authority: Option<String>,
    },
}

impl BackupTarget {
    /// The name that its secret rests under.
    #[must_use]
    pub fn secret_name(id: &str) -> String {
        format!("backup-target/{id}")
    }
}

/// A name and a place once they are usable.
///
/// # Errors
/// [`Refusal`] that names the field which is not.
pub fn checked(name: &str, place: BackupPlace) -> Result<(String, BackupPlace), Refusal> {
    let name = crate::visits::name(name, "name")?;
    if name.chars().count() > NAME_LIMIT {
        let why = format!("is longer than {NAME_LIMIT} characters");
        return Err(Refusal::invalid("name", Problem::TooLong, why));
    }
    let place = match place {
        BackupPlace::Folder { path } => {
            let path = filled("path", &path)?;
            if !std::path::Path::new(&path).is_absolute() {
                let why = "must be a whole path, from the drive or from / on";
                return Err(Refusal::invalid("path", Problem::Malformed, why));
            }
            BackupPlace::Folder { path }
        }
        BackupPlace::S3 { endpoint, region, bucket, prefix, path_style, access_key, authority } => {
            let endpoint = filled("endpoint", &endpoint)?.trim_end_matches('/').to_owned();
            if !endpoint.starts_with("https://") && !is_local(&endpoint) {
                let why = "must begin with https:// (http:// only for this machine itself)";
                return Err(Refusal::invalid("endpoint", Problem::NotAnAddress, why));
            }
            let bucket = filled("bucket", &bucket)?;
            if bucket.contains(['/', ' ']) {
                return Err(Refusal::invalid("bucket", Problem::Malformed, "is one word"));
            }
            let authority = authority.filter(|pem| !pem.trim().is_empty());
            if let Some(pem) = &authority
                && (pem.len() > CERTIFICATE_LIMIT || !pem.contains("-----BEGIN CERTIFICATE-----"))
            {
                return Err(Refusal::invalid("authority", Problem::Malformed, "is no certificate in PEM"));
            }
            BackupPlace::S3 {
                endpoint,
                region: filled("region", &region)?,
                bucket,
                prefix: limited("prefix", prefix.trim().trim_matches('/'))?,
                path_style,
                access_key: filled("access_key", &access_key)?,
                authority,
            }
        }
    };
    Ok((name, place))
}

fn is_local(endpoint: &str) -> bool {
    let Some(rest) = endpoint.strip_prefix("http://") else { return false };
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
}

fn filled(field: &str, text: &str) -> Result<String, Refusal> {
    let text = limited(field, text.trim())?;
    if text.is_empty() {
        return Err(Refusal::invalid(field, Problem::Empty, "must not be empty"));
    }
    Ok(text)
}

fn limited(field: &str, text: &str) -> Result<String, Refusal> {
    if text.chars().count() > TEXT_LIMIT {
        let why = format!("is longer than {TEXT_LIMIT} characters");
        return Err(Refusal::invalid(field, Problem::TooLong, why));
    }
    if text.chars().any(char::is_control) {
        return Err(Refusal::invalid(field, Problem::Malformed, "has a sign in it that cannot be seen"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3(endpoint: &str) -> BackupPlace {
        BackupPlace::S3 {
            endpoint: endpoint.into(),
            region: "kz-1".into(),
            bucket: "watch".into(),
            prefix: "/desks/".into(),
            path_style: true,
            access_key: "AK".into(),
            authority: None,
        }
    }

    #[test]
    fn a_place_that_is_not_usable_is_named_by_its_field() {
        let folder = |path: &str| BackupPlace::Folder { path: path.into() };
        for (name, place, field) in [
            ("", folder("/srv/backups"), "name"),
            ("Share", folder(""), "path"),
            ("Share", folder("backups"), "path"),
            ("Cloud", s3("http://storage.example.kz"), "endpoint"),
            ("Cloud", s3("ftp://storage.example.kz"), "endpoint"),
            ("Cloud", s3("http://127.0.0.1.example.kz"), "endpoint"),
        ] {
            assert_eq!(checked(name, place).unwrap_err().field.as_deref(), Some(field), "{name}");
        }
        for endpoint in ["https://storage.example.kz/", "http://127.0.0.1:9000", "http://localhost"] {
            let (_, place) = checked("Cloud", s3(endpoint)).unwrap();
            let BackupPlace::S3 { prefix, endpoint, .. } = place else { panic!("another place") };
            assert_eq!((prefix.as_str(), endpoint.ends_with('/')), ("desks", false));
        }
    }

    #[test]
    fn a_schedule_has_a_day_and_a_time() {
        let usual = BackupSchedule::default();
        assert_eq!(usual.clone().checked(), Ok(usual.clone()));
        for (schedule, field) in [
            (BackupSchedule { days: vec![false; 7], ..usual.clone() }, "days"),
            (BackupSchedule { days: vec![true; 6], ..usual.clone() }, "days"),
            (BackupSchedule { times: Vec::new(), ..usual.clone() }, "times"),
        ] {
            assert_eq!(schedule.checked().unwrap_err().field.as_deref(), Some(field));
        }
        let late = TimeOfDay(time(22, 30, 0, 0));
        let twice = BackupSchedule { times: vec![late, usual.times[0], late], ..usual.clone() };
        assert_eq!(twice.checked().unwrap().times, [usual.times[0], late]);
        assert_eq!(serde_json::to_value(&usual).unwrap()["times"][0], "03:00");
    }
}

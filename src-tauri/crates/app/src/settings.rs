//! What can be set, with the values that hold until somebody sets them.

use jiff::civil::{Date, Time, time};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::permission::Role;
use crate::refusal::{Problem, Refusal};

/// Characters in a site's name.
pub const SITE_NAME_LIMIT: usize = 120;
/// Days in a calendar of holidays.
pub const HOLIDAYS_LIMIT: usize = 366;
const DAYS: usize = 7;

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Settings {
    /// Of this desk.
    pub desk: DeskSettings,
    /// Of the site.
    pub site: SiteSettings,
    /// What signing in demands.
    pub security: SecuritySettings,
}

/// The language of the page and of notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// As the system has it.
    #[default]
    System,
    /// Russian.
    Ru,
    /// English.
    En,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// How close rows stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    /// 30 pixels a row.
    #[default]
    Compact,
    /// 40 pixels a row.
    Comfortable,
}

/// How this desk looks and behaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct DeskSettings {
    /// The language of the page and of notifications.
    pub language: Language,
    /// Light or dark.
    pub theme: Theme,
    /// How close rows stand.
    pub density: Density,
    /// Single letters act as shortcuts where nothing is being typed.
    pub letter_keys: bool,
    /// Results have a sound.
    pub sounds: bool,
    /// The operating system tells of refused visitors who are expected.
    pub notify_refused: bool,
    /// The operating system tells of incidents.
    pub notify_incidents: bool,
    /// Closing the window leaves Vakhta in the tray, where there is one.
    pub close_to_tray: bool,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            language: Language::System,
            theme: Theme::System,
            density: Density::Compact,
            letter_keys: true,
            sounds: true,
            notify_refused: true,
            notify_incidents: true,
            close_to_tray: true,
        }
    }
}

/// What signing in demands, and how long it lasts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct SecuritySettings {
    /// Whoever has one of these roles needs a second factor.
    pub factor_roles: Vec<Role>,
    /// A desk that nobody touches locks itself after so many minutes, 1 to 60.
    pub lock_after_minutes: u32,
    /// A session that nobody uses ends after so many hours, 1 to 72.
    pub session_idle_hours: u32,
    /// A session ends after so many hours, however it is used, 1 to 168.
    pub session_hours: u32,
    /// A locked desk may be unlocked by PIN.
    pub pins: bool,
}

impl Default for SecuritySettings {
    fn default() -> Self {
        Self {
            factor_roles: vec![Role::Security, Role::Administrator],
            lock_after_minutes: 5,
            session_idle_hours: 10,
            session_hours: 24,
            pins: true,
        }
    }
}

impl SecuritySettings {
    /// The same with its roles in order, once it is usable.
    ///
    /// # Errors
    /// [`Refusal`] that names the field which is not.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        self.factor_roles = Role::ALL.into_iter().filter(|role| self.factor_roles.contains(role)).collect();
        for (field, value, limits) in [
            ("lock_after_minutes", self.lock_after_minutes, 1..=60),
            ("session_idle_hours", self.session_idle_hours, 1..=72),
            ("session_hours", self.session_hours, 1..=168),
        ] {
            if !limits.contains(&value) {
                let why = format!("from {} to {}", limits.start(), limits.end());
                return Err(Refusal::invalid(field, Problem::OutOfRange, why));
            }
        }
        Ok(self)
    }
}

/// From when to when people work. An end that is not after its beginning is of the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WorkingHours {
    /// `HH:MM`.
    #[serde(with = "hour_and_minute")]
    #[ts(as = "String")]
    pub from: Time,
    /// `HH:MM`.
    #[serde(with = "hour_and_minute")]
    #[ts(as = "String")]
    pub until: Time,
}

/// A site as somebody sets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct SiteDraft {
    /// What people call it; may be empty.
    pub name: String,
    /// Its time zone by the IANA's name, for example `Asia/Almaty`; `None` for the machine's.
    pub zone: Option<String>,
    /// When its day is closed, `HH:MM`.
    #[serde(with = "hour_and_minute")]
    #[ts(as = "String")]
    pub day_end: Time,
    /// Working hours, Monday first; `None` on a day on which nobody works.
    pub hours: Vec<Option<WorkingHours>>,
    /// Days on which nobody works, ascending.
    pub holidays: Vec<Date>,
}

impl Default for SiteDraft {
    fn default() -> Self {
        let usual = WorkingHours { from: time(9, 0, 0, 0), until: time(18, 0, 0, 0) };
        let hours = (0..DAYS).map(|day| (day < 5).then_some(usual)).collect();
        Self { name: String::new(), zone: None, day_end: time(23, 59, 0, 0), hours, holidays: Vec::new() }
    }
}

/// A site as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SiteSettings {
    /// As it was set.
    #[serde(flatten)]
    pub site: SiteDraft,
    /// The zone in force: the one that is set, else the machine's.
    pub zone_in_force: String,
}

impl SiteDraft {
    /// The same with its name's spaces folded and its holidays in order, once it is usable.
    /// `is_zone` knows the zones of the world.
    ///
    /// # Errors
    /// [`Refusal`] that names the field which is not.
    pub fn checked(mut self, is_zone: impl Fn(&str) -> bool) -> Result<Self, Refusal> {
        self.name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.name.chars().count() > SITE_NAME_LIMIT {
            let why = format!("is longer than {SITE_NAME_LIMIT} characters");
            return Err(Refusal::invalid("name", Problem::TooLong, why));
        }
        if let Some(zone) = self.zone.as_ref().filter(|zone| !is_zone(zone)) {
            return Err(Refusal::invalid("zone", Problem::UnknownZone, format!("there is no zone “{zone}”")));
        }
        if self.hours.len() != DAYS {
            return Err(Refusal::invalid("hours", Problem::Malformed, "there are seven days in a week"));
        }
        if self.hours.iter().flatten().any(|hours| hours.from == hours.until) {
            let why = "a working day that ends as it begins";
            return Err(Refusal::invalid("hours", Problem::EndsBeforeItBegins, why));
        }
        self.holidays.sort_unstable();
        self.holidays.dedup();
        if self.holidays.len() > HOLIDAYS_LIMIT {
            let why = format!("more than {HOLIDAYS_LIMIT} days");
            return Err(Refusal::invalid("holidays", Problem::TooLong, why));
        }
        Ok(self)
    }
}

/// `HH:MM`, as a form has it.
pub(crate) mod hour_and_minute {
    use jiff::civil::Time;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time.strftime("%H:%M").to_string())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        Time::strptime("%H:%M", &text)
            .map_err(|_| D::Error::custom(format!("“{text}” is no time; write HH:MM")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_until_somebody_sets_it_is_usable() {
        assert_eq!(SiteDraft::default().checked(|_| false), Ok(SiteDraft::default()));
    }

    #[test]
    fn a_field_that_is_not_usable_is_named() {
        let usual = SiteDraft::default();
        let noon = time(12, 0, 0, 0);
        let nothing = Some(WorkingHours { from: noon, until: noon });
        for (draft, field) in [
            (SiteDraft { name: "x".repeat(121), ..usual.clone() }, "name"),
            (SiteDraft { zone: Some("Asia/Nowhere".into()), ..usual.clone() }, "zone"),
            (SiteDraft { hours: vec![None; 6], ..usual.clone() }, "hours"),
            (SiteDraft { hours: vec![nothing; 7], ..usual.clone() }, "hours"),
        ] {
            assert_eq!(draft.checked(|_| false).unwrap_err().field.as_deref(), Some(field));
        }
    }

    #[test]
    fn holidays_are_put_in_order_and_said_once() {
        let (a, b): (Date, Date) = ("2026-12-16".parse().unwrap(), "2026-03-08".parse().unwrap());
        let site = SiteDraft { holidays: vec![a, b, a], ..SiteDraft::default() };
        assert_eq!(site.checked(|_| true).unwrap().holidays, [b, a]);
    }

    #[test]
    fn times_are_hours_and_minutes_on_the_wire() {
        let text = serde_json::to_string(&SiteDraft::default()).unwrap();
        assert!(text.contains(r#""day_end":"23:59""#), "{text}");
        assert_eq!(serde_json::from_str::<SiteDraft>(&text).unwrap(), SiteDraft::default());
        assert!(serde_json::from_str::<SiteDraft>(r#"{"day_end":"25:00"}"#).is_err());
    }

    #[test]
    fn settings_of_an_older_version_are_filled_up() {
        let desk: DeskSettings = serde_json::from_str(r#"{"theme":"dark"}"#).unwrap();
        assert_eq!(desk, DeskSettings { theme: Theme::Dark, ..DeskSettings::default() });
    }
}

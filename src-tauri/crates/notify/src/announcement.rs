//! What is told, ready to be shown.

use vakhta_domain::ids::{IncidentId, VisitId};

/// The language of what is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Russian.
    #[default]
    Russian,
    /// English.
    English,
}

impl Language {
    /// By a code such as `ru`, `en-GB` or `kk_KZ.UTF-8`. Who reads neither Russian nor English
    /// reads Russian where Vakhta is used, unless the code says otherwise.
    #[must_use]
    pub fn of(code: &str) -> Self {
        let first = code.split(['-', '_', '.']).next().unwrap_or_default();
        match first.to_ascii_lowercase().as_str() {
            "ru" | "kk" | "uz" | "ky" | "tg" | "tk" | "be" | "uk" | "az" | "hy" | "ka" => Self::Russian,
            _ => Self::English,
        }
    }
}

/// What the desk wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// In which language.
    pub language: Language,
    /// Of refused visitors who are expected.
    pub refused: bool,
    /// Of incidents.
    pub incidents: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { language: Language::default(), refused: true, incidents: true }
    }
}

/// How much it presses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Goes away by itself.
    Normal,
    /// Stays until somebody has seen it.
    Critical,
}

/// What a person can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// For programs.
    pub id: &'static str,
    /// For people.
    pub label: &'static str,
}

/// One notification. Plain text throughout: whoever shows it escapes what the place it is shown
/// in would take for markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The same key replaces what is shown under it.
    pub key: String,
    /// One line.
    pub title: String,
    /// A line or two; may be empty.
    pub body: String,
    /// How much it presses.
    pub urgency: Urgency,
    /// Where a click leads in the page.
    pub route: String,
    /// What else can be clicked, where the platform has buttons.
    pub buttons: Vec<Button>,
}

/// The desk.
pub const DESK: &str = "#/desk";

/// A visit at the desk.
#[must_use]
pub fn visit_route(id: VisitId) -> String {
    format!("{DESK}?visit={id}")
}

/// An incident at the desk.
#[must_use]
pub fn incident_route(id: IncidentId) -> String {
    format!("{DESK}?incident={id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_its_code() {
        for code in ["ru", "ru-RU", "ru_RU.UTF-8", "RU", "kk-KZ", "uz"] {
            assert_eq!(Language::of(code), Language::Russian, "{code}");
        }
        for code in ["en", "en-GB", "C", "POSIX", "de_DE", "run"] {
            assert_eq!(Language::of(code), Language::English, "{code}");
        }
    }
}

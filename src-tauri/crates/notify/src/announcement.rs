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
    /// By a code such as `ru`, `en-GB` or `kk_KZ.UTF-8`; `None` where nothing is written in that
    /// language and its readers are not known to read Russian.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        let first = code.split(['-', '_', '.']).next().unwrap_or_default();
        match first.to_ascii_lowercase().as_str() {
            "ru" | "kk" | "uz" | "ky" | "tg" | "tk" | "be" | "uk" | "az" | "hy" | "ka" => Some(Self::Russian),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The first of the languages that somebody wishes, else Russian. The page in a browser decides
    /// alike (`ui/src/shared/i18n/locale.svelte.ts`).
    #[must_use]
    pub fn first_of(wished: impl IntoIterator<Item: AsRef<str>>) -> Self {
        wished.into_iter().find_map(|code| Self::of(code.as_ref())).unwrap_or_default()
    }

    /// As the settings and the page call it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Russian => "ru",
            Self::English => "en",
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
            assert_eq!(Language::of(code), Some(Language::Russian), "{code}");
        }
        for code in ["en", "en-GB", "en_US.UTF-8"] {
            assert_eq!(Language::of(code), Some(Language::English), "{code}");
        }
        for code in ["", "C", "POSIX", "de_DE", "run"] {
            assert_eq!(Language::of(code), None, "{code}");
        }
        for language in [Language::Russian, Language::English] {
            assert_eq!(Language::of(language.code()), Some(language));
        }
    }

    // The same cases stand in `ui/src/shared/i18n/i18n.test.ts`.
    #[test]
    fn the_first_language_that_is_known_is_taken() {
        let cases: [(&[&str], Language); 6] = [
            (&["de-DE", "en-GB", "ru"], Language::English),
            (&["kk-KZ", "en-US"], Language::Russian),
            (&["ru-RU", "en-US"], Language::Russian),
            (&["C"], Language::Russian),
            (&["de-DE"], Language::Russian),
            (&[], Language::Russian),
        ];
        for (wished, language) in cases {
            assert_eq!(Language::first_of(wished), language, "{wished:?}");
        }
    }
}

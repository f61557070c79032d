//! How it is said. Plain text, short; a notification has room for two lines.

use vakhta_app::view::{IncidentView, PassageView};

use crate::announcement::{Announcement, Button, DESK, Language, Urgency};
use crate::choice::Counts;

/// A name in a title, in characters.
const NAME: usize = 40;
/// A line of the body, in characters.
const LINE: usize = 120;

use Language::{English, Russian};

/// The button that brings the window up.
#[must_use]
pub fn open(language: Language) -> Button {
    Button { id: "open", label: if language == Russian { "Открыть" } else { "Open" } }
}

/// Title and body of a refusal.
pub(crate) fn refusal(passage: &PassageView, language: Language) -> (String, String) {
    let visitor = passage.visitor.as_deref().map(short_name).filter(|name| !name.is_empty());
    let title = match (language, visitor) {
        (Russian, Some(name)) => format!("Не пропущен: {name}"),
        (English, Some(name)) => format!("Not let in: {name}"),
        (Russian, None) => "Ожидаемый посетитель не пропущен".to_owned(),
        (English, None) => "An expected visitor was not let in".to_owned(),
    };
    let why = reason(passage, language);
    let place = plain(&passage.device, LINE);
    let body = if why.is_empty() { place } else { format!("{place}: {why}") };
    (title, body)
}

/// Why, where the code says it. What is not in this table is known to the page; a notification
/// need not say it.
fn reason(passage: &PassageView, language: Language) -> String {
    match (language, passage.major, passage.minor) {
        (Russian, 5, 6) => "нет доступа к этой двери".into(),
        (Russian, 5, 7) => "вне разрешённого времени".into(),
        (Russian, 5, 8) => "срок пропуска истёк".into(),
        (Russian, 5, 9) => "карта устройству не известна".into(),
        (Russian, 5, 10) => "нарушен порядок прохода".into(),
        (Russian, 5, 11) => "открыта смежная дверь".into(),
        (Russian, 5, 49) => "отпечаток устройству не известен".into(),
        (Russian, 5, 76 | 80) => "лицо не распознано".into(),
        (Russian, ..) => String::new(),
        (English, ..) => {
            let meaning = passage.meaning.as_deref().unwrap_or_default();
            let words = meaning.strip_prefix("Refused: ").unwrap_or(meaning);
            let mut letters = words.chars();
            let words = letters.next().map(|first| first.to_lowercase().chain(letters).collect::<String>());
            plain(&words.unwrap_or_default(), LINE)
        }
    }
}

/// Title and body of an incident.
pub(crate) fn incident(incident: &IncidentView, language: Language) -> (String, String) {
    let title = match (language, incident.kind.as_str()) {
        (Russian, "exit_without_entry") => "Выход без отметки о входе".to_owned(),
        (English, "exit_without_entry") => "Left without having been seen to enter".to_owned(),
        (Russian, "expired_pass") => "Пропуск вне срока действия".to_owned(),
        (English, "expired_pass") => "Pass used outside its time".to_owned(),
        (Russian, "entry_on_cancelled") => "Вход по отменённому визиту".to_owned(),
        (English, "entry_on_cancelled") => "Came in on a cancelled visit".to_owned(),
        (Russian, _) => "Происшествие".to_owned(),
        (English, other) => format!("Incident: {}", plain(&other.replace('_', " "), NAME)),
    };
    let visitor = incident.visitor.as_deref().map(short_name);
    let device = incident.device.as_deref().map(|name| plain(name, LINE));
    let parts: Vec<String> =
        [visitor, device].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    (title, parts.join(" · "))
}

/// What could not be told in time.
pub(crate) fn missed(counts: Counts, language: Language) -> Announcement {
    let title = if language == Russian {
        "Пока не было уведомлений"
    } else {
        "While nobody was told"
    };
    summary("missed", title.to_owned(), sum(counts, language), language)
}

/// What came too fast to be told one by one.
pub(crate) fn storm(counts: Counts, language: Language) -> Announcement {
    let title = if language == Russian { "Много событий сразу" } else { "Much at once" };
    let more = if language == Russian { "Ещё" } else { "Also" };
    summary("storm", title.to_owned(), format!("{more} {}", sum(counts, language)), language)
}

/// Where the application is after its window has gone; said once.
#[must_use]
pub fn in_tray(language: Language) -> Announcement {
    let (title, body) = if language == Russian {
        ("Вахта работает дальше", "Окно — в значке у часов. Завершить можно там же или в настройках.")
    } else {
        ("Vakhta goes on", "Its window is behind the icon near the clock; it can be quit there.")
    };
    Announcement { urgency: Urgency::Normal, ..summary("tray", title.into(), body.into(), language) }
}

fn summary(key: &str, title: String, body: String, language: Language) -> Announcement {
    Announcement {
        key: key.to_owned(),
        title,
        body,
        urgency: Urgency::Normal,
        route: DESK.to_owned(),
        buttons: vec![open(language)],
    }
}

fn sum(counts: Counts, language: Language) -> String {
    let refused = (counts.refused > 0).then(|| match language {
        Russian => {
            let word = plural(counts.refused, ["отказ", "отказа", "отказов"]);
            format!("{} {word} в проходе", counts.refused)
        }
        English => format!("{} {}", counts.refused, if counts.refused == 1 { "refusal" } else { "refusals" }),
    });
    let incidents = (counts.incidents > 0).then(|| match language {
        Russian => {
            let word = plural(counts.incidents, ["происшествие", "происшествия", "происшествий"]);
            format!("{} {word}", counts.incidents)
        }
        English => {
            format!("{} {}", counts.incidents, if counts.incidents == 1 { "incident" } else { "incidents" })
        }
    });
    let and = if language == Russian { " и " } else { " and " };
    [refused, incidents].into_iter().flatten().collect::<Vec<_>>().join(and)
}

/// The form of a Russian word after a number: 1 отказ, 2 отказа, 5 отказов.
fn plural(count: u32, [one, few, many]: [&'static str; 3]) -> &'static str {
    match (count % 10, count % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// A name that fits: whole, or surname and initials, or cut.
pub(crate) fn short_name(name: &str) -> String {
    let name = plain(name, usize::MAX);
    if name.chars().count() <= NAME {
        return name;
    }
    let mut words = name.split(' ');
    let surname = words.next().unwrap_or_default();
    let initials: String =
        words.filter_map(|word| word.chars().next()).take(2).map(|first| format!(" {first}.")).collect();
    plain(&format!("{surname}{initials}"), NAME)
}

/// One line without control and direction characters, at most `limit` characters.
fn plain(text: &str, limit: usize) -> String {
    let is_wanted = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let text: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| is_wanted(*c)).collect();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= limit {
        return words;
    }
    let cut: String = words.chars().take(limit.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// What a server that reads markup would not show as it is.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_numbers_have_their_words() {
        let words = |count| plural(count, ["отказ", "отказа", "отказов"]);
        for (count, word) in [
            (1, "отказ"),
            (2, "отказа"),
            (4, "отказа"),
            (5, "отказов"),
            (11, "отказов"),
            (12, "отказов"),
            (14, "отказов"),
            (21, "отказ"),
            (22, "отказа"),
            (111, "отказов"),
            (101, "отказ"),
        ] {
            assert_eq!(words(count), word, "{count}");
        }
    }

    #[test]
    fn sums_are_sentences() {
        let counts = |refused, incidents| Counts { refused, incidents };
        assert_eq!(sum(counts(3, 1), Russian), "3 отказа в проходе и 1 происшествие");
        assert_eq!(sum(counts(0, 5), Russian), "5 происшествий");
        assert_eq!(sum(counts(1, 2), English), "1 refusal and 2 incidents");
        assert_eq!(storm(counts(7, 0), Russian).body, "Ещё 7 отказов в проходе");
    }

    #[test]
    fn names_are_shortened_where_they_must_be() {
        assert_eq!(short_name("Иванов Иван Петрович"), "Иванов Иван Петрович");
        assert_eq!(short_name("Константинопольский Александр Владиславович"), "Константинопольский А. В.");
        let endless = "Я".repeat(300);
        assert_eq!(short_name(&endless).chars().count(), NAME);
        assert_eq!(short_name("a\u{202e}b\n<b>  c"), "ab <b> c");
    }

    #[test]
    fn markup_is_made_harmless() {
        assert_eq!(escaped("<b>Рога & копыта</b>"), "&lt;b&gt;Рога &amp; копыта&lt;/b&gt;");
    }
}

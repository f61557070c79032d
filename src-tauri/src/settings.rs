//! What of the settings matters to the window. Asked of the core by its names on the wire;
//! what it does not say is as usual.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Notify, watch};
use vakhta_app::refusal::ErrorCode;
use vakhta_notify::{Language, Wishes};

use crate::backend::{Asker, Link};

/// Between two tries while there is nobody to ask.
const PAUSE: Duration = Duration::from_secs(2);

/// The part of the settings that is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// What notifications say, and in which language; the menu's too.
    pub wishes: Wishes,
    /// Closing the window leaves the program in the tray.
    pub close_to_tray: bool,
}

/// The settings as they are now.
pub struct Settings {
    now: watch::Sender<Chosen>,
    changed: Notify,
}

impl Settings {
    /// Asks for them, now and whenever they change. To be called inside the runtime.
    pub fn begin(link: Arc<Link>) -> Arc<Self> {
        let now = watch::Sender::new(chosen(&Value::Null, system_language()));
        let settings = Arc::new(Self { now, changed: Notify::new() });
        tokio::spawn(follow(Arc::clone(&settings), link));
        settings
    }

    /// As they are now.
    pub fn now(&self) -> Chosen {
        *self.now.borrow()
    }

    /// Tells of every change.
    pub fn changes(&self) -> watch::Receiver<Chosen> {
        self.now.subscribe()
    }

    /// Somebody changed them.
    pub fn refresh(&self) {
        self.changed.notify_one();
    }
}

async fn follow(settings: Arc<Settings>, link: Arc<Link>) {
    loop {
        match link.ask(Asker::Shell, "settings", Value::Null).await {
            Ok(value) => {
                let chosen = chosen(&value, system_language());
                settings.now.send_if_modified(|now| std::mem::replace(now, chosen) != chosen);
            }
            Err(refusal) if matches!(refusal.code, ErrorCode::NotReady | ErrorCode::Internal) => {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            Err(refusal) => tracing::warn!(%refusal, "the settings cannot be read; the usual ones count"),
        }
        settings.changed.notified().await;
    }
}

/// As the core tells them.
fn chosen(settings: &Value, system: Language) -> Chosen {
    let desk = &settings["desk"];
    let flag = |name: &str| desk[name].as_bool().unwrap_or(true);
    let language = match desk["language"].as_str() {
        None | Some("system") => system,
        Some(code) => Language::of(code).unwrap_or(system),
    };
    Chosen {
        wishes: Wishes { language, refused: flag("notify_refused"), incidents: flag("notify_incidents") },
        close_to_tray: flag("close_to_tray"),
    }
}

/// What "as the system" means: to notifications, and to the page, which is told
/// (`window::create`), so that both say the same.
pub fn system_language() -> Language {
    Language::first_of(sys_locale::get_locales())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_said_is_as_usual() {
        let usual = chosen(&Value::Null, Language::Russian);
        assert!(usual.close_to_tray && usual.wishes.refused && usual.wishes.incidents);
        assert_eq!(usual.wishes.language, Language::Russian);
        let settings =
            json!({ "desk": { "language": "en", "close_to_tray": false, "notify_refused": false } });
        let said = chosen(&settings, Language::Russian);
        assert_eq!(said.wishes, Wishes { language: Language::English, refused: false, incidents: true });
        assert!(!said.close_to_tray);
        let system = json!({ "desk": { "language": "system" } });
        assert_eq!(chosen(&system, Language::English).wishes.language, Language::English);
    }
}

//! Notifications of the operating system: a durable reader of the journal that tells the person
//! at this desktop. It runs here and not in a service, which has no desktop.
//!
//! What was read is remembered by asking for what comes next, after it was shown: a crash in
//! between shows it again, and loses nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tauri::{AppHandle, Manager};
use vakhta_app::refusal::Refusal;
use vakhta_app::view::{FeedItem, Happening, IncidentView, PassageView};
use vakhta_notify::{Announcement, Announcer, Desktop, Identity, words};

use crate::arguments::Places;
use crate::backend::{Asker, Link};
use crate::settings::Settings;
use crate::window;

/// The reader's name in the journal, and the task's among tasks.
const READER: &str = "notify.os";
/// A file here says that the reader has a place. A restored database begins quietly: the file is
/// not restored with it.
const BEGUN: &str = "notify.os.begun";
const WAIT_MS: u32 = 20_000;
/// While something waits to be summed up.
const SHORT_WAIT_MS: u32 = 1_000;
/// Between two tries, of the backend or of the system.
const PAUSE: Duration = Duration::from_secs(5);
/// The journal's end is near: what was missed is complete.
const NEAR: SignedDuration = SignedDuration::from_secs(5);
/// What could not be shown for this long is dropped; what came after it is then counted.
const STALE: Duration = Duration::from_secs(600);

/// What the system last said to being asked for a notification.
#[derive(Default)]
pub struct LastWord(Mutex<Option<String>>);

impl LastWord {
    /// Why the system shows no notifications, when it does not.
    pub fn trouble(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, trouble: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }
}

/// Reads and tells, for ever.
pub async fn run(app: AppHandle) {
    let places = app.state::<Places>().inner().clone();
    let link = Arc::clone(app.state::<Arc<Link>>().inner());
    let settings = Arc::clone(app.state::<Arc<Settings>>().inner());
    let mut desktop = desktop(&app, &places);
    let mut announcer = Announcer::default();
    let mut after = None;
    let begun = places.window.join(BEGUN);
    loop {
        let wait = if announcer.is_pending() { SHORT_WAIT_MS } else { WAIT_MS };
        let page = match read(&link, &begun, after, wait).await {
            Ok(page) => page,
            Err(refusal) => {
                tracing::debug!(%refusal, "the journal cannot be read for notifications");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        if page.settings_changed {
            settings.refresh();
        }
        let wishes = settings.now().wishes;
        let named = page.items.is_empty() || somebody_is_at_work(&link).await;
        for item in &page.items {
            let nameless = (!named).then(|| nameless(item));
            let item = nameless.as_ref().unwrap_or(item);
            if let Some(announcement) = announcer.take(item, wishes, Timestamp::now()) {
                show(&app, &mut desktop, &announcement).await;
            }
        }
        let now = Timestamp::now();
        let caught_up = page.items.last().is_none_or(|item| now.duration_since(item.written) < NEAR);
        for summary in announcer.summaries(caught_up, wishes, now) {
            show(&app, &mut desktop, &summary).await;
        }
        after = Some(page.next);
    }
}

/// Whether the desk is open: what a locked one shows names nobody, wherever it shows it.
async fn somebody_is_at_work(link: &Link) -> bool {
    let access = link.ask(Asker::Page, "access", Value::Null).await;
    access.is_ok_and(|access| access["stage"] == "signed_in")
}

/// The same without the person.
fn nameless(item: &FeedItem) -> FeedItem {
    let what = match item.what.clone() {
        Happening::Passage(passage) => {
            Happening::Passage(Box::new(PassageView { visitor: None, ..*passage }))
        }
        Happening::Incident(incident) => {
            Happening::Incident(Box::new(IncidentView { visitor: None, visit: None, ..*incident }))
        }
        other => other,
    };
    FeedItem { what, ..item.clone() }
}

/// Says once where the window has gone; `told` is the file that remembers it.
pub fn tell_of_tray(app: &AppHandle, told: PathBuf) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let language = app.state::<Arc<Settings>>().now().wishes.language;
        let mut desktop = desktop(&app, &app.state::<Places>());
        match desktop.show(&words::in_tray(language)).await {
            Ok(()) => {
                let _ = vakhta_runtime::folder::write_private(&told, b"");
                // A click on it is waited for as long as this lives.
                tokio::time::sleep(STALE).await;
            }
            Err(why) => tracing::info!(%why, "nobody was told of the tray"),
        }
    });
}

struct Page {
    items: Vec<FeedItem>,
    next: i64,
    settings_changed: bool,
}

/// What comes next. The first time ever that is what comes from now on.
async fn read(link: &Link, begun: &Path, after: Option<i64>, wait_ms: u32) -> Result<Page, Refusal> {
    if after.is_none() && !begun.exists() {
        let end = page(
            link.ask(Asker::Shell, "watch", json!({ "after": null, "reader": null, "wait_ms": 0 })).await?,
        );
        let page = page(
            link.ask(Asker::Shell, "watch", json!({ "after": end.next, "reader": READER, "wait_ms": 0 }))
                .await?,
        );
        if let Err(why) = vakhta_runtime::folder::write_private(begun, b"") {
            tracing::warn!(%why, "the next start will not tell what happens until then");
        }
        return Ok(page);
    }
    let with = json!({ "after": after, "reader": READER, "wait_ms": wait_ms });
    Ok(page(link.ask(Asker::Shell, "watch", with).await?))
}

/// An item that this version has no words for is passed over.
fn page(value: Value) -> Page {
    let items = value["items"].as_array().cloned().unwrap_or_default();
    Page {
        next: value["next"].as_i64().unwrap_or_default(),
        settings_changed: items.iter().any(|item| item["kind"] == "settings"),
        items: items.into_iter().filter_map(|item| serde_json::from_value(item).ok()).collect(),
    }
}

/// Shows it, now or when the system can. What is read after it waits meanwhile.
async fn show(app: &AppHandle, desktop: &mut Desktop, announcement: &Announcement) {
    let link = Arc::clone(app.state::<Arc<Link>>().inner());
    let begun = tokio::time::Instant::now();
    loop {
        match desktop.show(announcement).await {
            Ok(()) => {
                app.state::<LastWord>().set(None);
                link.note(READER, "shown".to_owned());
                return;
            }
            Err(why) => {
                tracing::debug!(%why, "a notification is not shown");
                app.state::<LastWord>().set(Some(why.to_string()));
                link.note(READER, why.to_string());
            }
        }
        if begun.elapsed() >= STALE {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Notifications whose click brings the window up.
fn desktop(app: &AppHandle, places: &Places) -> Desktop {
    let icon = places.window.join("icon.png");
    if !icon.exists()
        && let Err(why) =
            vakhta_runtime::folder::write_private(&icon, include_bytes!("../../icons/128x128.png"))
    {
        tracing::debug!(%why, "notifications have no icon");
    }
    let identity = Identity {
        name: "Вахта".to_owned(),
        icon: icon.to_string_lossy().into_owned(),
        app_id: app.config().identifier.clone(),
    };
    #[cfg(windows)]
    register(&identity);
    let app = app.clone();
    Desktop::new(identity, move |route| window::go(&app, &route))
}

/// Windows drops toasts of whoever is not registered, without a word.
#[cfg(windows)]
fn register(identity: &Identity) {
    let write = || {
        let classes = winreg::RegKey::predef(winreg::enums::HKEY_CURRENT_USER);
        let path = format!(r"Software\Classes\AppUserModelId\{}", identity.app_id);
        let (key, _) = classes.create_subkey(path)?;
        key.set_value("DisplayName", &identity.name)?;
        key.set_value("IconUri", &identity.icon)
    };
    if let Err(why) = write() {
        tracing::warn!(%why, "not registered for notifications: Windows will show none");
    }
}

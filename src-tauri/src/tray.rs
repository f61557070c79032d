//! The icon near the clock, where the desktop has a place for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tauri::menu::{Menu, MenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Wry};
use tokio::sync::watch;
use vakhta_notify::Language;

use crate::settings::Settings;
use crate::{life, window};

const ID: &str = "vakhta";
/// After a login the desktop's panel may come later than we do; a panel that crashed comes back.
const GRACE: Duration = Duration::from_secs(5);

/// Whether there is a tray with our icon in it.
#[derive(Default)]
pub struct Tray {
    /// The desktop has a place for icons.
    present: AtomicBool,
    /// Ours was made.
    made: AtomicBool,
}

impl Tray {
    /// Whether a hidden window can be found again.
    pub fn is_usable(&self) -> bool {
        self.present.load(Ordering::Acquire) && self.made.load(Ordering::Acquire)
    }
}

/// Follows the desktop's tray from now on.
pub fn begin(app: &AppHandle) {
    let (tell, presence) = watch::channel(false);
    tauri::async_runtime::spawn(presence::watch(tell));
    tauri::async_runtime::spawn(follow(app.clone(), presence));
}

async fn follow(app: AppHandle, mut presence: watch::Receiver<bool>) {
    let mut settings = app.state::<Arc<Settings>>().changes();
    let mut watched = true;
    loop {
        let present = *presence.borrow_and_update();
        app.state::<Tray>().present.store(present, Ordering::Release);
        if present {
            let language = settings.borrow_and_update().wishes.language;
            on_main_thread(&app, move |app| dress(app, language)).await;
        } else if tokio::time::timeout(GRACE, presence.wait_for(|now| *now))
            .await
            .is_ok_and(|here| here.is_ok())
        {
            continue;
        }
        if !app.state::<Tray>().is_usable() {
            // Nobody could find a hidden window again.
            window::minimise(&app);
        }
        tokio::select! {
            changed = presence.changed(), if watched => watched = changed.is_ok(),
            changed = settings.changed() => if changed.is_err() { return },
        }
    }
}

async fn on_main_thread(app: &AppHandle, job: impl FnOnce(&AppHandle) + Send + 'static) {
    let (done, wait) = tokio::sync::oneshot::channel();
    let handle = app.clone();
    let begun = app.run_on_main_thread(move || {
        job(&handle);
        let _ = done.send(());
    });
    if begun.is_ok() {
        let _ = wait.await;
    }
}

/// Makes the icon, or gives the one that is there new words.
fn dress(app: &AppHandle, language: Language) {
    let dressed = match app.tray_by_id(ID) {
        Some(icon) => menu(app, language).and_then(|menu| icon.set_menu(Some(menu))),
        None => {
            // The library of the icon is looked for at run time, and panics when it is not there.
            let made = catch_unwind(AssertUnwindSafe(|| make(app, language)));
            made.unwrap_or_else(|_| Err(tauri::Error::Io(std::io::Error::other("its library is missing"))))
        }
    };
    match dressed {
        Ok(()) => app.state::<Tray>().made.store(true, Ordering::Release),
        Err(why) => tracing::warn!(%why, "there is no icon in the tray"),
    }
}

fn make(app: &AppHandle, language: Language) -> tauri::Result<()> {
    let mut icon = TrayIconBuilder::with_id(ID)
        .menu(&menu(app, language)?)
        .tooltip("Вахта")
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| match event.id().as_ref() {
            "open" => window::show(app),
            "quit" => life::quit(app),
            _ => {}
        })
        .on_tray_icon_event(|icon, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
            {
                window::show(icon.app_handle());
            }
        });
    if let Some(image) = app.default_window_icon() {
        icon = icon.icon(image.clone());
    }
    icon.build(app).map(|_| ())
}

fn menu(app: &AppHandle, language: Language) -> tauri::Result<Menu<Wry>> {
    let (open, quit) = match language {
        Language::Russian => ("Открыть Вахту", "Завершить"),
        Language::English => ("Open Vakhta", "Quit"),
    };
    let open = MenuItem::with_id(app, "open", open, true, None::<&str>)?;
    let quit = MenuItem::with_id(app, "quit", quit, true, None::<&str>)?;
    Menu::with_items(app, &[&open, &quit])
}

#[cfg(target_os = "linux")]
mod presence {
    use futures_util::StreamExt;
    use tokio::sync::watch;
    use zbus::fdo::DBusProxy;
    use zbus::names::BusName;

    /// Who has this name shows icons. GNOME has nobody without an extension.
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";

    pub(super) async fn watch(tell: watch::Sender<bool>) {
        if let Err(why) = follow(&tell).await {
            tracing::info!(%why, "the desktop does not say whether it has a tray; there is none then");
            tell.send_replace(false);
        }
    }

    async fn follow(tell: &watch::Sender<bool>) -> zbus::Result<()> {
        let connection = zbus::Connection::session().await?;
        let bus = DBusProxy::new(&connection).await?;
        let mut owners = bus.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
        tell.send_replace(bus.name_has_owner(BusName::try_from(WATCHER)?).await?);
        while let Some(owner) = owners.next().await {
            tell.send_replace(owner.args()?.new_owner.is_some());
        }
        Ok(())
    }
}

#[cfg(not(target_os = "linux"))]
mod presence {
    use tokio::sync::watch;

    /// Always there. Kept open: a channel that closes says that the desktop went away.
    pub(super) async fn watch(tell: watch::Sender<bool>) {
        tell.send_replace(true);
        tell.closed().await;
    }
}

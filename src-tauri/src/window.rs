//! The one window: its making, its closing, and where it was last.

use std::sync::Arc;
use std::time::Duration;

use tauri::plugin::TauriPlugin;
use tauri::webview::{NewWindowResponse, PageLoadEvent, PermissionResponse};
use tauri::{
    AppHandle, Emitter, Manager, PhysicalSize, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, Window,
    WindowEvent, Wry,
};
use tauri_plugin_window_state::{AppHandleExt, StateFlags};
use tokio::sync::Notify;

use crate::arguments::Places;
use crate::settings::{Settings, system_language};
use crate::tray::Tray;
use crate::{announce, events, life};

/// Its name; `capabilities/` speaks of it.
pub const LABEL: &str = "desk";
const FIRST_SIZE: (f64, f64) = (1280.0, 720.0);
const LEAST_SIZE: (f64, f64) = (360.0, 480.0);
/// A window that is being moved is kept when it rests this long.
const REST: Duration = Duration::from_millis(700);
/// A file here says that the person has been told where the window goes.
const TOLD: &str = "told-of-tray";

/// Whether it was shown or hidden is not kept: how it starts is an argument.
fn kept() -> StateFlags {
    StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED
}

/// Keeps the window's place, beside the data that it shows.
pub fn state_plugin(places: &Places) -> TauriPlugin<Wry> {
    // The plugin joins this to a folder of its own; an absolute path replaces that.
    let file = places.window.join("place.json").to_string_lossy().into_owned();
    tauri_plugin_window_state::Builder::new().with_state_flags(kept()).with_filename(file).build()
}

/// Something moved.
struct Moved(Arc<Notify>);

/// Makes the window. Where it was, if there is still a screen.
///
/// # Errors
/// When the system has no window for us.
pub fn create(app: &AppHandle, visible: bool) -> tauri::Result<()> {
    let places = app.state::<Places>();
    let moved = Arc::new(Notify::new());
    app.manage(Moved(Arc::clone(&moved)));
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title("Вахта")
        .inner_size(FIRST_SIZE.0, FIRST_SIZE.1)
        .min_inner_size(LEAST_SIZE.0, LEAST_SIZE.1)
        .prevent_overflow()
        .visible(false)
        // Files that are dropped are the page's business.
        .disable_drag_drop_handler()
        .data_directory(places.window.join("web"))
        // What a web view takes for the system's language need not be what the system says.
        .initialization_script(format!("globalThis.vakhtaLanguage = '{}';", system_language().code()))
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Started {
                window.state::<events::Subscriptions>().clear();
            }
        })
        .build()?;
    fit(&window)?;
    if visible {
        window.show()?;
    }
    tauri::async_runtime::spawn(keep_place(app.clone(), moved));
    Ok(())
}

/// The page of this program and nothing else.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => {
            cfg!(windows) && url.host_str() == Some("tauri.localhost") && url.port().is_none()
        }
        _ => false,
    }
}

/// A window that was kept on a larger screen fits this one.
fn fit(window: &WebviewWindow) -> tauri::Result<()> {
    let monitor = window.current_monitor()?.or(window.primary_monitor()?);
    let Some(monitor) = monitor else { return Ok(()) };
    let (room, size) = (monitor.size(), window.inner_size()?);
    let fits = PhysicalSize::new(size.width.min(room.width), size.height.min(room.height));
    if fits != size {
        window.set_size(fits)?;
        window.set_position(*monitor.position())?;
    }
    Ok(())
}

/// Brings the window up, wherever it is.
pub fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    for step in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(why) = step {
            tracing::warn!(%why, "the window cannot be brought up");
        }
    }
}

/// Where there is no tray to find the window in.
pub fn minimise(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    if window.is_visible().unwrap_or(true) {
        return;
    }
    // In this order, so that it does not flash up.
    for step in [window.minimize(), window.show(), window.minimize()] {
        if let Err(why) = step {
            tracing::warn!(%why, "the window cannot be minimised");
        }
    }
}

/// Brings the window up at a place of the page.
pub fn go(app: &AppHandle, route: &str) {
    show(app);
    if let Err(why) = app.emit_to(LABEL, "go", route) {
        tracing::warn!(%why, "the page does not hear where to go");
    }
}

/// What happens to the window.
pub fn on_event(window: &Window, event: &WindowEvent) {
    let app = window.app_handle();
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            close(app, window);
        }
        WindowEvent::Moved(_) | WindowEvent::Resized(_) => {
            if let Some(moved) = app.try_state::<Moved>() {
                moved.0.notify_one();
            }
        }
        WindowEvent::Destroyed => app.state::<events::Subscriptions>().clear(),
        _ => {}
    }
}

/// To the tray, where there is one and it is wanted; else that is the end.
fn close(app: &AppHandle, window: &Window) {
    let stays = app.state::<Tray>().is_usable() && app.state::<Arc<Settings>>().now().close_to_tray;
    if !stays {
        life::quit(app);
        return;
    }
    if let Err(why) = window.hide() {
        tracing::warn!(%why, "the window cannot be hidden");
    }
    let told = app.state::<Places>().window.join(TOLD);
    if !told.exists() {
        announce::tell_of_tray(app, told);
    }
}

/// Writes the window's place down when it rests: a computer may be switched off at any time.
async fn keep_place(app: AppHandle, moved: Arc<Notify>) {
    loop {
        moved.notified().await;
        while tokio::time::timeout(REST, moved.notified()).await.is_ok() {}
        save_place(&app);
    }
}

/// Writes the window's place down now.
pub fn save_place(app: &AppHandle) {
    // On the main thread: the plugin holds a lock while it asks the window, which would wait for
    // that thread otherwise.
    let handle = app.clone();
    let saved = app.run_on_main_thread(move || {
        if let Err(why) = handle.save_window_state(kept()) {
            tracing::warn!(%why, "the window's place is not kept");
        }
    });
    if let Err(why) = saved {
        tracing::warn!(%why, "the window's place is not kept");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_page_is_gone_to() {
        let ours = |url: &str| is_ours(&Url::parse(url).unwrap());
        assert!(ours("tauri://localhost/") && ours("tauri://localhost/index.html#/desk"));
        for url in
            ["https://example.org/", "file:///etc/passwd", "tauri://evil/", "data:text/html,x", "about:blank"]
        {
            assert!(!ours(url), "{url}");
        }
        assert_eq!(ours("http://tauri.localhost/"), cfg!(windows));
        assert!(!ours("http://tauri.localhost:8080/") && !ours("http://tauri.localhost.evil/"));
    }
}

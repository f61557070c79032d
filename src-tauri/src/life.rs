//! The end: clean, and soon.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tauri::{AppHandle, Manager};

use crate::backend::Link;
use crate::window;

/// What ends by itself has this long.
const CLEAN: Duration = Duration::from_millis(1_600);
/// After this the process is gone, whatever still hangs. What was confirmed is on the disk.
const HARD: Duration = Duration::from_millis(1_950);

/// Whether the end has begun.
#[derive(Default)]
pub struct Life(AtomicBool);

impl Life {
    /// `true` for whoever is first.
    fn begin_end(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// Ends the program.
pub fn quit(app: &AppHandle) {
    if !app.state::<Life>().begin_end() {
        return;
    }
    limit();
    window::save_place(app);
    if let Some(window) = app.get_webview_window(window::LABEL) {
        // The person is done; what is left to do needs no audience.
        let _ = window.hide();
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        end(&app).await;
        app.exit(0);
    });
}

/// The event loop ends. Where nobody asked for it, what is ours is still open.
pub fn over(app: &AppHandle) {
    if app.state::<Life>().begin_end() {
        limit();
        tauri::async_runtime::block_on(end(app));
    }
}

async fn end(app: &AppHandle) {
    let link = Arc::clone(app.state::<Arc<Link>>().inner());
    if tokio::time::timeout(CLEAN, link.end()).await.is_err() {
        tracing::warn!("not everything ended in time");
    } else {
        tracing::info!("all has ended");
    }
}

fn limit() {
    std::thread::spawn(|| {
        std::thread::sleep(HARD);
        tracing::warn!("the end took too long; what is left is dropped");
        std::process::exit(0);
    });
}

/// Ends the program when the system asks for it.
#[cfg(unix)]
pub fn listen(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let listen = || {
            Ok::<_, std::io::Error>((
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            ))
        };
        match listen() {
            Ok((mut interrupt, mut terminate, mut hangup)) => {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hangup.recv() => {}
                }
                quit(&app);
            }
            Err(why) => tracing::warn!(%why, "signals are not heard"),
        }
    });
}

/// Windows asks the window to close.
#[cfg(not(unix))]
pub fn listen(_app: &AppHandle) {}

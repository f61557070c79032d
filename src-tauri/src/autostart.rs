//! Starting with the person's session, and what the page may know of the desktop.

use serde::Serialize;
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, State, Wry};
use tauri_plugin_autostart::ManagerExt;

use crate::announce::LastWord;
use crate::arguments::Places;
use crate::tray::Tray;

/// Starts hidden, on the data folder that this one was started on.
pub fn plugin(places: &Places) -> TauriPlugin<Wry> {
    let mut arguments = vec!["--hidden".to_owned()];
    if places.chosen {
        arguments.push("--data".to_owned());
        arguments.push(quoted(&places.data.to_string_lossy()));
    }
    tauri_plugin_autostart::Builder::new().app_name("Vakhta").args(arguments).build()
}

/// One argument, for a line that is split at spaces.
fn quoted(argument: &str) -> String {
    if cfg!(windows) {
        return format!("\"{argument}\"");
    }
    // The desktop entry specification: these four are escaped in quotes, and % is a field.
    let mut quoted = String::from("\"");
    for c in argument.chars() {
        if matches!(c, '"' | '`' | '$' | '\\') {
            quoted.push('\\');
        } else if c == '%' {
            quoted.push('%');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// What the page may know of the desktop.
#[derive(Serialize)]
pub struct ShellInfo {
    /// A hidden window can be found again.
    tray: bool,
    /// It starts with the session.
    autostart: bool,
    /// Why the system shows no notifications, when it does not.
    notifications: Option<String>,
}

/// What the page may know of the desktop.
#[tauri::command]
pub fn shell_info(app: AppHandle, tray: State<'_, Tray>, last: State<'_, LastWord>) -> ShellInfo {
    ShellInfo {
        tray: tray.is_usable(),
        autostart: app.autolaunch().is_enabled().unwrap_or(false),
        notifications: last.trouble(),
    }
}

/// Whether it starts with the session.
///
/// # Errors
/// As the system says.
#[tauri::command]
pub fn get_autostart(app: AppHandle) -> Result<bool, String> {
    app.autolaunch().is_enabled().map_err(|why| why.to_string())
}

/// Starts with the session from now on, or no more.
///
/// # Errors
/// As the system says.
#[tauri::command]
pub fn set_autostart(app: AppHandle, on: bool) -> Result<(), String> {
    let autostart = app.autolaunch();
    let done = if on { autostart.enable() } else { autostart.disable() };
    done.map_err(|why| why.to_string())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn an_argument_survives_a_desktop_entry() {
        assert_eq!(quoted("/h/a b/100%"), "\"/h/a b/100%%\"");
        assert_eq!(quoted("/a\"b$c"), "\"/a\\\"b\\$c\"");
    }
}

//! The one way of the page to the core's commands.

use std::sync::Arc;

use serde_json::Value;
use tauri::State;
use vakhta_app::command::{ErrorCode, Refusal};

use crate::backend::Link;
use crate::settings::Settings;

/// What the owner of the data folder may, and a page may not.
const NOT_FOR_A_PAGE: &[&str] = &["watch", "link"];

/// Carries a command out.
///
/// # Errors
/// Its refusal.
#[tauri::command]
pub async fn rpc(
    link: State<'_, Arc<Link>>,
    settings: State<'_, Arc<Settings>>,
    command: String,
    with: Option<Value>,
) -> Result<Value, Refusal> {
    if NOT_FOR_A_PAGE.contains(&command.as_str()) {
        return Err(Refusal::new(ErrorCode::Forbidden, format!("{command} is not for a page")));
    }
    let value = link.ask(&command, with.unwrap_or_default()).await?;
    if command == "settings_change" {
        settings.refresh();
    }
    Ok(value)
}

/// Tries once more to open a data folder that could not be opened.
#[tauri::command]
pub fn reopen(link: State<'_, Arc<Link>>) {
    link.reopen();
}

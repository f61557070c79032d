//! The one way of the page to the core's commands.

use std::sync::Arc;

use serde_json::Value;
use tauri::State;
use vakhta_app::refusal::Refusal;
use vakhta_domain::ids::DeskId;
use vakhta_runtime::backups::AtHand;

use crate::backend::{Asker, Link};
use crate::settings::Settings;

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
    let value = link.ask(Asker::Page, &command, with.unwrap_or_default()).await?;
    if command == "desk_settings" || command == "set_up" {
        settings.refresh();
    }
    Ok(value)
}

/// Tries once more to open a data folder that could not be opened.
#[tauri::command]
pub fn reopen(link: State<'_, Arc<Link>>) {
    link.reopen();
}

/// The backups in a data folder whose database cannot be opened, newest first.
#[tauri::command]
pub async fn backups_at_hand(link: State<'_, Arc<Link>>) -> Result<Vec<AtHand>, Refusal> {
    Ok(link.at_hand().await)
}

/// Puts one of them in the place of the database.
///
/// # Errors
/// When it cannot be had; the database stays as it is.
#[tauri::command]
pub async fn rescue(link: State<'_, Arc<Link>>, desk: DeskId, name: String) -> Result<(), Refusal> {
    link.rescue(desk, name).await
}

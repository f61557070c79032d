//! The window of Vakhta: composition, and nothing else. The core does the work; what is here
//! shows a page, takes its requests to the core, and lives with the desktop.
//!
//! | module | |
//! | --- | --- |
//! | `arguments` | the command line and the folders |
//! | `instance` | one window per data folder |
//! | `backend` | the core: in this process, or a service that holds the folder |
//! | `rpc`, `events`, `picture` | the three ways from the page to the core |
//! | `window`, `tray`, `autostart` | the desktop's side |
//! | `settings` | what of the settings matters here |
//! | `announce` | notifications of the operating system |
//! | `system_lock` | the desk is locked when the screen is |
//! | `life` | the end |
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod announce;
mod arguments;
mod autostart;
mod backend;
mod events;
mod instance;
mod life;
mod picture;
mod rpc;
mod settings;
mod system_lock;
mod tray;
mod window;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use tauri::RunEvent;

use arguments::{Arguments, Places};
use backend::Link;
use life::Life;
use settings::Settings;
use tray::Tray;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match start(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            tracing::error!("{why:#}");
            eprintln!("vakhta: {why:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &Arguments) -> anyhow::Result<()> {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        anyhow::bail!("two providers of cryptography stand in each other's way");
    }
    let places = Places::of(arguments)?;
    // A window of Windows has no standard error.
    let has_stderr = !cfg!(windows) || cfg!(debug_assertions);
    vakhta_runtime::log::begin("info", Some(&places.data), has_stderr);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the threads of the program could not be started")?;
    tauri::async_runtime::set(runtime.handle().clone());
    let _inside = runtime.enter();
    let Some(first) = runtime.block_on(instance::claim(&places.window, !arguments.hidden))? else {
        return Ok(());
    };
    // The core opens while the window is being made.
    let link = Link::begin(places.data.clone());
    let settings = Settings::begin(Arc::clone(&link));
    let (hidden, locked) = (arguments.hidden, Arc::clone(&link));
    let app = tauri::Builder::default()
        .plugin(window::state_plugin(&places))
        .plugin(autostart::plugin(&places))
        .register_asynchronous_uri_scheme_protocol("picture", picture::answer)
        .invoke_handler(tauri::generate_handler![
            rpc::rpc,
            rpc::reopen,
            rpc::backups_at_hand,
            rpc::rescue,
            events::subscribe,
            events::unsubscribe,
            autostart::shell_info,
            autostart::get_autostart,
            autostart::set_autostart,
        ])
        .manage(Arc::clone(&link))
        .manage(Arc::clone(&settings))
        .manage(places.clone())
        .manage(events::Subscriptions::default())
        .manage(announce::LastWord::default())
        .manage(Tray::default())
        .manage(Life::default())
        .on_window_event(window::on_event)
        .setup(move |app| {
            let app = app.handle().clone();
            window::create(&app, !hidden)?;
            tray::begin(&app);
            life::listen(&app);
            tauri::async_runtime::spawn(announce::run(app.clone()));
            tauri::async_runtime::spawn(system_lock::run(locked));
            tauri::async_runtime::spawn(first.serve(move || window::show(&app)));
            Ok(())
        })
        .build(tauri::generate_context!())
        .context("the window could not be made")?;
    app.run(|app, event| match event {
        // The last window went away without having asked: the end, but a clean one.
        RunEvent::ExitRequested { api, code: None, .. } => {
            api.prevent_exit();
            life::quit(app);
        }
        RunEvent::Exit => life::over(app),
        _ => {}
    });
    Ok(())
}

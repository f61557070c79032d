//! Takes the page, the icons and the permissions into the program.

/// What the page may ask of the shell. Each needs an `allow-…` line in `capabilities/`.
const COMMANDS: &[&str] = &[
    "rpc",
    "subscribe",
    "unsubscribe",
    "reopen",
    "backups_at_hand",
    "rescue",
    "shell_info",
    "get_autostart",
    "set_autostart",
];

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    if let Err(why) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        println!("cargo::error={why:#}");
    }
}

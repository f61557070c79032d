//! kill -9 over what people do: the loops of the tests (`tests/it`, module `kills`), as long as wished.

use std::process::Command as Program;

use anyhow::{Context, ensure};

use super::Setting;

pub(super) fn run(setting: &Setting<'_>) -> anyhow::Result<()> {
    // They drive the `vakhtad` beside them, of a debug build.
    for arguments in [
        &["build", "--workspace", "--bins"][..],
        &["nextest", "run", "--profile", "torture", "--workspace", "-E", "test(/^kills::/)"],
    ] {
        let mut cargo = Program::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(arguments).arg("--locked").env("VAKHTA_KILLS", setting.kills().to_string());
        ensure!(cargo.status().context("cargo")?.success(), "cargo {} failed", arguments.join(" "));
    }
    Ok(())
}

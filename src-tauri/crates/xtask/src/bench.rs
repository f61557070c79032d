//! `bench` and `torture`: builds what `vakhta-bench` needs and runs it.

use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::shell::{cargo, output, program, run};

const PACKAGES: &[&str] = &["build", "--locked", "-p", "vakhta-bench", "-p", "vakhta-runtime", "--bins"];

/// Measures a release build.
pub(crate) fn bench(arguments: &[String]) -> Outcome {
    start("bench", true, arguments.to_vec())
}

/// Torments a debug build, or with `--release` what would be delivered.
pub(crate) fn torture(arguments: &[String]) -> Outcome {
    let release = arguments.iter().any(|argument| argument == "--release");
    let rest = arguments.iter().filter(|argument| *argument != "--release").cloned();
    start("torture", release, rest.collect())
}

fn start(what: &str, release: bool, arguments: Vec<String>) -> Outcome {
    let mut build = cargo(PACKAGES)?;
    if release {
        build.arg("--release");
    }
    run(build)?;
    let folder = target()?.join(if release { "release" } else { "debug" });
    let tool = folder.join(format!("vakhta-bench{}", std::env::consts::EXE_SUFFIX));
    let mut command = program(&text(&tool)?, &[what])?;
    command.args(arguments);
    run(command)
}

/// Where cargo puts what it builds.
fn target() -> Outcome<PathBuf> {
    let metadata = output(cargo(&["metadata", "--no-deps", "--format-version", "1"])?)?;
    let metadata: serde_json::Value =
        serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    metadata["target_directory"].as_str().map(PathBuf::from).ok_or_else(|| "cargo metadata: no target".into())
}

fn text(path: &Path) -> Outcome<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| format!("{} is no text", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_folder_is_found() {
        assert!(target().unwrap().is_absolute());
    }
}

//! `ui` and `generate`: the page, and the types that it shares with the core.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::shell::{cargo, output, program, root, run, succeeds};

/// Where the contract stands for the page.
const TYPES: &str = "ui/src/api/types.ts";

/// Builds the page, so that the programs can take it in.
pub(crate) fn command(arguments: &[String]) -> Outcome {
    if let Some(unknown) = arguments.first() {
        return Err(format!("ui takes no {unknown:?}"));
    }
    build()
}

/// Installs what the page needs, if that has changed, and builds it into `ui/dist`.
pub(crate) fn build() -> Outcome {
    install("ui")?;
    run(npm("ui", &["run", "--silent", "build"])?)
}

/// Writes the contract's types, or says that they are not what stands there.
pub(crate) fn generate(arguments: &[String]) -> Outcome {
    let path = root()?.join(TYPES);
    let fresh =
        output(cargo(&["run", "--quiet", "--locked", "-p", "vakhta-app", "--example", "typescript"])?)?;
    let present = fs::read_to_string(&path).unwrap_or_default();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] if fresh == present => Ok(()),
        [] => {
            println!("generate: {TYPES} is new");
            fs::write(&path, fresh).map_err(|error| format!("{}: {error}", path.display()))
        }
        ["--check"] if fresh == present => Ok(()),
        ["--check"] => Err(format!("{TYPES} is not what the contract says: cargo xtask generate")),
        _ => Err("generate [--check]".into()),
    }
}

/// `npm` in a folder of the repository. On Windows it is a script, which needs its ending.
pub(crate) fn npm(folder: &str, arguments: &[&str]) -> Outcome<Command> {
    let mut command = program(if cfg!(windows) { "npm.cmd" } else { "npm" }, arguments)?;
    command.current_dir(root()?.join(folder));
    Ok(command)
}

/// Installs a folder's packages exactly as its lock file says, unless that was done already.
pub(crate) fn install(folder: &str) -> Outcome {
    let path = root()?.join(folder);
    if is_installed(&path) {
        return Ok(());
    }
    if !succeeds(npm(folder, &["--version"])?) {
        return Err("npm is missing: install Node.js 20 or newer with npm".into());
    }
    println!("setup: installing the packages of {folder} (npm ci)");
    run(npm(folder, &["ci", "--no-audit", "--no-fund"])?)?;
    let stamp = stamp(&path);
    fs::copy(path.join("package-lock.json"), &stamp)
        .map(drop)
        .map_err(|error| format!("{}: {error}", stamp.display()))
}

/// A copy of the lock file that the installed packages are of.
fn stamp(folder: &Path) -> PathBuf {
    folder.join("node_modules").join(".installed-lock.json")
}

fn is_installed(folder: &Path) -> bool {
    let read = |path: PathBuf| fs::read(path).ok();
    let wanted = read(folder.join("package-lock.json"));
    wanted.is_some() && wanted == read(stamp(folder))
}

//! `check-windows`: the half of the users that no test here runs for is kept compiling.
//!
//! Debian packages a Rust whose standard library can be built for Windows from its source
//! package, with its own MinGW; nothing is downloaded from anywhere else.

use std::fs;
use std::path::Path;

use crate::Outcome;
use crate::setup::{install, is_debian};
use crate::shell::{program, root, run};

const TARGET: &str = "x86_64-pc-windows-gnu";
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const LINKER: &str = "x86_64-w64-mingw32-gcc";
/// Nobody runs what comes of it: the quickest build that shows whether it compiles and links.
const QUICK: &[&str] = &[
    "--config",
    "profile.dev.opt-level=0",
    "--config",
    "profile.dev.package.'*'.opt-level=0",
    "--config",
    "profile.dev.build-override.opt-level=0",
    "--config",
    "profile.dev.debug=false",
];

/// The program takes the page in when it is compiled.
const PAGE: &str = "ui/dist/index.html";

/// A package, and a file by which it is known to be there.
const PACKAGES: &[(&str, &str)] = &[
    ("rustc-web", RUSTC),
    ("cargo-web", CARGO),
    ("rust-web-src", "/usr/share/doc/rust-web-src"),
    ("gcc-mingw-w64-x86-64-win32", "/usr/bin/x86_64-w64-mingw32-gcc"),
    // The window's icon and version are compiled by it.
    ("binutils-mingw-w64-x86-64", "/usr/bin/x86_64-w64-mingw32-windres"),
];

/// Cross-compiles the whole workspace, the window included.
pub(crate) fn command(arguments: &[String]) -> Outcome {
    if let Some(unknown) = arguments.first() {
        return Err(format!("check-windows takes no {unknown:?}"));
    }
    if !is_debian(&fs::read_to_string("/etc/os-release").unwrap_or_default()) {
        return Err("this needs Debian's packages rustc-web and rust-web-src".into());
    }
    if !root()?.join(PAGE).is_file() {
        return Err(format!("{PAGE} is not there: build the page first (npm run build in ui)"));
    }
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|(_, file)| !Path::new(file).exists()).map(|(package, _)| *package).collect();
    if !missing.is_empty() {
        println!("check-windows: installing {}", missing.join(", "));
        install(&missing)?;
    }
    println!(
        "check-windows: building the workspace for {TARGET} in target/windows; the first time takes long"
    );
    let mut cargo = program(
        CARGO,
        &["build", "-Zbuild-std=std,panic_abort", "--workspace", "--bins", "--locked", "--target", TARGET],
    )?;
    // What the calling cargo left for its children belongs to another toolchain.
    for name in
        ["RUSTUP_TOOLCHAIN", "RUSTUP_HOME", "CARGO", "RUSTFLAGS", "CARGO_BUILD_TARGET", "LD_LIBRARY_PATH"]
    {
        cargo.env_remove(name);
    }
    cargo
        .args(QUICK)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", RUSTC)
        .env("CARGO_TARGET_DIR", root()?.join("target").join("windows"))
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", LINKER)
        .env("CC_x86_64_pc_windows_gnu", LINKER);
    run(cargo)?;
    println!("check-windows: ok");
    Ok(())
}

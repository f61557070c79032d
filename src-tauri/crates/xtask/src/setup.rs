//! `setup`: what building and testing need from the system.

use std::fs;

use crate::Outcome;
use crate::shell::{cargo, on_path, output, program, run, succeeds};

/// A package of Debian's, and a tool that makes it unnecessary where it is there by other means.
struct Need {
    package: &'static str,
    tool: &'static str,
    why: &'static str,
}

const NEEDS: &[Need] = &[
    Need { package: "build-essential", tool: "cc", why: "the C compiler, for SQLite" },
    Need { package: "pkg-config", tool: "pkg-config", why: "for libraries of the system" },
    Need { package: "dbus", tool: "dbus-run-session", why: "a session bus for tests" },
    Need { package: "gnome-keyring", tool: "gnome-keyring-daemon", why: "a keyring for tests" },
];

/// Installs what is missing.
pub(crate) fn command(arguments: &[String]) -> Outcome {
    if let Some(unknown) = arguments.first() {
        return Err(format!("setup takes no {unknown:?}"));
    }
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !on_path(need.tool)).collect();
    if !missing.is_empty() {
        if is_debian(&fs::read_to_string("/etc/os-release").unwrap_or_default()) && on_path("apt-get") {
            let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
            for need in &missing {
                println!("setup: installing {} ({})", need.package, need.why);
            }
            install(&packages)?;
        } else if cfg!(target_os = "linux") {
            for need in &missing {
                println!("setup: {} is missing: {}", need.tool, need.why);
            }
            println!("setup: install these with your system's package manager; going on without");
        } else if cfg!(windows) {
            println!("setup: Windows needs the Visual Studio Build Tools with the C++ workload; going on");
        }
    }
    components()?;
    if !succeeds(cargo(&["nextest", "--version"])?) {
        println!("setup: installing cargo-nextest (runs the tests); this takes some minutes");
        run(cargo(&["install", "cargo-nextest", "--locked"])?)?;
    }
    Ok(())
}

fn components() -> Outcome {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if succeeds(cargo(&[subcommand, "--version"])?) {
            continue;
        }
        if !on_path("rustup") {
            return Err(format!("cargo {subcommand} is missing: install {component} for this Rust"));
        }
        println!("setup: adding {component} to this Rust");
        run(program("rustup", &["component", "add", component])?)?;
    }
    Ok(())
}

/// Installs packages of Debian's or Ubuntu's, as root, through sudo, or not at all.
pub(crate) fn install(packages: &[&str]) -> Outcome {
    let words = ["apt-get", "install", "-y", "--no-install-recommends"];
    let words: Vec<&str> = words.iter().chain(packages).copied().collect();
    let root = output(program("id", &["-u"])?)?.trim() == "0";
    if !root && !on_path("sudo") {
        return Err(format!("run this as root, then again: apt-get update && {}", words.join(" ")));
    }
    for words in [&["apt-get", "update"][..], &words] {
        let mut line = if root { Vec::new() } else { vec!["sudo"] };
        line.extend(["env", "DEBIAN_FRONTEND=noninteractive"]);
        line.extend_from_slice(words);
        run(program(line[0], &line[1..])?)?;
    }
    Ok(())
}

/// Whether packages come from Debian or from one that is made of it.
pub(crate) fn is_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| matches!(*key, "ID" | "ID_LIKE"))
        .flat_map(|(_, value)| value.trim_matches(['"', '\'']).split_whitespace())
        .any(|word| matches!(word, "debian" | "ubuntu"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_and_its_kin_are_known() {
        assert!(is_debian("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n"));
        assert!(is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\nPRETTY_NAME=\"not debian\"\n"));
        assert!(!is_debian(""));
    }
}

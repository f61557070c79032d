//! `setup`: what building and testing need from the system.

use std::fs;

use crate::Outcome;
use crate::shell::{cargo, on_path, output, program, run, succeeds};

/// The oldest Node that the page's tools run on.
const NODE: u32 = 20;

/// A package of Debian's, and how one sees that what it brings is there, by whatever means.
struct Need {
    package: &'static str,
    sign: Sign,
    why: &'static str,
}

/// What shows that a need is met.
enum Sign {
    /// A tool on the path.
    Tool(&'static str),
    /// A library that `pkg-config` knows.
    Library(&'static str),
    /// Nothing but the package itself.
    Package,
}

use Sign::{Library, Package, Tool};

const NEEDS: &[Need] = &[
    // To build.
    Need { package: "build-essential", sign: Tool("cc"), why: "the C compiler, for SQLite" },
    Need { package: "pkg-config", sign: Tool("pkg-config"), why: "for libraries of the system" },
    Need {
        package: "libwebkit2gtk-4.1-dev",
        sign: Library("webkit2gtk-4.1"),
        why: "the window shows a page",
    },
    Need { package: "libgtk-3-dev", sign: Library("gtk+-3.0"), why: "the window itself" },
    Need {
        package: "libjavascriptcoregtk-4.1-dev",
        sign: Library("javascriptcoregtk-4.1"),
        why: "the page's scripts",
    },
    Need { package: "libsoup-3.0-dev", sign: Library("libsoup-3.0"), why: "the page's requests" },
    Need {
        package: "libayatana-appindicator3-dev",
        sign: Library("ayatana-appindicator3-0.1"),
        why: "the icon in the tray",
    },
    Need { package: "librsvg2-dev", sign: Library("librsvg-2.0"), why: "icons, for the bundles" },
    Need { package: "libdbus-1-dev", sign: Library("dbus-1"), why: "the window asks whether it is dark" },
    Need { package: "libxdo-dev", sign: Package, why: "keys of the window's menu" },
    Need { package: "file", sign: Tool("file"), why: "for the bundles" },
    // To test.
    Need { package: "dbus", sign: Tool("dbus-run-session"), why: "a session bus for tests" },
    Need { package: "dbus-tests", sign: Tool("dbus-test-tool"), why: "a tray for tests" },
    Need { package: "dbus-x11", sign: Tool("dbus-launch"), why: "a bus for what a test's window starts" },
    Need { package: "gnome-keyring", sign: Tool("gnome-keyring-daemon"), why: "a keyring for tests" },
    Need { package: "xvfb", sign: Tool("Xvfb"), why: "a screen for tests" },
    Need { package: "xauth", sign: Tool("xauth"), why: "the key to that screen" },
    Need { package: "openbox", sign: Tool("openbox"), why: "a window manager for tests" },
    Need { package: "wmctrl", sign: Tool("wmctrl"), why: "tests move and close the window" },
    Need { package: "xdotool", sign: Tool("xdotool"), why: "tests type into the window as a scanner does" },
    Need {
        package: "webkit2gtk-driver",
        sign: Tool("WebKitWebDriver"),
        why: "tests drive the window's page",
    },
    Need { package: "chromium", sign: Tool("chromium"), why: "tests drive the page in a browser" },
    Need { package: "dunst", sign: Tool("dunst"), why: "notifications, to be looked at" },
    Need { package: "imagemagick", sign: Tool("import"), why: "pictures of the screen; draws the icons" },
    Need { package: "fonts-dejavu-core", sign: Package, why: "letters on that screen" },
];

impl Need {
    fn is_met(&self) -> bool {
        match self.sign {
            Tool(tool) => on_path(tool),
            Library(library) => {
                program("pkg-config", &["--exists", library]).is_ok_and(succeeds) || self.is_installed()
            }
            // Elsewhere than on Debian nobody can say; what is missing shows itself.
            Package => !on_path("dpkg") || self.is_installed(),
        }
    }

    fn is_installed(&self) -> bool {
        program("dpkg", &["-s", self.package]).is_ok_and(succeeds)
    }
}

/// Installs what is missing.
pub(crate) fn command(arguments: &[String]) -> Outcome {
    if let Some(unknown) = arguments.first() {
        return Err(format!("setup takes no {unknown:?}"));
    }
    let missing: Vec<&Need> = if cfg!(target_os = "linux") {
        NEEDS.iter().filter(|need| !need.is_met()).collect()
    } else {
        Vec::new()
    };
    if !missing.is_empty() {
        if is_debian(&fs::read_to_string("/etc/os-release").unwrap_or_default()) && on_path("apt-get") {
            let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
            for need in &missing {
                println!("setup: installing {} ({})", need.package, need.why);
            }
            install(&packages)?;
        } else if cfg!(target_os = "linux") {
            for need in &missing {
                println!("setup: {} is missing: {}", need.package, need.why);
            }
            println!("setup: install these, as your system calls them, with its package manager; going on");
        }
    }
    if cfg!(windows) && !on_path("cl") && !on_path("link") {
        println!("setup: Windows needs the Visual Studio Build Tools with the C++ workload; going on");
    }
    node();
    components()?;
    if !succeeds(cargo(&["nextest", "--version"])?) {
        println!("setup: installing cargo-nextest (runs the tests); this takes some minutes");
        run(cargo(&["install", "cargo-nextest", "--locked"])?)?;
    }
    Ok(())
}

/// The page is built with Node, which is not installed behind anybody's back: systems have their
/// own ways to keep several versions of it.
fn node() {
    let version = program("node", &["--version"]).and_then(output).unwrap_or_default();
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|text| text.parse().ok());
    if major.is_none_or(|major: u32| major < NODE) || !(on_path("npm") || on_path("npm.cmd")) {
        let found = if version.is_empty() { "there is none" } else { version.trim() };
        println!("setup: the page needs Node {NODE} or newer with npm ({found}): install nodejs and npm");
    }
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
    fn a_need_is_seen_by_its_sign() {
        let need = |sign| Need { package: "no-such-package-at-all", sign, why: "" };
        assert!(need(Tool("cargo")).is_met());
        assert!(!need(Tool("no-such-tool-at-all")).is_met());
        assert!(!need(Library("no-such-library-at-all")).is_met());
    }

    #[test]
    fn debian_and_its_kin_are_known() {
        assert!(is_debian("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\n"));
        assert!(is_debian("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian("ID=fedora\nPRETTY_NAME=\"not debian\"\n"));
        assert!(!is_debian(""));
    }
}

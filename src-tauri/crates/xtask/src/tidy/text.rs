//! Rules about any text in the repository.
//!
//! What they look for is written here in two parts, so that they do not find themselves.

use super::{File, Finding, Tree};

/// What the top of the repository may hold, beside dotfiles.
const TOP: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "icons",
    "installers",
    "migrations",
    "rustfmt.toml",
    "src-tauri",
    "tests",
    "ui",
];

const MACHINES: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/")];

const HOSTS: &[&str] = &[
    concat!("crates", ".io"),
    concat!("registry.npm", "js.org"),
    concat!("registry.yarn", "pkg.com"),
    concat!("npm", "js.com"),
    concat!("npm", "mirror.com"),
    concat!("pypi", ".org"),
    concat!("python", "hosted.org"),
    concat!("proxy.go", "lang.org"),
    concat!("rs", "proxy.cn"),
];

const UNFINISHED: &[&str] = &[concat!("HA", "CK"), concat!("XX", "X"), concat!("FIX", "ME")];

fn found<'a>(
    file: &'a File,
    find: impl Fn(&str) -> Option<&'static str> + 'a,
) -> impl Iterator<Item = Finding> + 'a {
    file.text.lines().enumerate().filter_map(move |(index, line)| {
        find(line).map(|word| Finding::new(format!("{}:{}", file.path, index + 1), word))
    })
}

/// The top stays small enough to be read at a glance.
pub(super) fn layout(tree: &Tree) -> Vec<Finding> {
    let mut tops: Vec<&str> = tree.files.iter().filter_map(|file| file.path.split('/').next()).collect();
    tops.dedup();
    tops.into_iter()
        .filter(|top| !top.starts_with('.') && !TOP.contains(top))
        .map(|top| Finding::new(top, "is not among what the top of the repository holds"))
        .collect()
}

/// Nothing knows the machine it was written on.
pub(super) fn machine_paths(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().flat_map(|file| found(file, machine_path)).collect()
}

fn machine_path(line: &str) -> Option<&'static str> {
    let begins_path = |at: usize| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || "._-/~}>*$".contains(c))
    };
    MACHINES.iter().copied().find(|path| {
        line.match_indices(path).any(|(at, _)| {
            // `/home/<you>/` and `/home/$USER` name nobody.
            let after = line[at + path.len()..].chars().next();
            begins_path(at) && after.is_some_and(|c| c.is_alphanumeric() || c == '.')
        })
    })
}

/// Where packages come from is the business of whoever builds.
pub(super) fn registry_hosts(tree: &Tree) -> Vec<Finding> {
    let files = tree.files.iter().filter(|file| !is_lock(&file.path));
    files
        .flat_map(|file| found(file, |line| HOSTS.iter().copied().find(|host| line.contains(host))))
        .collect()
}

fn is_lock(path: &str) -> bool {
    path.split('/').next_back() == Some("Cargo.lock")
}

/// Words that promise to come back.
pub(super) fn unfinished(tree: &Tree) -> Vec<Finding> {
    let files =
        tree.files.iter().filter(|file| !file.path.ends_with(".lock") && !file.path.ends_with("-lock.json"));
    files
        .flat_map(|file| {
            found(file, |line| {
                let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
                words.into_iter().find_map(|word| UNFINISHED.iter().copied().find(|other| *other == word))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    #[test]
    fn something_new_at_the_top_is_found() {
        let tree = Tree::of(&[
            (".ci/run", ""),
            ("README.md", ""),
            ("notes/a.md", ""),
            ("src-tauri/x", ""),
            ("x.py", ""),
        ]);
        assert_eq!(places(&layout(&tree)), ["notes", "x.py"]);
    }

    #[test]
    fn a_path_of_a_machine_is_found_and_a_path_within_something_is_not() {
        let bad = format!("a\nsee {}main/x\nopen(\"{}ann/x\")\n", MACHINES[0], MACHINES[1]);
        let good = format!(
            "target{0}x docs{0} https://example.org{0}x {1}<you>/x {1}$USER {2}\n",
            MACHINES[0], MACHINES[1], MACHINES[2]
        );
        let tree = Tree::of(&[("a.md", &bad), ("b.md", &good)]);
        assert_eq!(places(&machine_paths(&tree)), ["a.md:2", "a.md:3"]);
    }

    #[test]
    fn a_registry_is_found_except_in_the_lock_file() {
        let text = format!("source = \"https://index.{}/\"", HOSTS[0]);
        let tree = Tree::of(&[
            ("Cargo.lock", &text),
            ("tests/fuzz/libfuzzer/Cargo.lock", &text),
            (".cargo/config.toml", &text),
            ("a.toml", "https://example.org"),
        ]);
        assert_eq!(places(&registry_hosts(&tree)), [".cargo/config.toml:1"]);
    }

    #[test]
    fn a_promise_to_come_back_is_found_as_a_whole_word() {
        let bad = format!("// {}: later\n", UNFINISHED[2]);
        let good = format!("let {0}YZ = 1; // {0}_a\n", UNFINISHED[1]);
        assert_eq!(places(&unfinished(&Tree::of(&[("a.rs", &bad), ("b.rs", &good)]))), ["a.rs:1"]);
    }
}

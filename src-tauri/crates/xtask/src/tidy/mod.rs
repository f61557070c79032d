//! `tidy`: the invariants of the repository, each a small function over the files and crates.

mod crates;
mod lock;
mod migrations;
mod sources;
mod text;

use std::fs;

use crate::Outcome;
use crate::shell::{cargo, output, program, root};

/// A file of the repository: tracked, or new and not ignored.
pub(crate) struct File {
    /// From the root, with `/`.
    path: String,
    text: String,
}

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Package {
    name: String,
    /// From the root, with `/`.
    folder: String,
    dependencies: Vec<Dependency>,
}

/// What a package depends on.
#[derive(Debug)]
pub(crate) struct Dependency {
    name: String,
    /// For its tests only.
    dev: bool,
}

/// What the rules look at.
#[derive(Default)]
pub(crate) struct Tree {
    files: Vec<File>,
    packages: Vec<Package>,
}

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    place: String,
    wrong: String,
}

impl Finding {
    fn new(place: impl Into<String>, wrong: impl Into<String>) -> Self {
        Self { place: place.into(), wrong: wrong.into() }
    }
}

struct Rule {
    name: &'static str,
    find: fn(&Tree) -> Vec<Finding>,
}

const RULES: &[Rule] = &[
    Rule { name: "layout", find: text::layout },
    Rule { name: "layers", find: crates::layers },
    Rule { name: "domain-dependencies", find: crates::domain_dependencies },
    Rule { name: "domain-sources", find: sources::domain_sources },
    Rule { name: "tauri-shell", find: crates::tauri_shell },
    Rule { name: "tauri-seam", find: sources::tauri_seam },
    Rule { name: "lints", find: crates::lints },
    Rule { name: "crate-docs", find: sources::crate_docs },
    Rule { name: "migrations", find: migrations::append_only },
    Rule { name: "machine-paths", find: text::machine_paths },
    Rule { name: "registry-hosts", find: text::registry_hosts },
    Rule { name: "unfinished", find: text::unfinished },
    Rule { name: "ignored-tests", find: sources::ignored_tests },
    Rule { name: "sleeping-tests", find: sources::sleeping_tests },
    Rule { name: "locked-crates", find: lock::unwanted },
];

/// Checks, and with `--bless` records new migrations before.
pub(crate) fn command(arguments: &[String]) -> Outcome {
    match arguments {
        [] => {}
        [word] if word == "--bless" => migrations::bless(&root()?)?,
        _ => return Err("tidy [--bless]".into()),
    }
    let rules = check()?;
    println!("tidy: {rules} rules hold");
    Ok(())
}

/// Applies all rules; the number of them when all hold.
pub(crate) fn check() -> Outcome<usize> {
    let tree = read()?;
    for warning in sources::long_files(&tree) {
        eprintln!("tidy: warning: {}: {}", warning.place, warning.wrong);
    }
    let mut broken = Vec::new();
    for rule in RULES {
        let findings = (rule.find)(&tree);
        for finding in &findings {
            eprintln!("tidy: {}: {}: {}", rule.name, finding.place, finding.wrong);
        }
        if !findings.is_empty() {
            broken.push(rule.name);
        }
    }
    if broken.is_empty() { Ok(RULES.len()) } else { Err(format!("broken: {}", broken.join(", "))) }
}

fn read() -> Outcome<Tree> {
    let root = root()?;
    let list = output(program("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?)?;
    let mut paths: Vec<&str> = list.split('\0').filter(|path| !path.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut files = Vec::new();
    for path in paths {
        // Gone from the folder but not from the index, a link, a submodule: nothing to read.
        if !fs::symlink_metadata(root.join(path)).is_ok_and(|data| data.is_file()) {
            continue;
        }
        let bytes = fs::read(root.join(path)).map_err(|error| format!("{path}: {error}"))?;
        // A picture or a font has no text to look at; that it is there counts for the layout.
        let text = String::from_utf8(bytes).unwrap_or_default();
        files.push(File { path: path.to_owned(), text });
    }
    let metadata = output(cargo(&["metadata", "--format-version", "1", "--no-deps"])?)?;
    Ok(Tree { files, packages: crates::packages(&metadata)? })
}

#[cfg(test)]
impl Tree {
    /// A tree of files for a rule's test.
    fn of(files: &[(&str, &str)]) -> Self {
        let files =
            files.iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() }).collect();
        Self { files, packages: Vec::new() }
    }

    /// A tree of packages; a dependency for tests begins with `dev:`.
    fn with(packages: &[(&str, &[&str])]) -> Self {
        let dependency = |name: &&str| Dependency {
            name: name.trim_start_matches("dev:").into(),
            dev: name.starts_with("dev:"),
        };
        let packages = packages
            .iter()
            .map(|(name, dependencies)| Package {
                name: (*name).into(),
                folder: format!("src-tauri/crates/{name}"),
                dependencies: dependencies.iter().map(dependency).collect(),
            })
            .collect();
        Self { files: Vec::new(), packages }
    }
}

/// The places of findings, for a rule's test.
#[cfg(test)]
fn places(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.place.as_str()).collect()
}

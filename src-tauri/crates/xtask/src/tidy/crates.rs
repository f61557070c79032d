//! Rules about packages: who may know whom.

use serde_json::Value;

use super::{Dependency, Finding, Package, Tree};
use crate::Outcome;

const ADAPTERS: &[&str] = &["vakhta-domain", "vakhta-app"];
const ALL: &[&str] = &[
    "vakhta-domain",
    "vakhta-app",
    "vakhta-store",
    "vakhta-isapi",
    "vakhta-sync",
    "vakhta-notify",
    "vakhta-reports",
    "vakhta-backup",
    "vakhta-secrets",
    "vakhta-server",
];

/// Which packages of the workspace a package may use; a new one is a new line here.
const LAYERS: &[(&str, &[&str])] = &[
    ("vakhta-domain", &[]),
    ("vakhta-app", &["vakhta-domain"]),
    ("vakhta-store", ADAPTERS),
    ("vakhta-isapi", ADAPTERS),
    ("vakhta-sync", ADAPTERS),
    ("vakhta-notify", ADAPTERS),
    ("vakhta-reports", ADAPTERS),
    ("vakhta-backup", ADAPTERS),
    ("vakhta-secrets", ADAPTERS),
    ("vakhta-server", ADAPTERS),
    ("vakhta-testkit", ADAPTERS),
    ("vakhta-runtime", ALL),
    ("isapi-sim", &[]),
];

/// May use anything: nothing that is delivered uses them.
const OUTERMOST: &[&str] = &["vakhta", "vakhta-it", "vakhta-bench", "vakhta-fuzz", "xtask"];

/// For tests, beyond what the layers give: fakes of clock and chance, and the real sealer, which
/// needs no fake.
const FOR_TESTS: &[&str] = &["vakhta-testkit", "vakhta-secrets"];

/// What does I/O, or brings a clock, chance or a runtime with it.
const IMPURE: &[&str] = &[
    "async-trait",
    "axum",
    "chrono",
    "futures-util",
    "getrandom",
    "hyper",
    "interprocess",
    "keyring-core",
    "libc",
    "r2d2",
    "rand",
    "reqwest",
    "rusqlite",
    "rustls",
    "secret-service",
    "tempfile",
    "tokio",
    "tokio-postgres",
    "tracing-subscriber",
    "ureq",
];

/// Reads what `cargo metadata --no-deps` says.
pub(super) fn packages(metadata: &str) -> Outcome<Vec<Package>> {
    let metadata: Value =
        serde_json::from_str(metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let text = |value: &Value| value.as_str().unwrap_or_default().replace('\\', "/");
    let root = text(&metadata["workspace_root"]);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages = list(&metadata["packages"]).into_iter().map(|package| {
        let manifest = text(&package["manifest_path"]);
        let folder = manifest.trim_start_matches(root.as_str()).trim_start_matches('/');
        Package {
            name: text(&package["name"]),
            folder: folder.trim_end_matches("Cargo.toml").trim_end_matches('/').to_owned(),
            dependencies: list(&package["dependencies"])
                .iter()
                .map(|dependency| Dependency {
                    name: text(&dependency["name"]),
                    dev: dependency["kind"].as_str() == Some("dev"),
                })
                .collect(),
        }
    });
    let packages: Vec<Package> = packages.collect();
    if packages.is_empty() { Err("cargo metadata: no packages".into()) } else { Ok(packages) }
}

/// Arrows point inwards: adapters never see each other, the domain sees nobody.
pub(super) fn layers(tree: &Tree) -> Vec<Finding> {
    let ours = |name: &str| tree.packages.iter().any(|package| package.name == name);
    let mut findings = Vec::new();
    for package in &tree.packages {
        if OUTERMOST.contains(&package.name.as_str()) {
            continue;
        }
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == package.name) else {
            findings.push(Finding::new(&package.folder, "has no line in the table of layers"));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| ours(&dependency.name)) {
            let name = dependency.name.as_str();
            if !(allowed.contains(&name) || (dependency.dev && FOR_TESTS.contains(&name))) {
                findings.push(Finding::new(&package.folder, format!("may not depend on {name}")));
            }
        }
    }
    findings
}

/// A crate without those dependencies cannot do what they do.
pub(super) fn domain_dependencies(tree: &Tree) -> Vec<Finding> {
    let domain = tree.packages.iter().filter(|package| package.name == "vakhta-domain");
    domain
        .flat_map(|package| package.dependencies.iter().map(move |dependency| (package, dependency)))
        .filter(|(_, dependency)| !dependency.dev && IMPURE.contains(&dependency.name.as_str()))
        .map(|(package, dependency)| {
            Finding::new(&package.folder, format!("does no I/O and may not depend on {}", dependency.name))
        })
        .collect()
}

/// Only the shell knows that there is a window.
pub(super) fn tauri_shell(tree: &Tree) -> Vec<Finding> {
    let others = tree.packages.iter().filter(|package| package.name != "vakhta");
    others
        .filter(|package| package.dependencies.iter().any(|dependency| dependency.name.starts_with("tauri")))
        .map(|package| Finding::new(&package.folder, "only src-tauri may depend on tauri"))
        .collect()
}

/// Every package takes the workspace's lints: no `unsafe`, no `unwrap`.
pub(super) fn lints(tree: &Tree) -> Vec<Finding> {
    let takes = |text: &str| {
        text.split_once("[lints]").is_some_and(|(_, rest)| {
            rest.lines()
                .take_while(|line| !line.starts_with('['))
                .any(|line| line.trim() == "workspace = true")
        })
    };
    tree.files
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml") && !takes(&file.text))
        .map(|file| Finding::new(&file.path, "does not take the workspace's lints"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    #[test]
    fn metadata_is_read() {
        let metadata = r#"{"workspace_root": "/r", "packages": [{"name": "a", "manifest_path": "/r/x/a/Cargo.toml",
            "dependencies": [{"name": "b", "kind": null}, {"name": "c", "kind": "dev"}]}]}"#;
        let packages = packages(metadata).unwrap();
        assert_eq!((packages[0].name.as_str(), packages[0].folder.as_str()), ("a", "x/a"));
        let dependencies: Vec<_> =
            packages[0].dependencies.iter().map(|d| (d.name.as_str(), d.dev)).collect();
        assert_eq!(dependencies, [("b", false), ("c", true)]);
        assert!(super::packages("{}").is_err());
    }

    #[test]
    fn an_arrow_against_the_direction_is_found() {
        let good: &[(&str, &[&str])] = &[
            ("vakhta-domain", &["serde"]),
            ("vakhta-app", &["vakhta-domain"]),
            ("vakhta-store", &["vakhta-app", "vakhta-domain", "dev:vakhta-testkit", "dev:vakhta-secrets"]),
            ("vakhta-testkit", &["vakhta-app"]),
            ("vakhta-runtime", &["vakhta-store"]),
            ("vakhta-it", &["vakhta-runtime", "isapi-sim"]),
            ("isapi-sim", &["tokio"]),
        ];
        assert_eq!(layers(&Tree::with(good)), []);
        for (from, to) in [
            ("vakhta-domain", "vakhta-app"),
            ("vakhta-store", "vakhta-isapi"),
            ("vakhta-store", "vakhta-secrets"),
            ("vakhta-app", "vakhta-runtime"),
            ("vakhta-store", "vakhta-testkit"),
            ("vakhta-runtime", "dev:isapi-sim"),
            ("isapi-sim", "vakhta-isapi"),
            ("vakhta-new", "serde"),
        ] {
            let bad = Tree::with(&[(from, &[to]), (to.trim_start_matches("dev:"), &[])]);
            assert!(
                layers(&bad).iter().any(|finding| finding.place.ends_with(from)),
                "{from} -> {to} was not found"
            );
        }
    }

    #[test]
    fn a_runtime_in_the_domain_is_found() {
        assert_eq!(domain_dependencies(&Tree::with(&[("vakhta-domain", &["serde", "dev:tokio"])])), []);
        let bad = Tree::with(&[("vakhta-domain", &["tokio"]), ("vakhta-store", &["tokio"])]);
        assert_eq!(places(&domain_dependencies(&bad)), ["src-tauri/crates/vakhta-domain"]);
    }

    #[test]
    fn a_window_in_a_crate_is_found() {
        assert_eq!(tauri_shell(&Tree::with(&[("vakhta", &["tauri", "tauri-plugin-dialog"])])), []);
        assert_eq!(tauri_shell(&Tree::with(&[("vakhta-runtime", &["tauri-utils"])])).len(), 1);
    }

    #[test]
    fn a_package_without_the_lints_is_found() {
        let good = "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n\n[dependencies]\n";
        let bad = "[package]\nversion.workspace = true\n\n[lints]\n\n[x]\nworkspace = true\n";
        let tree =
            Tree::of(&[("a/Cargo.toml", good), ("b/Cargo.toml", bad), ("Cargo.toml", "[workspace]\n")]);
        assert_eq!(places(&lints(&tree)), ["b/Cargo.toml"]);
    }
}

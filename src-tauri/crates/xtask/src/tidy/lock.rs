//! Rules about what `Cargo.lock` holds, and that of what is built apart.

use super::{Finding, Tree};

/// A crate, and why it is not wanted.
const UNWANTED: &[(&str, &str)] = &[
    ("aws-lc-rs", "a second crypto provider makes the first TLS use panic"),
    ("aws-lc-sys", "a second crypto provider makes the first TLS use panic"),
    ("openssl-sys", "TLS is rustls with ring, everywhere the same"),
    ("native-tls", "TLS is rustls with ring, everywhere the same"),
    ("async-std", "there is one async runtime, tokio"),
    ("smol", "there is one async runtime, tokio"),
    ("async-io", "there is one async runtime, tokio"),
    ("async-global-executor", "there is one async runtime, tokio"),
];

/// No second runtime and no second TLS.
pub(super) fn unwanted(tree: &Tree) -> Vec<Finding> {
    let locks = tree.files.iter().filter(|file| file.path.split('/').next_back() == Some("Cargo.lock"));
    locks
        .flat_map(|file| file.text.lines().map(move |line| (file, line)))
        .filter_map(|(file, line)| Some((file, line.strip_prefix("name = \"")?.strip_suffix('"')?)))
        .filter_map(|(file, name)| Some((file, UNWANTED.iter().find(|(unwanted, _)| *unwanted == name)?)))
        .map(|(file, (name, why))| Finding::new(&file.path, format!("holds {name}: {why}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unwanted_crate_is_found_by_its_whole_name() {
        let lock = "[[package]]\nname = \"async-io\"\nversion = \"2\"\ndependencies = [\n \"smol\",\n]\n\n\
                    [[package]]\nname = \"async-io-mini\"\n";
        let findings = unwanted(&Tree::of(&[("Cargo.lock", lock)]));
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(findings[0].wrong.starts_with("holds async-io:"));
    }
}

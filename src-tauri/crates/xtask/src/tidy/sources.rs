//! Rules about source code, read line by line.

use super::{File, Finding, Tree};

const LONG: usize = 500;

/// What a crate without clock, chance and I/O does not say.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::time",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "now_v7",
    "new_v4",
    "println!",
    "print!",
];

/// Lines of code with their numbers, from 1; comments are left out.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// Where the test module begins, which by custom is the last thing in a file.
fn tests_begin(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_module = |index: usize| {
        lines[index + 1..].iter().find(|line| !line.is_empty()).is_some_and(|line| {
            line.starts_with("mod ") || line.starts_with("pub mod ") || line.starts_with("pub(crate) mod ")
        })
    };
    (0..lines.len())
        .find(|&index| {
            lines[index].starts_with("#[cfg(") && lines[index].contains("test") && is_module(index)
        })
        .unwrap_or(lines.len())
}

fn rust(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.files.iter().filter(|file| file.path.ends_with(".rs"))
}

fn at(file: &File, line: usize) -> String {
    format!("{}:{line}", file.path)
}

/// Time, ids and randomness are arguments in the domain.
pub(super) fn domain_sources(tree: &Tree) -> Vec<Finding> {
    let files = rust(tree).filter(|file| file.path.starts_with("src-tauri/crates/domain/src/"));
    files
        .flat_map(|file| {
            let until = tests_begin(&file.text);
            code(&file.text).take_while(move |(line, _)| *line <= until).filter_map(move |(line, text)| {
                let word = IMPURE.iter().find(|word| text.contains(**word))?;
                Some(Finding::new(at(file, line), format!("the domain does no I/O: {word}")))
            })
        })
        .collect()
}

/// One folder of the user interface knows whether it is a window or a browser.
pub(super) fn tauri_seam(tree: &Tree) -> Vec<Finding> {
    let name = concat!("@tauri", "-apps/");
    let files = tree
        .files
        .iter()
        .filter(|file| file.path.starts_with("ui/src/") && !file.path.starts_with("ui/src/platform/"));
    files
        .filter(|file| file.text.contains(name))
        .map(|file| Finding::new(&file.path, format!("only ui/src/platform imports {name}")))
        .collect()
}

/// A crate says at its top what it is for.
pub(super) fn crate_docs(tree: &Tree) -> Vec<Finding> {
    let is_top = |path: &str| {
        let is_binary = path.split_once("/src/bin/").is_some_and(|(_, rest)| !rest.contains('/'));
        path.ends_with("/src/lib.rs") || path.ends_with("/src/main.rs") || is_binary
    };
    rust(tree)
        .filter(|file| is_top(&file.path) && !file.text.starts_with("//! "))
        .map(|file| Finding::new(&file.path, "begins without a comment (//!) that says what it is for"))
        .collect()
}

/// A test that is left out says why.
pub(super) fn ignored_tests(tree: &Tree) -> Vec<Finding> {
    let bare = concat!("#[ig", "nore]");
    rust(tree)
        .flat_map(|file| {
            code(&file.text)
                .filter(move |(_, text)| text.contains(bare))
                .map(move |(line, _)| Finding::new(at(file, line), "an ignored test without a reason"))
        })
        .collect()
}

/// Tests wait for what happens, not for time to pass.
pub(super) fn sleeping_tests(tree: &Tree) -> Vec<Finding> {
    rust(tree)
        .flat_map(|file| {
            let from = if is_test(&file.path) { 0 } else { tests_begin(&file.text) };
            code(&file.text)
                .filter(move |(line, text)| *line > from && text.contains(concat!("sl", "eep(")))
                .map(move |(line, _)| Finding::new(at(file, line), "a test that sleeps"))
        })
        .collect()
}

/// The simulator and what measures and torments lie under `tests/`, but are programs with tests
/// of their own.
fn is_test(path: &str) -> bool {
    let program = ["tests/isapi-sim/", "tests/bench/"].iter().find_map(|folder| path.strip_prefix(folder));
    let path = program.unwrap_or(path);
    path.split('/').any(|folder| folder == "tests")
}

/// Only a warning: a file that one can no longer hold in the head.
pub(super) fn long_files(tree: &Tree) -> Vec<Finding> {
    let is_source = |path: &str| [".rs", ".ts", ".svelte", ".sh"].iter().any(|end| path.ends_with(end));
    tree.files
        .iter()
        .filter(|file| is_source(&file.path))
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LONG)
        .map(|(file, lines)| Finding::new(&file.path, format!("{lines} lines")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    #[test]
    fn a_clock_in_the_domain_is_found_outside_comments_and_tests() {
        let text = "// std::fs is not used\nlet now = Timestamp::now();\n\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        let tree = Tree::of(&[
            ("src-tauri/crates/domain/src/a.rs", text),
            ("src-tauri/crates/store/src/a.rs", text),
        ]);
        assert_eq!(places(&domain_sources(&tree)), ["src-tauri/crates/domain/src/a.rs:2"]);
    }

    #[test]
    fn a_window_outside_the_seam_is_found() {
        let text = concat!("import { invoke } from '@tauri", "-apps/api/core'");
        let tree = Tree::of(&[("ui/src/platform/tauri.ts", text), ("ui/src/views/a.svelte", text)]);
        assert_eq!(places(&tauri_seam(&tree)), ["ui/src/views/a.svelte"]);
    }

    #[test]
    fn a_crate_without_a_word_is_found() {
        let tree = Tree::of(&[
            ("a/src/lib.rs", "//! It does.\n"),
            ("b/src/lib.rs", "mod c;\n"),
            ("b/src/bin/d.rs", "fn main() {}\n"),
            ("b/src/bin/d/part.rs", "fn part() {}\n"),
        ]);
        assert_eq!(places(&crate_docs(&tree)), ["b/src/lib.rs", "b/src/bin/d.rs"]);
    }

    #[test]
    fn an_ignored_test_without_a_reason_is_found() {
        let bare = concat!("#[test]\n#[ig", "nore]\nfn a() {}\n");
        let reason = concat!("#[test]\n#[ig", "nore = \"slow\"]\nfn a() {}\n");
        assert_eq!(places(&ignored_tests(&Tree::of(&[("a.rs", bare), ("b.rs", reason)]))), ["a.rs:2"]);
    }

    #[test]
    fn a_sleeping_test_is_found_wherever_tests_are() {
        let naps = concat!("fn a() { thread::sl", "eep(x) }\n");
        let inside = format!("{naps}#[cfg(all(test, unix))]\nmod tests {{\n    {naps}}}\n");
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", naps),
            ("crates/b/src/lib.rs", &inside),
            ("crates/c/tests/d.rs", naps),
            ("tests/it/src/lib.rs", naps),
            ("tests/isapi-sim/src/lib.rs", naps),
            ("tests/isapi-sim/tests/e.rs", naps),
        ]);
        let found = [
            "crates/b/src/lib.rs:4",
            "crates/c/tests/d.rs:1",
            "tests/it/src/lib.rs:1",
            "tests/isapi-sim/tests/e.rs:1",
        ];
        assert_eq!(places(&sleeping_tests(&tree)), found);
    }

    #[test]
    fn a_long_file_is_warned_of() {
        let tree =
            Tree::of(&[("a.rs", &"x\n".repeat(501)), ("b.rs", "x\n"), ("Cargo.lock", &"x\n".repeat(900))]);
        assert_eq!(places(&long_files(&tree)), ["a.rs"]);
    }
}

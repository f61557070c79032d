//! Everything that was ever worth keeping of what fuzzing tried, through the same properties.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use vakhta_fuzz::TARGETS;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn holds(name: &str) {
    let (_, run) = TARGETS.iter().find(|(target, _)| *target == name).unwrap();
    let folder = corpus().join(name);
    let files = names(&folder);
    assert!(files.len() >= 12, "{name} has {} inputs", files.len());
    for file in files {
        let bytes = std::fs::read(folder.join(&file)).unwrap();
        if std::panic::catch_unwind(|| run(&bytes)).is_err() {
            panic!("corpus/{name}/{file} breaks a property");
        }
    }
}

#[test]
fn alert_stream_holds() {
    holds("alert_stream");
}

#[test]
fn event_xml_holds() {
    holds("event_xml");
}

#[test]
fn event_json_holds() {
    holds("event_json");
}

#[test]
fn digest_challenge_holds() {
    holds("digest_challenge");
}

#[test]
fn operation_holds() {
    holds("operation");
}

#[test]
fn page_command_holds() {
    holds("page_command");
}

#[test]
fn every_target_is_tested_and_can_be_run() {
    let names_of: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&corpus()), names_of);
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("libfuzzer/fuzz_targets");
    let files: BTreeSet<String> = names_of.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names(&targets), files);
    for (name, run) in TARGETS {
        run(b"");
        run(name.as_bytes());
    }
}

//! `fuzz`: looks for bytes from outside that break a property of `tests/fuzz`.
//!
//! `cargo-fuzz` builds the targets with libFuzzer. Without a sanitizer a stable compiler is enough for
//! that, and there is nothing for one to find: no code of ours is `unsafe`. See ADR 11.

use std::fs;
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::shell::{cargo, plain, root, run, succeeds, words};

/// How long each target is tried.
const SECONDS: u64 = 30;
/// What libFuzzer is built in; too little of it is shared with what is built otherwise.
const BUILT: &str = "target/fuzz";
const FOLDER: &str = "tests/fuzz/libfuzzer";
/// What is in the repository. What a run finds stays in [`BUILT`], for the next run.
const CORPUS: &str = "tests/fuzz/corpus";
/// A target, and how long its inputs may get, in bytes.
const TARGETS: &[(&str, u32)] = &[
    ("alert_stream", 2_048),
    ("event_xml", 8_192),
    ("event_json", 8_192),
    ("digest_challenge", 1_024),
    ("operation", 1_024),
    ("page_command", 2_048),
];

/// What a run of one target came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Run {
    executions: u64,
    a_second: u64,
    /// Edges of the program that were reached.
    coverage: u64,
    /// Inputs that reached something that no other had.
    new: u64,
    /// The input that broke a property, was too slow, or took too much memory.
    broke: Option<String>,
}

/// Runs all targets, or the one that is named.
pub(crate) fn command(arguments: &[String]) -> Outcome {
    let (seconds, only) = options(arguments)?;
    if !succeeds(cargo(&["fuzz", "--version"])?) {
        println!("fuzz: installing cargo-fuzz (builds with libFuzzer); this takes some minutes");
        run(cargo(&["install", "cargo-fuzz", "--locked"])?)?;
    }
    println!("fuzz: building in {BUILT}; the first time takes long");
    run(fuzz("build", &[])?)?;
    let mut broken = Vec::new();
    for (name, longest) in TARGETS.iter().filter(|(name, _)| only.as_ref().is_none_or(|only| only == name)) {
        let Run { executions, a_second, coverage, new, broke } = one(name, *longest, seconds)?;
        println!(
            "fuzz: {name}: {executions} executions ({a_second}/s), coverage {coverage}, {new} new inputs"
        );
        if let Some(input) = broke {
            println!("fuzz: {name}: BROKEN by {input}; what it said is in {}", log(name));
            println!("      again: {} {input}", words(&fuzz("run", &[name])?));
            println!("      made small: {} {input}", words(&fuzz("tmin", &[name])?));
            println!("      for everybody's tests: cp {input} {CORPUS}/{name}/");
            broken.push(*name);
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(format!("broken: {}", broken.join(", "))) }
}

fn options(arguments: &[String]) -> Outcome<(u64, Option<&str>)> {
    let (mut seconds, mut only) = (SECONDS, None);
    let mut rest = arguments.iter().map(String::as_str);
    while let Some(option) = rest.next() {
        match (option, rest.next()) {
            ("--seconds", Some(number)) => {
                let number = number.parse().ok().filter(|seconds| *seconds > 0);
                seconds = number.ok_or("--seconds takes a number of seconds")?;
            }
            ("--only", Some(name)) if TARGETS.iter().any(|(target, _)| *target == name) => only = Some(name),
            _ => {
                let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
                return Err(format!("fuzz [--seconds N] [--only NAME]; the names are {}", names.join(", ")));
            }
        }
    }
    Ok((seconds, only))
}

/// `cargo fuzz`, always on the same folders.
fn fuzz(what: &str, arguments: &[&str]) -> Outcome<Command> {
    let mut command =
        cargo(&["fuzz", what, "--fuzz-dir", FOLDER, "--sanitizer", "none", "--target-dir", BUILT])?;
    command.args(arguments);
    Ok(command)
}

fn log(name: &str) -> String {
    format!("{BUILT}/{name}.log")
}

fn one(name: &str, longest: u32, seconds: u64) -> Outcome<Run> {
    let root = root()?;
    let own = format!("{BUILT}/corpus/{name}");
    fs::create_dir_all(root.join(&own)).map_err(|error| format!("{own}: {error}"))?;
    let mut command = fuzz("run", &[name, &own, &format!("{CORPUS}/{name}"), "--"])?;
    command.args([
        format!("-max_total_time={seconds}"),
        format!("-max_len={longest}"),
        "-timeout=10".to_owned(),
        "-rss_limit_mb=1024".to_owned(),
        "-print_final_stats=1".to_owned(),
    ]);
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{}: {error}", words(&command)))?;
    let text = plain(&String::from_utf8_lossy(&output.stderr));
    let log = log(name);
    fs::write(root.join(&log), &text).map_err(|error| format!("{log}: {error}"))?;
    let run = read(&text);
    if output.status.success() || run.broke.is_some() {
        Ok(run)
    } else {
        let last: Vec<&str> = text.lines().rev().take(5).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        Err(format!("{name}: {}; see {log}:\n{}", output.status, last.join("\n")))
    }
}

/// Reads what libFuzzer writes.
fn read(text: &str) -> Run {
    let mut run = Run::default();
    for line in text.lines() {
        let number = |name: &str| line.strip_prefix(name)?.trim().parse::<u64>().ok();
        if let Some(number) = number("stat::number_of_executed_units:") {
            run.executions = number;
        } else if let Some(number) = number("stat::average_exec_per_sec:") {
            run.a_second = number;
        } else if let Some(number) = number("stat::new_units_added:") {
            run.new = number;
        } else if let Some((_, path)) = line.split_once("Test unit written to ") {
            run.broke = Some(path.trim().to_owned());
        } else if let Some((_, rest)) = line.split_once(" cov: ") {
            let number = rest.split(' ').next().and_then(|number| number.parse().ok());
            run.coverage = number.unwrap_or(run.coverage);
        }
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &str = "INFO: Seed: 1\n#2\tINITED cov: 90 ft: 91 corp: 1/1b exec/s: 0 rss: 31Mb\n\
        #262144\tpulse  cov: 1420 ft: 4711 corp: 210/9Kb lim: 213 exec/s: 87381 rss: 40Mb\n";

    #[test]
    fn what_libfuzzer_writes_is_read() {
        let done = "Done 300000 runs in 4 second(s)\nstat::number_of_executed_units: 300000\n\
            stat::average_exec_per_sec:     75000\nstat::new_units_added:          209\n";
        let good = Run { executions: 300_000, a_second: 75_000, coverage: 1420, new: 209, broke: None };
        assert_eq!(read(&format!("{TOLD}{done}")), good);
        let broke = "==7== ERROR: libFuzzer: deadly signal\n\
            artifact_prefix='artifacts/a/'; Test unit written to artifacts/a/crash-0b\n";
        assert_eq!(read(&format!("{TOLD}{broke}")).broke.as_deref(), Some("artifacts/a/crash-0b"));
    }

    #[test]
    fn options_in_any_order() {
        let read = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            options(&words).map(|(seconds, only)| (seconds, only.map(str::to_owned)))
        };
        assert_eq!(read(""), Ok((SECONDS, None)));
        assert_eq!(read("--only operation --seconds 5"), Ok((5, Some("operation".to_owned()))));
        for bad in ["--seconds", "--seconds 0", "--seconds x", "--only nothing", "operation"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_corpus_has_its_target() {
        let folders = fs::read_dir(root().unwrap().join(CORPUS)).unwrap();
        let mut names: Vec<String> =
            folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let mut targets: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        targets.sort_unstable();
        assert_eq!(names, targets);
    }
}

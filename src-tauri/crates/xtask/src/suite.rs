//! `test`: everything that must hold before a change is taken.

use std::fmt::Write as _;
use std::time::Instant;

use crate::Outcome;
use crate::shell::{Stream, cargo, colour, run, watched};
use crate::{setup, tidy, ui};

/// What a step found out.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Fine,
    Noted(String),
    Tested(Counts),
}

/// Numbers of tests, as the runner gave them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

struct Step {
    name: &'static str,
    about: &'static str,
    /// Not run where an earlier step of this name failed.
    needs: Option<&'static str>,
    run: fn() -> Outcome<Found>,
}

const STEPS: &[Step] = &[
    Step { name: "fmt", about: "cargo fmt --all --check", needs: None, run: fmt },
    Step { name: "generated", about: "the contract's types are up to date", needs: None, run: generated },
    Step { name: "page", about: "the page: npm ci, build", needs: None, run: page },
    Step { name: "page-check", about: "its types and templates", needs: Some("page"), run: page_check },
    Step { name: "page-lint", about: "its lints and boundaries", needs: Some("page"), run: page_lint },
    Step { name: "page-tests", about: "vitest", needs: Some("page"), run: page_tests },
    Step { name: "tidy", about: "the invariants of the repository", needs: None, run: invariants },
    Step { name: "clippy", about: "cargo clippy, warnings denied", needs: None, run: clippy },
    Step { name: "build", about: "the programs that tests drive", needs: None, run: build },
    Step { name: "tests", about: "cargo nextest run", needs: Some("build"), run: nextest },
    Step { name: "doc", about: "examples in the documentation", needs: Some("build"), run: doc_tests },
];

enum Ended {
    Found(Found),
    Failed(String, Counts),
    NotRun(&'static str),
}

/// Runs all steps, or the one that is named.
pub(crate) fn command(arguments: &[String]) -> Outcome {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let only = match words[..] {
        [] => None,
        ["--only", name] if STEPS.iter().any(|step| step.name == name) => Some(name),
        _ => {
            let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
            return Err(format!("test [--only STEP]; the steps are {}", names.join(", ")));
        }
    };
    setup::command(&[])?;
    let begun = Instant::now();
    let mut ended: Vec<(&'static str, Ended)> = Vec::new();
    for step in STEPS.iter().filter(|step| only.is_none_or(|name| name == step.name)) {
        let failed = |name: &str| {
            ended.iter().any(|(other, ended)| *other == name && !matches!(ended, Ended::Found(_)))
        };
        if let Some(needed) = step.needs.filter(|needed| failed(needed)) {
            ended.push((step.name, Ended::NotRun(needed)));
            continue;
        }
        eprintln!("\n== {}: {}", step.name, step.about);
        let at = Instant::now();
        let result = match (step.run)() {
            Ok(Found::Tested(counts)) if counts.failed > 0 => {
                Ended::Failed(format!("{} failed", counts.failed), counts)
            }
            Ok(found) => Ended::Found(found),
            Err(error) => Ended::Failed(error, Counts::default()),
        };
        let seconds = at.elapsed().as_secs_f32();
        match &result {
            Ended::Failed(error, _) => eprintln!("== {}: FAILED in {seconds:.1} s: {error}", step.name),
            _ => eprintln!("== {}: ok in {seconds:.1} s", step.name),
        }
        ended.push((step.name, result));
    }
    let (summary, counts) = summary(&ended);
    println!("\nvakhta: {summary}, in {} s", begun.elapsed().as_secs());
    if let Some(Counts { passed, failed, skipped }) = counts {
        println!("{passed} passed, {failed} failed, {skipped} skipped");
    }
    let bad: Vec<&str> =
        ended.iter().filter(|(_, e)| !matches!(e, Ended::Found(_))).map(|(name, _)| *name).collect();
    if bad.is_empty() { Ok(()) } else { Err(format!("not ok: {}", bad.join(", "))) }
}

/// The closing line, and the sum of the tests where any were run.
fn summary(ended: &[(&str, Ended)]) -> (String, Option<Counts>) {
    let mut line = String::new();
    let mut sum: Option<Counts> = None;
    for (name, ended) in ended {
        if let Ended::Found(Found::Tested(counts)) | Ended::Failed(_, counts) = ended
            && *counts != Counts::default()
        {
            let sum = sum.get_or_insert_default();
            sum.passed += counts.passed;
            sum.failed += counts.failed;
            sum.skipped += counts.skipped;
        }
        let _ = match ended {
            Ended::Found(Found::Fine) => write!(line, "{name} ok, "),
            Ended::Found(Found::Noted(note)) => write!(line, "{name} ok ({note}), "),
            Ended::Found(Found::Tested(_)) => Ok(()),
            // A runner's failures stand in the sum; a step that broke before has none there.
            Ended::Failed(_, counts) if *counts != Counts::default() => Ok(()),
            Ended::Failed(..) => write!(line, "{name} FAILED, "),
            Ended::NotRun(needed) => write!(line, "{name} not run ({needed} failed), "),
        };
    }
    if let Some(Counts { passed, failed, .. }) = sum {
        let _ = write!(line, "{passed} tests passed, {failed} failed");
    }
    (line.trim_end_matches(", ").to_owned(), sum)
}

fn fmt() -> Outcome<Found> {
    run(cargo(&["fmt", "--all", "--check"])?).map(|()| Found::Fine)
}

fn invariants() -> Outcome<Found> {
    tidy::check().map(|rules| Found::Noted(format!("{rules} rules")))
}

fn generated() -> Outcome<Found> {
    ui::generate(&["--check".to_owned()]).map(|()| Found::Fine)
}

fn page() -> Outcome<Found> {
    ui::build().map(|()| Found::Fine)
}

fn page_check() -> Outcome<Found> {
    run(ui::npm("ui", &["run", "--silent", "check"])?).map(|()| Found::Fine)
}

fn page_lint() -> Outcome<Found> {
    run(ui::npm("ui", &["run", "--silent", "lint"])?).map(|()| Found::Fine)
}

fn page_tests() -> Outcome<Found> {
    let (well, text) = watched(ui::npm("ui", &["run", "--silent", "test"])?, Stream::Output)?;
    tested(well, vitest_counts(&text).ok_or("vitest ran no tests")?)
}

/// `      Tests  1 failed | 24 passed | 2 skipped (27)`.
fn vitest_counts(text: &str) -> Option<Counts> {
    let line = text.lines().rev().find_map(|line| line.trim_start().strip_prefix("Tests "))?;
    let mut counts = Counts::default();
    for part in line.split(['|', '(']) {
        let Some((number, what)) = part.trim().split_once(' ') else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        match what.trim() {
            "passed" => counts.passed += number,
            "failed" => counts.failed += number,
            "skipped" | "todo" => counts.skipped += number,
            _ => {}
        }
    }
    Some(counts)
}

fn clippy() -> Outcome<Found> {
    run(cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])?)
        .map(|()| Found::Fine)
}

/// Cargo builds the programs of a package for that package's own tests only; `tests/it` drives
/// those of others.
fn build() -> Outcome<Found> {
    run(cargo(&["build", "--workspace", "--bins", "--locked"])?).map(|()| Found::Fine)
}

fn nextest() -> Outcome<Found> {
    let command =
        cargo(&["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--color", colour()])?;
    let (well, text) = watched(command, Stream::Errors)?;
    tested(well, nextest_counts(&text).ok_or("nextest ran no tests: it does not build")?)
}

fn doc_tests() -> Outcome<Found> {
    let (well, text) =
        watched(cargo(&["test", "--doc", "--workspace", "--locked", "--no-fail-fast"])?, Stream::Output)?;
    tested(well, libtest_counts(&text))
}

/// A runner that fails without a failed test has something to say that is not to be swallowed.
fn tested(well: bool, counts: Counts) -> Outcome<Found> {
    if well || counts.failed > 0 {
        Ok(Found::Tested(counts))
    } else {
        Err(format!("the runner failed after {} tests that passed", counts.passed))
    }
}

/// `Summary [ 1.4s] 25 tests run: 22 passed (1 slow), 2 failed, 1 timed out, 4 skipped`.
fn nextest_counts(text: &str) -> Option<Counts> {
    let line = text.lines().rev().find(|line| line.trim_start().starts_with("Summary ["))?;
    let (_, numbers) = line.split_once(" run: ")?;
    let mut counts = Counts::default();
    for part in numbers.split(", ") {
        let (number, what) = part.trim().split_once(' ')?;
        // "22 passed (1 slow" and "2 flaky)" are what is left of a list in brackets.
        let Ok(number) = number.parse::<u64>() else { continue };
        match what.split(" (").next()? {
            "passed" => counts.passed += number,
            "skipped" => counts.skipped += number,
            "failed" | "timed out" | "exec failed" => counts.failed += number,
            _ => {}
        }
    }
    Some(counts)
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; …`, once for each crate.
fn libtest_counts(text: &str) -> Counts {
    let mut counts = Counts::default();
    for line in text.lines().filter(|line| line.starts_with("test result: ")) {
        for part in line.split([';', '.']) {
            let mut words = part.split_whitespace();
            let (Some(Ok(number)), Some(what)) = (words.next().map(str::parse::<u64>), words.next()) else {
                continue;
            };
            match what {
                "passed" => counts.passed += number,
                "failed" => counts.failed += number,
                "ignored" => counts.skipped += number,
                _ => {}
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn counts(passed: u64, failed: u64, skipped: u64) -> Counts {
        Counts { passed, failed, skipped }
    }

    #[test]
    fn nextests_numbers_are_read_as_it_writes_them() {
        let text =
            "        PASS [   0.1s] a\n────\n     Summary [   1.449s] 25 tests run: 25 passed, 0 skipped\n";
        assert_eq!(nextest_counts(text), Some(counts(25, 0, 0)));
        let text = "     Summary [ 12.0s] 30/40 tests run: 25 passed (2 slow, 1 flaky), 3 failed, 1 timed out, 1 exec failed, 4 skipped\n        FAIL b\n";
        assert_eq!(nextest_counts(text), Some(counts(25, 5, 4)));
        assert_eq!(nextest_counts("error: could not compile"), None);
    }

    #[test]
    fn libtests_numbers_are_summed_over_crates() {
        let text = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.20s\n\
                    test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(libtest_counts(text), counts(4, 2, 1));
    }

    #[test]
    fn a_runner_that_fails_for_itself_is_no_success() {
        assert!(tested(false, counts(5, 0, 0)).is_err());
        assert_eq!(tested(false, counts(5, 1, 0)), Ok(Found::Tested(counts(5, 1, 0))));
    }

    #[test]
    fn the_closing_line_says_what_was_and_what_was_not_run() {
        let good = [
            ("fmt", Ended::Found(Found::Fine)),
            ("tidy", Ended::Found(Found::Noted("14 rules".into()))),
            ("tests", Ended::Found(Found::Tested(counts(212, 0, 1)))),
        ];
        let (line, sum) = summary(&good);
        assert_eq!(line, "fmt ok, tidy ok (14 rules), 212 tests passed, 0 failed");
        assert_eq!(sum, Some(counts(212, 0, 1)));
        let bad = [
            ("fmt", Ended::Failed("unformatted".into(), Counts::default())),
            ("build", Ended::Failed("broken".into(), Counts::default())),
            ("tests", Ended::NotRun("build")),
        ];
        assert_eq!(summary(&bad), ("fmt FAILED, build FAILED, tests not run (build failed)".into(), None));
        let failing = [("tests", Ended::Failed("2 failed".into(), counts(3, 2, 0)))];
        assert_eq!(summary(&failing).0, "3 tests passed, 2 failed");
    }
}

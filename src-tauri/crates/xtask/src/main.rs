//! `cargo xtask`: setting up, demonstrating, testing and keeping the repository tidy.
//!
//! A command is a line in [`COMMANDS`] and a module of its own.

mod bench;
mod demo;
mod fuzz;
mod processes;
mod setup;
mod shell;
mod suite;
mod tidy;
mod ui;
mod windows;

use std::process::ExitCode;

/// What a command ends with; the text is for the person at the terminal.
pub(crate) type Outcome<T = ()> = Result<T, String>;

struct Command {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Outcome,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "setup",
        arguments: "",
        about: "install what building and testing need; silent when all is there",
        run: setup::command,
    },
    Command {
        name: "test",
        arguments: "[--only STEP]",
        about: "format, lints, invariants, build and all tests",
        run: suite::command,
    },
    Command { name: "ui", arguments: "", about: "builds the page into ui/dist", run: ui::command },
    Command {
        name: "generate",
        arguments: "[--check]",
        about: "writes the contract's types for the page",
        run: ui::generate,
    },
    Command {
        name: "tidy",
        arguments: "[--bless]",
        about: "the invariants of the repository; --bless records new migrations",
        run: tidy::command,
    },
    Command {
        name: "demo",
        arguments: "[--headless] [--speed N]",
        about: "three simulated devices, a desk of expected visits, and what happens",
        run: demo::command,
    },
    Command {
        name: "bench",
        arguments: "[--quick] [--only NAME]",
        about: "the table of goals, measured; judges nothing",
        run: bench::bench,
    },
    Command {
        name: "torture",
        arguments: "[--rounds N] [--minutes M]",
        about: "long loops of faults; --full for 1,000 kills, --only, --seed, --release",
        run: bench::torture,
    },
    Command {
        name: "fuzz",
        arguments: "[--seconds N] [--only NAME]",
        about: "looks for bytes from outside that break a property; 30 s each",
        run: fuzz::command,
    },
    Command {
        name: "check-windows",
        arguments: "",
        about: "cross-compile for Windows with Debian's packages",
        run: windows::command,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        eprint!("{}", usage());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", usage());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprint!("there is no command {name:?}\n\n{}", usage());
        return ExitCode::from(2);
    };
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let mut text = "cargo xtask COMMAND\n\n".to_owned();
    for Command { name, arguments, about, .. } in COMMANDS {
        text.push_str(&format!("  {:<32} {about}\n", format!("{name} {arguments}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_names_every_command() {
        for command in COMMANDS {
            assert!(usage().contains(command.name));
        }
    }
}

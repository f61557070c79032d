//! Running other programs, from the repository's root.

use std::env;
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;

/// The repository's root.
pub(crate) fn root() -> Outcome<PathBuf> {
    let start = match env::var_os("CARGO_MANIFEST_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => env::current_dir().map_err(|error| format!("no current folder: {error}"))?,
    };
    start
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").is_file() && folder.join("src-tauri").is_dir())
        .map(Path::to_path_buf)
        .ok_or_else(|| format!("{} is not in the repository", start.display()))
}

/// A program to be run from the root.
pub(crate) fn program(name: &str, arguments: &[&str]) -> Outcome<Command> {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(root()?);
    Ok(command)
}

/// The cargo that runs this.
pub(crate) fn cargo(arguments: &[&str]) -> Outcome<Command> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    program(&cargo, arguments)
}

/// Runs, with this terminal; an error when it fails.
pub(crate) fn run(mut command: Command) -> Outcome {
    let status = command.status().map_err(|error| format!("{}: {error}", words(&command)))?;
    if status.success() { Ok(()) } else { Err(format!("{}: {status}", words(&command))) }
}

/// What it writes to its output; an error when it fails.
pub(crate) fn output(mut command: Command) -> Outcome<String> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("{}: {error}", words(&command)))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {}: {}", words(&command), output.status, why.trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{}: writes no text", words(&command)))
}

/// Whether it can be run and succeeds; what it writes is dropped.
pub(crate) fn succeeds(mut command: Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// Runs and shows what it writes to `from` as it comes, and returns it without colours.
pub(crate) fn watched(mut command: Command, from: Stream) -> Outcome<(bool, String)> {
    let failed = |command: &Command, error| format!("{}: {error}", words(command));
    match from {
        Stream::Output => command.stdout(Stdio::piped()),
        Stream::Errors => command.stderr(Stdio::piped()),
    };
    let mut child = command.spawn().map_err(|error| failed(&command, error))?;
    let pipe: Option<Box<dyn std::io::Read>> = match from {
        Stream::Output => child.stdout.take().map(|pipe| Box::new(pipe) as _),
        Stream::Errors => child.stderr.take().map(|pipe| Box::new(pipe) as _),
    };
    let mut text = String::new();
    if let Some(pipe) = pipe {
        let mut lines = BufReader::new(pipe);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).map_err(|error| failed(&command, error))? > 0 {
            let shown = String::from_utf8_lossy(&line);
            eprint!("{shown}");
            text.push_str(&plain(&shown));
            line.clear();
        }
    }
    let status = child.wait().map_err(|error| failed(&command, error))?;
    Ok((status.success(), text))
}

/// Which of a program's two streams.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Output,
    Errors,
}

/// `always` where a person looks on: a program whose stream is read would leave colours out.
pub(crate) fn colour() -> &'static str {
    if std::io::stderr().is_terminal() { "always" } else { "never" }
}

/// The text without the escapes that colour it.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Whether a tool is on the path.
pub(crate) fn on_path(tool: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| {
        env::split_paths(&path).any(|folder| {
            folder.join(tool).is_file() || (cfg!(windows) && folder.join(format!("{tool}.exe")).is_file())
        })
    })
}

/// The command as one would type it.
pub(crate) fn words(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    if let Some(name) = Path::new(&words[0]).file_name() {
        words[0] = name.to_string_lossy().into_owned();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out() {
        assert_eq!(plain("\u{1b}[32;1m   PASS\u{1b}[0m [0.1s] a\n"), "   PASS [0.1s] a\n");
    }

    #[test]
    fn the_root_is_found() {
        assert!(root().unwrap().join("clippy.toml").is_file());
    }

    #[test]
    fn a_failing_program_is_an_error_that_names_it() {
        let error = run(program("cargo", &["no-such-command-at-all"]).unwrap()).unwrap_err();
        assert!(error.starts_with("cargo no-such-command-at-all: "), "{error}");
    }
}

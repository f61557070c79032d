//! Scripted days: a file of times and happenings, one a line.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::event::Pass;
use crate::simulator::Handle;

/// The language, as `--help-script` shows it.
pub const SCRIPT_HELP: &str = "\
A script is a text file, one step a line. '#' begins a comment, \"…\" holds spaces.

  start HH:MM[:SS]               the time of day at which playing begins (default 00:00)
  person NO [\"NAME\"] [card CARD] somebody to refer to; passes use the card unless told otherwise
  at TIME ACTION                 TIME is HH:MM[:SS], or +SECONDS after the step before
                                 (+0 for at once); times must not go back

Actions:
  pass NO [DETAILS]              a grant: 5/1 when the person has a card, 5/75 (face) otherwise
  refuse MINOR [DETAILS]         5/MINOR: 6 no permission, 8 expired, 9 unknown card, 76 face …
  event MAJOR MINOR [DETAILS]    anything else
  door open|close|unlock|lock|forced|held|button
  bell                           the call button, 5/37
  burst N at R/s                 N card grants, R a second
  burst N fast                   N card grants as fast as possible
  fault NAME[=VALUE]             NAME=off switches it off
  clock SECONDS                  the device's clock steps (may be negative)
  password TEXT
  clear-log | swap-hardware | unplug | plug

Details: person NO, card CARD, name TEXT, minor M, reader N, door N, attendance TEXT,
  user-type TEXT, picture (a tiny JPEG)
";

/// What is wrong with a script, or with a step while playing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("script line {line}: {reason}")]
pub struct ScriptError {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// A day that was read.
#[derive(Clone, Debug, Default)]
pub struct Script {
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
struct Step {
    /// Since the start of the day's playing.
    at: Duration,
    line: usize,
    action: Action,
}

#[derive(Clone, Debug)]
enum Action {
    Pass(Pass),
    Burst { count: u32, rate: f64 },
    Fault(String),
    Clock(i64),
    Password(String),
    ClearLog,
    SwapHardware,
    Unplug,
    Plug,
}

#[derive(Clone, Debug, Default)]
struct Person {
    name: Option<String>,
    card: Option<String>,
}

type Words<'a> = std::iter::Peekable<std::slice::Iter<'a, String>>;

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn parse(source: &str) -> Result<Script, ScriptError> {
        let mut persons = HashMap::new();
        let mut start = Duration::ZERO;
        let mut last = Duration::ZERO;
        let mut steps: Vec<Step> = Vec::new();
        for (i, text) in source.lines().enumerate() {
            let line = i + 1;
            let words = split(text).map_err(|reason| ScriptError { line, reason })?;
            let mut words = words.iter().peekable();
            let step = (|| match words.next().map(String::as_str) {
                None => Ok(None),
                Some("start") if steps.is_empty() => {
                    start = time_of_day(next(&mut words, "a time")?)?;
                    last = start;
                    Ok(None)
                }
                Some("start") => Err("start must come before the first step".to_owned()),
                Some("person") => {
                    let number = next(&mut words, "a person number")?.to_owned();
                    persons.insert(number, person(&mut words)?);
                    Ok(None)
                }
                Some("at") => {
                    let time = next(&mut words, "a time")?;
                    let at = match time.strip_prefix('+') {
                        Some(seconds) => last + duration(seconds)?,
                        None => time_of_day(time)?,
                    };
                    if at < last {
                        return Err("goes back in time".to_owned());
                    }
                    last = at;
                    Ok(Some(Step { at: at - start, line, action: action(&mut words, &persons)? }))
                }
                Some(other) => Err(format!("unknown: {other}")),
            })()
            .map_err(|reason| ScriptError { line, reason })?;
            if let Some(extra) = words.next() {
                return Err(ScriptError { line, reason: format!("unexpected: {extra}") });
            }
            steps.extend(step);
        }
        Ok(Script { steps })
    }

    /// How many steps it has.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether nothing happens.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.peek().copied() {
        if c == '#' {
            break;
        }
        if c.is_whitespace() {
            chars.next();
            continue;
        }
        let mut word = String::new();
        if chars.next_if_eq(&'"').is_some() {
            loop {
                match chars.next() {
                    Some('"') => break,
                    Some(c) => word.push(c),
                    None => return Err("a quote is not closed".into()),
                }
            }
        } else {
            while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
                word.push(c);
            }
        }
        words.push(word);
    }
    Ok(words)
}

fn next<'a>(words: &mut Words<'a>, what: &str) -> Result<&'a str, String> {
    words.next().map(String::as_str).ok_or_else(|| format!("{what} is missing"))
}

fn number<T: std::str::FromStr>(words: &mut Words, what: &str) -> Result<T, String> {
    let word = next(words, what)?;
    word.parse().map_err(|_| format!("{what} expected, not {word:?}"))
}

fn duration(seconds: &str) -> Result<Duration, String> {
    let wrong = || format!("seconds expected, not {seconds:?}");
    Duration::try_from_secs_f64(seconds.parse().map_err(|_| wrong())?).map_err(|_| wrong())
}

fn time_of_day(text: &str) -> Result<Duration, String> {
    let wrong = || format!("a time like 08:05 or 08:05:30 expected, not {text:?}");
    let fields =
        text.split(':').map(str::parse::<u64>).collect::<Result<Vec<_>, _>>().map_err(|_| wrong())?;
    match fields[..] {
        [h, m] if h < 48 && m < 60 => Ok(Duration::from_secs(h * 3600 + m * 60)),
        [h, m, s] if h < 48 && m < 60 && s < 60 => Ok(Duration::from_secs(h * 3600 + m * 60 + s)),
        _ => Err(wrong()),
    }
}

fn person(words: &mut Words) -> Result<Person, String> {
    let mut out = Person::default();
    while let Some(word) = words.next() {
        if word == "card" {
            out.card = Some(next(words, "a card number")?.to_owned());
        } else {
            out.name = Some(word.clone());
        }
    }
    Ok(out)
}

fn action(words: &mut Words, persons: &HashMap<String, Person>) -> Result<Action, String> {
    Ok(match next(words, "an action")? {
        "pass" => {
            let no = next(words, "a person number")?;
            Action::Pass(details(with_person(Pass::granted(), no, persons), words, persons)?)
        }
        "refuse" => {
            let pass = Pass::refused(number(words, "a minor code")?);
            Action::Pass(details(pass, words, persons)?)
        }
        "event" => {
            let pass = Pass::code(number(words, "a major code")?, number(words, "a minor code")?);
            Action::Pass(details(pass, words, persons)?)
        }
        "door" => {
            let minor = match next(words, "open, close, unlock, lock, forced, held or button")? {
                "unlock" => 21,
                "lock" => 22,
                "button" => 23,
                "open" => 25,
                "close" => 26,
                "forced" => 27,
                "held" => 28,
                other => return Err(format!("a door cannot {other:?}")),
            };
            Action::Pass(details(Pass::code(5, minor), words, persons)?)
        }
        "bell" => Action::Pass(details(Pass::doorbell(), words, persons)?),
        "burst" => {
            let count = number(words, "a number of events")?;
            match next(words, "'at R/s' or 'fast'")? {
                "fast" => Action::Burst { count, rate: 0.0 },
                "at" => {
                    let word = next(words, "a rate like 50/s")?;
                    let rate = word.strip_suffix("/s").and_then(|r| r.parse().ok()).filter(|r| *r > 0.0);
                    Action::Burst {
                        count,
                        rate: rate.ok_or_else(|| format!("a rate like 50/s expected, not {word:?}"))?,
                    }
                }
                other => return Err(format!("'at R/s' or 'fast' expected, not {other:?}")),
            }
        }
        "fault" => {
            let fault = next(words, "a fault")?;
            let (name, value) = crate::faults::split(fault);
            // Tried on a copy now: a spelling mistake should not wait until the afternoon.
            crate::faults::Faults::default().set(name, Some(value)).map_err(|e| e.to_string())?;
            Action::Fault(fault.to_owned())
        }
        "clock" => Action::Clock(number(words, "seconds")?),
        "password" => Action::Password(next(words, "a password")?.to_owned()),
        "clear-log" => Action::ClearLog,
        "swap-hardware" => Action::SwapHardware,
        "unplug" => Action::Unplug,
        "plug" => Action::Plug,
        other => return Err(format!("no such action: {other}")),
    })
}

fn with_person(pass: Pass, number: &str, persons: &HashMap<String, Person>) -> Pass {
    let mut pass = pass.person(number);
    if let Some(known) = persons.get(number) {
        if let Some(name) = &known.name {
            pass = pass.name(name);
        }
        if let Some(card) = &known.card {
            pass = pass.card(card);
        }
    }
    pass
}

fn details(mut pass: Pass, words: &mut Words, persons: &HashMap<String, Person>) -> Result<Pass, String> {
    while let Some(word) = words.next() {
        pass = match word.as_str() {
            "person" => with_person(pass, next(words, "a person number")?, persons),
            "card" => pass.card(next(words, "a card number")?),
            "name" => pass.name(next(words, "a name")?),
            "minor" => pass.minor(number(words, "a minor code")?),
            "reader" => pass.reader(number(words, "a reader number")?),
            "door" => pass.door(number(words, "a door number")?),
            "attendance" => pass.attendance(next(words, "an attendance status")?),
            "user-type" => pass.user_type(next(words, "a user type")?),
            "picture" => pass.tiny_picture(),
            other => return Err(format!("no such detail: {other}")),
        };
    }
    Ok(pass)
}

/// Plays the steps at their times; `speed` 0 does not wait.
pub(crate) async fn play(device: &Handle, script: &Script, speed: f64) -> Result<(), ScriptError> {
    let begin = Instant::now();
    for (i, Step { at, line, action }) in script.steps.iter().enumerate() {
        if speed > 0.0 {
            tokio::time::sleep_until(begin + at.div_f64(speed)).await;
        } else if i % 64 == 63 {
            tokio::task::yield_now().await;
        }
        let failed = |reason: String| ScriptError { line: *line, reason };
        match action {
            Action::Pass(pass) => {
                device.pass(pass.clone());
            }
            Action::Burst { count, rate } => {
                device.burst(*count, rate * speed).await;
            }
            Action::Fault(fault) => device.set_fault(fault).map_err(|e| failed(e.to_string()))?,
            Action::Clock(seconds) => device.step_clock(*seconds),
            Action::Password(password) => device.set_password(password),
            Action::ClearLog => device.clear_log(),
            Action::SwapHardware => {
                device.swap_hardware();
            }
            Action::Unplug => device.unplug().await,
            Action::Plug => device.plug().await.map_err(|e| failed(e.to_string()))?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_relative_to_the_start() {
        let script =
            Script::parse("start 08:00\nat 08:00:05 bell # ding\n\nat +2.5 door open\nat 09:00 clear-log")
                .unwrap();
        let at: Vec<f64> = script.steps.iter().map(|s| s.at.as_secs_f64()).collect();
        assert_eq!(at, [5.0, 7.5, 3600.0]);
    }

    #[test]
    fn mistakes_name_their_line() {
        for (source, expected) in [
            ("at 08:00 bell\nat 07:00 bell", "script line 2: goes back in time"),
            ("hello", "script line 1: unknown: hello"),
            ("at 08:00 fault nonsense", "script line 1: no such fault: \"nonsense\" (see --list-faults)"),
            ("at 08:00 pass 1 minor x", "script line 1: a minor code expected, not \"x\""),
            ("at 08:00 clear-log now", "script line 1: unexpected: now"),
            ("person 1 \"Anna", "script line 1: a quote is not closed"),
            ("at 08:00 burst 5 at 0/s", "script line 1: a rate like 50/s expected, not \"0/s\""),
        ] {
            assert_eq!(Script::parse(source).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn the_example_days_are_valid() {
        for day in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/days")).unwrap() {
            let path = day.unwrap().path();
            let script = Script::parse(&std::fs::read_to_string(&path).unwrap());
            assert!(script.is_ok_and(|s| !s.is_empty()), "{}", path.display());
        }
    }
}

//! `demo`: three devices that are not there, and a desk that believes in them.

mod control;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::Outcome;
use crate::processes::Processes;
use crate::setup;
use crate::shell::{cargo, output, root, run};

/// A simulated device and what happens at it.
struct Device {
    name: &'static str,
    kind: &'static str,
    direction: &'static str,
    day: &'static str,
}

const DEVICES: &[Device] = &[
    Device { name: "Turnstile in", kind: "turnstile-in", direction: "in", day: include_str!("in.day") },
    Device { name: "Turnstile out", kind: "turnstile-out", direction: "out", day: include_str!("out.day") },
    Device { name: "Side door", kind: "door-station", direction: "both", day: include_str!("door.day") },
];

/// Somebody who is expected.
struct Visit {
    /// On the devices.
    number: &'static str,
    visitor: &'static str,
    host: &'static str,
    card: Option<&'static str>,
}

const VISITS: &[Visit] = &[
    Visit { number: "2001", visitor: "Aigerim Nurlanova", host: "Boris Petrov", card: None },
    Visit { number: "2002", visitor: "Pavel Sorokin", host: "Boris Petrov", card: Some("0099002002") },
    Visit { number: "2003", visitor: "Dilnoza Karimova", host: "Anna Orlova", card: None },
    Visit { number: "2004", visitor: "Timur Akhmetov", host: "Anna Orlova", card: Some("0099002004") },
    Visit { number: "2005", visitor: "Maria Weiss", host: "Clara Lindt", card: None },
    Visit { number: "2006", visitor: "Erlan Bekov", host: "Clara Lindt", card: None },
];

const USER: &str = "admin";
/// Of devices that exist in this process's children only.
const PASSWORD: &str = "demo-12345678a";
const PATIENCE: Duration = Duration::from_secs(20);

/// Builds, starts everything, and shows decisions until it is interrupted.
pub(crate) fn command(arguments: &[String]) -> Outcome {
    let speed = speed(arguments)?;
    setup::command(&[])?;
    run(cargo(&["build", "--locked", "-p", "vakhta-runtime", "-p", "isapi-sim", "--bins"])?)?;

    let desk = Desk::fresh(&root()?)?;
    println!("Three simulated Hikvision devices: a turnstile in, a turnstile out, a door station.");
    println!(
        "Six visitors are expected: most come and go, one is refused, one is seen leaving who never came."
    );
    println!("Each line is a decision of the core, kept in target/demo/data. Ctrl+C ends all of it.\n");

    let processes = Processes::default();
    processes.end_at_signals()?;
    let mut vakhtad = desk.vakhtad(&["run"]);
    vakhtad.stderr(desk.log()?);
    processes.start_and_read("vakhtad", &mut vakhtad, PATIENCE, |line| {
        line.starts_with("vakhtad runs on ").then_some(())
    })?;
    let mut controls = Vec::new();
    for device in DEVICES {
        let (url, control) = start_simulator(&processes, &desk.programs, device)?;
        desk.add_device(device, &url)?;
        controls.push((device, control));
    }
    for visit in VISITS {
        desk.add_visit(visit)?;
    }
    // From the beginning, so that nothing is missed while it starts.
    processes.start("watch", &mut desk.vakhtad(&["watch", "--after", "0"]))?;
    for (device, control) in controls {
        control::play(&control, device.day, speed).map_err(|error| format!("{}: {error}", device.name))?;
    }
    loop {
        if let Some(ended) = processes.ended() {
            processes.end();
            return Err(format!("{ended}; see {}", desk.folder.join("vakhtad.log").display()));
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// `--headless` leaves the window out. There is none yet, so it changes nothing.
fn speed(arguments: &[String]) -> Outcome<f64> {
    let mut speed = 1.0;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--headless" => {}
            "--speed" => {
                let number = words.next().and_then(|word| word.parse().ok());
                speed = number
                    .filter(|speed: &f64| speed.is_finite() && *speed > 0.0)
                    .ok_or("--speed N, N above 0")?;
            }
            _ => return Err("demo [--headless] [--speed N]".into()),
        }
    }
    Ok(speed)
}

fn start_simulator(processes: &Processes, programs: &Path, device: &Device) -> Outcome<(String, String)> {
    let mut command = Command::new(programs.join("isapi-sim"));
    command
        .args(["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--kind", device.kind])
        .args(["--name", device.name, "--user", USER])
        .args(["--serial-number", &format!("DEMO-{}", device.kind)])
        .env("ISAPI_SIM_PASSWORD", PASSWORD);
    processes.start_and_read(device.name, &mut command, PATIENCE, ready)
}

/// `isapi-sim ready: http://127.0.0.1:40001 control: http://127.0.0.1:40002`.
fn ready(line: &str) -> Option<(String, String)> {
    let (url, control) = line.strip_prefix("isapi-sim ready: ")?.split_once(" control: ")?;
    Some((url.to_owned(), control.trim_start_matches("http://").to_owned()))
}

/// The folders of the demonstration, and its `vakhtad`.
struct Desk {
    programs: PathBuf,
    folder: PathBuf,
    data: PathBuf,
}

impl Desk {
    fn fresh(root: &Path) -> Outcome<Self> {
        let target = root.join("target");
        let folder = target.join("demo");
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(format!("{}: {error}", folder.display()));
            }
            _ => {}
        }
        let data = folder.join("data");
        fs::create_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))?;
        Ok(Self { programs: target.join("debug"), folder, data })
    }

    fn vakhtad(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join("vakhtad"));
        command
            .arg("--data")
            .arg(&self.data)
            .args(arguments)
            // The demonstration leaves nothing behind in anybody's keyring.
            .env("VAKHTA_SECRETS", "sealed")
            .env("VAKHTA_KEY_DIR", self.folder.join("keys"))
            .env_remove("VAKHTA_PASSPHRASE");
        command
    }

    fn add_device(&self, device: &Device, url: &str) -> Outcome {
        let words =
            ["device", "add", device.name, "--url", url, "--user", USER, "--direction", device.direction];
        let mut command = self.vakhtad(&words);
        command.env("VAKHTA_DEVICE_PASSWORD", PASSWORD);
        output(command).map(drop)
    }

    fn add_visit(&self, visit: &Visit) -> Outcome {
        let mut words = vec!["visit", "add", "--visitor", visit.visitor, "--host", visit.host];
        words.extend(["--person-no", visit.number]);
        if let Some(card) = visit.card {
            words.extend(["--card-no", card]);
        }
        output(self.vakhtad(&words)).map(drop)
    }

    /// Where the daemon's own words go.
    fn log(&self) -> Outcome<fs::File> {
        let path = self.folder.join("vakhtad.log");
        fs::File::create(&path).map_err(|error| format!("{}: {error}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn the_speed_is_a_number_above_nothing() {
        assert_eq!(speed(&words(&["--headless", "--speed", "10"])), Ok(10.0));
        assert_eq!(speed(&[]), Ok(1.0));
        for bad in [&["--speed"][..], &["--speed", "0"], &["--speed", "x"], &["--fast"]] {
            assert!(speed(&words(bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_simulators_first_line_is_read() {
        let line = "isapi-sim ready: http://127.0.0.1:40001 control: http://127.0.0.1:40002";
        assert_eq!(ready(line), Some(("http://127.0.0.1:40001".into(), "127.0.0.1:40002".into())));
        assert_eq!(ready("something else"), None);
    }

    #[test]
    fn everybody_in_the_days_is_expected() {
        for line in DEVICES.iter().flat_map(|device| device.day.lines()) {
            if let Some(person) = line.strip_prefix("person ") {
                let expected = VISITS.iter().any(|visit| {
                    let card = visit.card.map_or(String::new(), |card| format!(" card {card}"));
                    person == format!("{} \"{}\"{card}", visit.number, visit.visitor)
                });
                assert!(expected, "{line}");
            }
        }
    }
}

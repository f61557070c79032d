//! `demo`: three devices that are not there, and a desk that believes in them.

mod control;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::processes::Processes;
use crate::shell::{cargo, output, root, run};
use crate::{setup, ui};

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
    Visit {
        number: "2001", visitor: "Қуанышбекова Айгерім", host: "Жұмабаева Г.", card: None
    },
    Visit {
        number: "2002", visitor: "Сорокин Павел", host: "Жұмабаева Г.", card: Some("0099002002")
    },
    Visit { number: "2003", visitor: "Каримова Дильноза", host: "Ким Д.", card: None },
    Visit {
        number: "2004", visitor: "Ахметов Тимур", host: "Ким Д.", card: Some("0099002004")
    },
    Visit { number: "2005", visitor: "Weiss, Maria", host: "Лебедев А.", card: None },
    Visit { number: "2006", visitor: "Беков Ерлан", host: "Лебедев А.", card: None },
];

/// More of the day, so that the lists look like one: who, to whom, and whether they are inside.
const OTHERS: &[(&str, &str, bool)] = &[
    ("Иванов Пётр", "Жұмабаева Г.", false),
    ("Смирнова Елена Викторовна", "Ким Д.", false),
    ("Омаров Тимур", "Приёмная комиссия", false),
    ("Мұхамедиярова Гүлнәр Ерболатқызы", "Ректорат", false),
    ("ТОО «Сервис Лифт»", "Хозяйственный отдел", false),
    ("Нұрланов Ержан", "Сатпаев Қ.", true),
    ("Захарова Алёна", "Бухгалтерия", true),
    ("Greene, Thomas", "Ректорат", true),
];

const USER: &str = "admin";
/// Of devices that exist in this process's children only.
const PASSWORD: &str = "demo-12345678a";
/// What the window is called among the processes.
const WINDOW: &str = "vakhta";
const PATIENCE: Duration = Duration::from_secs(20);

/// Builds, starts everything, and shows it until it is interrupted or the window is closed.
pub(crate) fn command(arguments: &[String]) -> Outcome {
    let Options { speed, headless } = options(arguments)?;
    setup::command(&[])?;
    ui::build()?;
    let window = !headless && has_display();
    // All programs, as the tests build them: a part would be built with other features, once more.
    run(cargo(&["build", "--locked", "--workspace", "--bins"])?)?;

    let desk = Desk::fresh(&root()?)?;
    let people = desk.set_up()?;
    println!("Three simulated Hikvision devices: a turnstile in, a turnstile out, a door station.");
    println!("Visitors come and go as expected, one is refused, one is seen leaving who never came.");
    println!("Each line is a decision of the core, kept in target/demo/data. Ctrl+C ends all of it.\n");
    println!("{people}\n");

    let processes = Processes::default();
    processes.end_at_signals()?;
    if window {
        desk.open_window(&processes)?;
    } else {
        desk.serve(&processes)?;
    }
    let mut controls = Vec::new();
    for device in DEVICES {
        let (url, control) = start_simulator(&processes, &desk.programs, device)?;
        desk.add_device(device, &url)?;
        controls.push((device, control));
    }
    for visit in VISITS {
        desk.add_visit(visit)?;
    }
    for (visitor, host, inside) in OTHERS {
        desk.add_other(visitor, host, *inside)?;
    }
    // From the beginning, so that nothing is missed while it starts.
    processes.start("watch", &mut desk.vakhtad(&["watch", "--after", "0"]))?;
    for (device, control) in controls {
        control::play(&control, device.day, speed).map_err(|error| format!("{}: {error}", device.name))?;
    }
    loop {
        if let Some(ended) = processes.ended() {
            processes.end();
            if ended == format!("{WINDOW} ended: exit status: 0") {
                println!("the window was closed");
                return Ok(());
            }
            return Err(format!("{ended}; see {}", desk.folder.join("vakhtad.log").display()));
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// Of nobody but this run of the demonstration.
fn fresh_password() -> Outcome<String> {
    let mut random = [0; 9];
    getrandom::fill(&mut random).map_err(|error| error.to_string())?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[derive(Debug, PartialEq)]
struct Options {
    /// How much faster than the clock the day goes.
    speed: f64,
    /// A page on loopback instead of a window.
    headless: bool,
}

fn options(arguments: &[String]) -> Outcome<Options> {
    let mut options = Options { speed: 1.0, headless: false };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--headless" => options.headless = true,
            "--speed" => {
                let number = words.next().and_then(|word| word.parse().ok());
                options.speed = number
                    .filter(|speed: &f64| speed.is_finite() && *speed > 0.0)
                    .ok_or("--speed N, N above 0")?;
            }
            _ => return Err("demo [--headless] [--speed N]".into()),
        }
    }
    Ok(options)
}

/// Whether a window can be shown here.
fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
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
        self.at_home(&mut command).args(arguments);
        command
    }

    /// The site and who works there, as an administrator sets a service up; how to sign in.
    fn set_up(&self) -> Outcome<String> {
        let password = fresh_password()?;
        let mut init = self.vakhtad(&["init", "--login", "admin", "--name", "Administrator of the demo"]);
        init.args(["--site", "Demo", "--json"]).env("VAKHTA_PASSWORD", &password);
        output(init)?;
        let mut add = self.vakhtad(&["user", "add", "desk", "--name", "Front desk of the demo"]);
        add.args(["--roles", "operator,supervisor", "--json"]);
        let added: serde_json::Value =
            serde_json::from_str(&output(add)?).map_err(|error| format!("user add: {error}"))?;
        let given = added["password"].as_str().ok_or("user add: no password")?;
        Ok(format!(
            "Sign in as  desk   with  {given}  (Vakhta asks for a password of your own),\n\
             or as       admin  with  {password}  (needs an authenticator app on a phone)."
        ))
    }

    fn add_device(&self, device: &Device, url: &str) -> Outcome {
        let words =
            ["device", "add", device.name, "--url", url, "--user", USER, "--direction", device.direction];
        let mut command = self.vakhtad(&words);
        command.env("VAKHTA_DEVICE_PASSWORD", PASSWORD);
        output(command).map(drop)
    }

    /// The window, with the core inside.
    fn open_window(&self, processes: &Processes) -> Outcome {
        let mut command = Command::new(self.programs.join("vakhta"));
        self.at_home(&mut command).stdout(Stdio::null()).stderr(self.log()?);
        processes.start(WINDOW, &mut command)?;
        let begun = Instant::now();
        // It writes this when it can be asked; a command that came earlier would take the folder.
        while !self.data.join("vakhtad.socket").exists() {
            if begun.elapsed() > PATIENCE {
                return Err(format!("the window does not answer within {} s", PATIENCE.as_secs()));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// The page on loopback, and the address that lets one browser in.
    fn serve(&self, processes: &Processes) -> Outcome {
        let mut vakhtad = self.vakhtad(&["run", "--listen", "127.0.0.1:0"]);
        vakhtad.stderr(self.log()?);
        processes.start_and_read("vakhtad", &mut vakhtad, PATIENCE, |line| {
            line.starts_with("vakhtad runs on ").then_some(())
        })
    }

    /// With the demonstration's folder and keys: it leaves nothing behind in anybody's keyring.
    fn at_home<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .arg("--data")
            .arg(&self.data)
            .env("VAKHTA_SECRETS", "sealed")
            .env("VAKHTA_KEY_DIR", self.folder.join("keys"))
            .env_remove("VAKHTA_PASSPHRASE")
    }

    fn add_other(&self, visitor: &str, host: &str, inside: bool) -> Outcome {
        let words = ["visit", "add", "--visitor", visitor, "--host", host, "--json"];
        let visit: serde_json::Value = serde_json::from_str(&output(self.vakhtad(&words))?)
            .map_err(|error| format!("visit add: {error}"))?;
        match visit["id"].as_str() {
            Some(id) if inside => output(self.vakhtad(&["visit", "check-in", id])).map(drop),
            _ => Ok(()),
        }
    }

    fn add_visit(&self, visit: &Visit) -> Outcome {
        let mut words = vec!["visit", "add", "--visitor", visit.visitor, "--host", visit.host];
        words.extend(["--person-no", visit.number]);
        if let Some(card) = visit.card {
            words.extend(["--card-no", card]);
        }
        output(self.vakhtad(&words)).map(drop)
    }

    /// Where the program's own words go.
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
        let fast = Options { speed: 10.0, headless: true };
        assert_eq!(options(&words(&["--headless", "--speed", "10"])), Ok(fast));
        assert_eq!(options(&[]), Ok(Options { speed: 1.0, headless: false }));
        for bad in [&["--speed"][..], &["--speed", "0"], &["--speed", "x"], &["--fast"]] {
            assert!(options(&words(bad)).is_err(), "{bad:?}");
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

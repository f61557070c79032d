//! Driving the device: plugs, scripts, the control interface, the command line.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use isapi_sim::{Config, Pass, Script, Simulator};
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::client::{Client, LIMIT, bounded, start};

#[tokio::test]
async fn unplugging_cuts_everything_and_plugging_opens_the_same_port() {
    let sim = start(&[]).await;
    let mut client = Client::to(&sim).await;
    client.stream().await;
    sim.unplug().await;
    client.rest().await;
    assert!(!sim.stats().plugged);
    assert_eq!((sim.stats().streams_open, sim.stats().connections_open), (0, 0));
    assert!(TcpStream::connect(sim.addr()).await.is_err());
    sim.pass(Pass::granted().person("1"));
    sim.plug().await.unwrap();
    sim.plug().await.unwrap();
    assert_eq!(Client::to(&sim).await.page(0, "").await.1, [1]);
}

#[tokio::test]
async fn a_dropped_simulator_is_gone() {
    let sim = start(&[]).await;
    let address = sim.addr();
    let mut client = Client::to(&sim).await;
    client.get("/ISAPI/System/deviceInfo").await;
    drop(sim);
    client.rest().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn wrong_settings_are_refused() {
    assert!(Simulator::start(Config::default().fault("nonsense")).await.is_err());
    assert!(
        Simulator::start(Config { time_zone: "Europe/Moscow".into(), ..Config::default() }).await.is_err()
    );
    let open_control = Config { control: Some("0.0.0.0:0".parse().unwrap()), ..Config::default() };
    assert!(Simulator::start(open_control).await.is_err());
}

#[tokio::test]
async fn a_day_is_played_without_waiting() {
    let sim = start(&[]).await;
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/days/office.day")).unwrap();
    bounded(sim.play(&Script::parse(&text).unwrap(), 0.0)).await.unwrap();
    let log = sim.log();
    assert_eq!(log.len(), 18 + 120 - 1);
    assert_eq!(
        (log[0].minor, log[0].person_no.as_deref(), log[0].card_no.as_deref()),
        (1, Some("1001"), Some("0012345601"))
    );
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/days/bad-device.day")).unwrap();
    bounded(sim.play(&Script::parse(&text).unwrap(), 0.0)).await.unwrap();
    assert_eq!((sim.stats().epoch, sim.stats().last_serial), (2, 1));
    assert_eq!(sim.stats().faults["max-results"], "reject:10");
}

#[tokio::test]
async fn speed_divides_the_times() {
    let sim = start(&[]).await;
    let script = Script::parse("start 08:00\nat 08:10 bell").unwrap();
    let begin = std::time::Instant::now();
    sim.play(&script, 6000.0).await.unwrap();
    assert!(begin.elapsed() >= std::time::Duration::from_millis(100));
    assert_eq!(sim.log()[0].minor, 37);
}

async fn control(address: SocketAddr, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = Client::at(address).await.bare(method, path, "", &body).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn the_control_interface_does_what_the_library_does() {
    let config = Config { control: Some("127.0.0.1:0".parse().unwrap()), ..Config::default() };
    let sim = Simulator::start(config).await.unwrap();
    let at = sim.control_addr().unwrap();
    let post = |path: &'static str, body| control(at, "POST", path, body);
    let pass = json!({"person_no": "1001", "card_no": "7", "picture": true, "extra": {"mask": "no"}});
    assert_eq!(post("/pass", pass).await, (200, json!({"serial": 1})));
    assert_eq!(post("/pass", json!({"minor": 6, "person": "x"})).await.0, 400);
    assert_eq!(
        post("/burst", json!({"count": 5, "person_nos": ["a", "b"]})).await.1,
        json!({"first": 2, "last": 6})
    );
    assert_eq!(post("/burst", json!({"count": 3, "rate": 1000})).await.1, json!({"accepted": 3}));
    assert!(sim.wait_until(LIMIT, |s| s.emitted == 9).await);
    let log = control(at, "GET", "/log", Value::Null).await.1;
    assert_eq!((&log[0]["card_no"], &log[2]["person_no"]), (&json!("7"), &json!("b")));

    assert_eq!(post("/fault", json!({"name": "max-results", "value": "clamp:5"})).await.0, 200);
    assert_eq!(post("/fault", json!({"name": "drip"})).await.0, 200);
    assert_eq!(post("/fault", json!({"name": "clock-offset", "value": 60})).await.0, 200);
    assert_eq!(post("/fault", json!({"name": "drip", "value": null})).await.0, 200);
    assert_eq!(post("/fault", json!({"name": "dripp"})).await.0, 400);
    let state = control(at, "GET", "/state", Value::Null).await.1;
    assert_eq!(state["faults"], json!({"max-results": "clamp:5", "clock-offset": "60"}));
    assert_eq!(
        (&state["log_length"], &state["last_serial"], &state["plugged"]),
        (&json!(9), &json!(9), &json!(true))
    );

    assert_eq!(post("/script", json!({"text": "at 00:00 bell"})).await.1, json!({"steps": 1}));
    assert!(sim.wait_until(LIMIT, |s| s.emitted == 10).await);
    assert_eq!(post("/script", json!({"text": "at noon bell"})).await.0, 400);
    assert_eq!(post("/clock", json!({"offset_s": -3600})).await.0, 200);
    assert_eq!(post("/clock", json!({})).await.0, 400);
    post("/password", json!({"password": "new"})).await;
    assert_eq!(Client::to(&sim).await.get("/ISAPI/System/time").await.status, 401);
    post("/clear-log", Value::Null).await;
    assert_eq!(control(at, "GET", "/log", Value::Null).await.1, json!([]));
    assert_eq!(control(at, "GET", "/log?all", Value::Null).await.1.as_array().unwrap().len(), 10);
    assert!(post("/swap-hardware", Value::Null).await.1["serial_number"].as_str().unwrap().ends_with("-R1"));
    post("/unplug", Value::Null).await;
    assert!(TcpStream::connect(sim.addr()).await.is_err());
    post("/plug", Value::Null).await;
    assert!(TcpStream::connect(sim.addr()).await.is_ok());
    assert_eq!(post("/nonsense", Value::Null).await.0, 404);
}

fn binary() -> Command {
    Command::new(env!("CARGO_BIN_EXE_isapi-sim"))
}

#[cfg(unix)]
#[tokio::test]
async fn the_command_line_serves_and_ends_on_sigterm() {
    let day = concat!(env!("CARGO_MANIFEST_DIR"), "/days/office.day");
    let mut child = binary()
        .args([
            "--listen",
            "127.0.0.1:0",
            "--control",
            "127.0.0.1:0",
            "--json-log",
            "--kind",
            "turnstile-out",
        ])
        .args(["--script", day, "--speed", "0", "--fault", "drip", "--fault", "max-results=clamp:10"])
        .env("ISAPI_SIM_PASSWORD", "from-the-environment")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!((&first["event"]["serial"], &first["event"]["reader_no"]), (&json!(1), &json!(2)));
    let address = ready["ready"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
    let mut client = Client::at(address).await;
    client.password = "from-the-environment".into();
    assert!(client.get("/ISAPI/System/deviceInfo").await.text().contains("Turnstile OUT"));
    let control_at = ready["control"].as_str().unwrap().parse().unwrap();
    assert_eq!(control(control_at, "GET", "/state", Value::Null).await.0, 200);
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let begin = std::time::Instant::now();
    let status = tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap();
    assert!(status.success() && begin.elapsed() < LIMIT);
}

#[test]
fn help_and_the_list_of_faults_are_complete() {
    let output = |argument| String::from_utf8(binary().arg(argument).output().unwrap().stdout).unwrap();
    let help = output("--help");
    for word in ["--control", "POST /pass", "burst N at R/s", "--speed", "ISAPI_SIM_PASSWORD"] {
        assert!(help.contains(word), "{word} is not in --help");
    }
    assert!(!help.contains("secret"));
    let faults = output("--list-faults");
    assert!(isapi_sim::list_faults().iter().all(|f| faults.lines().any(|l| l.starts_with(f.name))));
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    for fault in isapi_sim::list_faults() {
        assert!(readme.contains(&format!("`{}", fault.name)), "{} is not in README.md", fault.name);
    }
}

#[test]
fn a_wrong_fault_ends_the_program_with_a_word_about_it() {
    let output = binary().args(["--listen", "127.0.0.1:0", "--fault", "dripp"]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no such fault: \"dripp\""));
}

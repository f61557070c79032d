//! The simulator on the command line.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use isapi_sim::{Config, Kind, SCRIPT_HELP, Script, Simulator, faults_as_text};
use serde_json::json;

const CONTROL_HELP: &str = "\
CONTROL INTERFACE (--control; JSON over HTTP, loopback only, no password)
  POST /pass           {\"person_no\",\"card_no\",\"name\",\"major\",\"minor\",\"reader_no\",\"door_no\",
                        \"attendance\",\"user_type\",\"picture\":true|BYTES,\"ago_s\",\"silent\",\"extra\":{}}
                       all optional -> {\"serial\"}
  POST /burst          {\"count\",\"rate\":0 is as fast as possible,\"person_nos\":[],\"wait\":false}
  POST /script         {\"text\",\"speed\":0 is without waiting}
  POST /fault          {\"name\",\"value\"}: no value or a value is on, null is off
  POST /clear-faults   POST /clear-log    POST /swap-hardware    POST /unplug    POST /plug
  POST /clock          {\"offset_s\"} from the real time, or {\"step_s\"} from what it is
  POST /password       {\"password\"}     POST /unlock
  GET /state           counters           GET /log  the log, ?all for all epochs    GET /faults
  e.g. curl -d '{\"person_no\":\"1001\",\"picture\":true}' 127.0.0.1:9001/pass

SCRIPTS
";

/// A Hikvision access terminal that is not there.
///
/// Serves the ISAPI of a terminal (device info, time, event search, alert stream, pictures) with
/// digest authentication, and every fault of such devices on demand.
#[derive(Parser)]
#[command(version, after_long_help = format!("{CONTROL_HELP}{SCRIPT_HELP}"))]
struct Arguments {
    /// Address of the device
    #[arg(long, default_value = "127.0.0.1:8001")]
    listen: SocketAddr,
    /// Address of the control interface (loopback); none by default
    #[arg(long)]
    control: Option<SocketAddr>,
    /// turnstile-in, turnstile-out or door-station
    #[arg(long, default_value = "turnstile-in")]
    kind: Kind,
    /// deviceName
    #[arg(long)]
    name: Option<String>,
    /// The account
    #[arg(long, default_value = "admin")]
    user: String,
    /// Its password
    #[arg(long, env = "ISAPI_SIM_PASSWORD", default_value = "12345678a", hide_env_values = true)]
    password: String,
    /// Name of another environment variable that holds the password
    #[arg(long, value_name = "VARIABLE")]
    password_env: Option<String>,
    /// serialNumber; a different one for each simulator, please
    #[arg(long)]
    serial_number: Option<String>,
    /// Serial of the first event
    #[arg(long, default_value_t = 1)]
    first_serial: u64,
    /// Time zone in the vendor's spelling (inverted sign: this is UTC+3)
    #[arg(long, default_value = "CST-3:00:00")]
    zone: String,
    /// Seconds between heartbeats on a stream
    #[arg(long, default_value_t = 30.0)]
    heartbeat: f64,
    /// A day to play
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// How fast: 60 plays a minute a second, 0 does not wait
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// A fault at start; repeat it for more (see --list-faults)
    #[arg(long = "fault", value_name = "NAME[=VALUE]")]
    faults: Vec<String>,
    /// Print the faults and end
    #[arg(long)]
    list_faults: bool,
    /// Print every event as a line of JSON
    #[arg(long)]
    json_log: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if arguments.list_faults {
        // A closed pipe (`| head`) is no error.
        let _ = write!(std::io::stdout(), "{}", faults_as_text());
        return Ok(());
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let result = runtime.block_on(run(arguments));
    runtime.shutdown_background();
    result
}

async fn run(arguments: Arguments) -> Result<()> {
    let script = match &arguments.script {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            Some(Script::parse(&text).with_context(|| path.display().to_string())?)
        }
        None => None,
    };
    let defaults = Config::default();
    let config = Config {
        listen: arguments.listen,
        control: arguments.control,
        kind: arguments.kind,
        name: arguments.name,
        user: arguments.user,
        password: match &arguments.password_env {
            Some(name) => std::env::var(name).with_context(|| format!("environment variable {name}"))?,
            None => arguments.password,
        },
        serial_number: arguments.serial_number.unwrap_or(defaults.serial_number),
        time_zone: arguments.zone,
        heartbeat: Duration::try_from_secs_f64(arguments.heartbeat).context("--heartbeat")?,
        first_serial: arguments.first_serial,
        faults: arguments.faults,
        ..Config::default()
    };
    let simulator = Simulator::start(config).await?;
    let mut events = simulator.observe();
    let control = simulator.control_addr();
    if arguments.json_log {
        say(
            &json!({"ready": simulator.url(), "control": control, "serial_number": simulator.serial_number()}),
        );
    } else {
        let control = control.map_or("none".to_owned(), |a| format!("http://{a}"));
        say(&format!("isapi-sim ready: {} control: {control}", simulator.url()));
    }
    let handle = simulator.handle();
    let playing = async move {
        if let Some(script) = script
            && let Err(error) = handle.play(&script, arguments.speed).await
        {
            eprintln!("isapi-sim: {error}");
        }
        std::future::pending::<()>().await;
    };
    let logging = async move {
        while let Some(entry) = events.recv().await {
            if arguments.json_log {
                say(&json!({"event": entry}));
            }
        }
    };
    tokio::select! {
        () = playing => {}
        () = logging => {}
        stopped = stop_signal() => stopped?,
    }
    Ok(())
}

fn say(line: &impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    // Nobody reads any more: the simulator goes on.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

#[cfg(unix)]
async fn stop_signal() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stop_signal() -> Result<()> {
    Ok(tokio::signal::ctrl_c().await?)
}

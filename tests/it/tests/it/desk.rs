//! A desk under test: a data folder of its own, `vakhtad` on it, and its commands.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use isapi_sim::Simulator;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout};

use crate::feed::Feed;
use crate::tell::Passage;

/// Nothing that a test waits for takes longer; what does is a failure.
pub const BOUND: Duration = Duration::from_secs(30);
/// Of the simulated devices.
pub const PASSWORD: &str = "12345678a";
/// How often a condition that only a command can tell is asked for.
pub const ASK_EVERY: Duration = Duration::from_millis(100);

/// A data folder and whatever works on it. Ends its processes when dropped, and shows the log of
/// `vakhtad` when the test fails.
pub struct Desk {
    folder: TempDir,
    running: Option<Child>,
    feed: Option<Feed>,
    log_filter: &'static str,
    machine: Vec<(&'static str, PathBuf)>,
}

/// What a command came to.
pub struct Answer {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Answer {
    /// Its lines, each an object. Fails when the command did.
    pub fn lines(&self) -> Vec<Value> {
        assert!(self.status.success(), "the command failed: {}", self.stderr);
        let text = std::str::from_utf8(&self.stdout).expect("lines of text");
        text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
    }

    pub fn only(&self) -> Value {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "one line expected: {lines:?}");
        lines.remove(0)
    }
}

/// The binary stands beside the directory of the test's own executable.
fn vakhtad() -> PathBuf {
    let own = std::env::current_exe().expect("the test's own path");
    let folder = own.parent().and_then(Path::parent).expect("target/PROFILE/deps/it-…");
    let path = folder.join(format!("vakhtad{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is missing; build it: cargo build -p vakhta-runtime --bins", path.display());
    path
}

impl Desk {
    /// A fresh folder on which nothing runs yet.
    pub fn new() -> Self {
        Self {
            folder: TempDir::new().expect("a folder"),
            running: None,
            feed: None,
            log_filter: "warn,vakhta_isapi=debug,vakhta_runtime=info",
            machine: Vec::new(),
        }
    }

    /// A fresh folder with `vakhtad` running on it.
    pub async fn running() -> Self {
        let mut desk = Self::new();
        desk.run().await;
        desk
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Whatever it has to say, down to what its libraries say.
    pub fn log_everything(&mut self) {
        self.log_filter = "trace";
    }

    /// Whatever is started from now on has these in its environment.
    pub fn on_a_machine(&mut self, machine: impl IntoIterator<Item = (&'static str, PathBuf)>) {
        self.machine.extend(machine);
    }

    /// All that a test has on the disk.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// The keyring and the key files are gone.
    pub fn lose_secrets(&self) {
        for path in [self.data().join("secrets.sealed"), self.folder.path().join("keys")] {
            let _ = std::fs::remove_file(&path);
            let _ = std::fs::remove_dir_all(&path);
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("vakhtad.log")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(vakhtad());
        command
            .arg("--data")
            .arg(self.data())
            .args(arguments)
            .env("VAKHTA_SECRETS", "sealed")
            .env("VAKHTA_PASSPHRASE", "a passphrase for tests")
            // Nothing of a test is left in anybody's home.
            .env("VAKHTA_KEY_DIR", self.folder.path().join("keys"))
            .env("VAKHTA_LOG", self.log_filter)
            .env_remove("VAKHTA_DEVICE_PASSWORD")
            .envs(self.machine.iter().cloned())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Starts `vakhtad` and waits until it says that it runs.
    pub async fn run(&mut self) {
        self.run_with(&[]).await;
    }

    /// Starts `vakhtad` with its page; gives the address that it says: one that lets a browser in,
    /// until somebody works here.
    pub async fn serve(&mut self, port: u16) -> String {
        self.serve_with(&["--listen", &format!("127.0.0.1:{port}")]).await
    }

    /// The same with these options.
    pub async fn serve_with(&mut self, options: &[&str]) -> String {
        let said = self.run_with(options).await;
        let link = said.iter().find_map(|line| line.strip_prefix("the page: "));
        link.unwrap_or_else(|| panic!("{said:?}")).to_owned()
    }

    /// Gives what it said before it ran.
    async fn run_with(&mut self, options: &[&str]) -> Vec<String> {
        assert!(self.running.is_none(), "it runs already");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log());
        let mut command = self.command(&[&["run"], options].concat());
        command.stdout(Stdio::piped()).stderr(log.expect("a log file"));
        let mut child = command.spawn().expect("vakhtad starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut said = Vec::new();
        loop {
            let line = timeout(BOUND, lines.next_line()).await.expect("vakhtad runs in time");
            match line.expect("its output can be read") {
                Some(line) if line.starts_with("vakhtad runs on ") => break,
                Some(line) => said.push(line),
                None => panic!("it ended; it said {said:?}; {}", self.log_text()),
            }
        }
        self.running = Some(child);
        said
    }

    /// Ends `vakhtad` as the system does (SIGTERM), and tells how long that took.
    pub async fn stop(&mut self) -> Duration {
        let mut child = self.running.take().expect("it runs");
        let begun = Instant::now();
        let pid = child.id().expect("it has not been waited for").to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().await.expect("kill");
        assert!(sent.success());
        let ended = timeout(BOUND, child.wait()).await.expect("vakhtad ends").expect("its status");
        assert!(ended.success(), "{ended}; {}", self.log_text());
        begun.elapsed()
    }

    /// Ends `vakhtad` as a power cut does.
    pub async fn kill9(&mut self) {
        let mut child = self.running.take().expect("it runs");
        child.kill().await.expect("killed");
    }

    /// Carries out a command.
    pub async fn ask(&self, arguments: &[&str]) -> Answer {
        self.finish(self.command(arguments), arguments).await
    }

    pub async fn finish(&self, mut command: Command, what: &[&str]) -> Answer {
        let output = timeout(BOUND, command.output()).await;
        let output = output.unwrap_or_else(|_| panic!("{what:?} does not end; {}", self.log_text()));
        let output = output.expect("a command of vakhtad");
        Answer {
            status: output.status,
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub async fn list(&self, arguments: &[&str]) -> Vec<Value> {
        self.ask(&[arguments, &["--json"]].concat()).await.lines()
    }

    // --- devices ---

    pub async fn add_device(&self, device: &Simulator, name: &str, direction: &str) {
        self.add_device_with(device, name, direction, PASSWORD).await.only();
    }

    pub async fn add_device_with(
        &self,
        device: &Simulator,
        name: &str,
        direction: &str,
        password: &str,
    ) -> Answer {
        let url = device.url();
        let words =
            ["device", "add", name, "--url", &url, "--user", "admin", "--direction", direction, "--json"];
        self.with_password(&words, password).await
    }

    /// Carries out a command that wants a device's password.
    pub async fn with_password(&self, words: &[&str], password: &str) -> Answer {
        let mut command = self.command(words);
        command.env("VAKHTA_DEVICE_PASSWORD", password);
        self.finish(command, words).await
    }

    /// A device as `device list` tells it.
    pub async fn device(&self, name: &str) -> DeviceLine {
        let devices = self.list(&["device", "list"]).await;
        let found = devices.into_iter().find(|device| device["name"] == name);
        let found = found.unwrap_or_else(|| panic!("{name} is not in the list"));
        serde_json::from_value(found).expect("a device")
    }

    /// Waits until `device list` says what is wished.
    pub async fn device_until(
        &self,
        name: &str,
        limit: Duration,
        mut wished: impl FnMut(&DeviceLine) -> bool,
    ) -> DeviceLine {
        let deadline = Instant::now() + limit;
        let mut pace = tokio::time::interval(ASK_EVERY);
        loop {
            pace.tick().await;
            let device = self.device(name).await;
            if wished(&device) {
                return device;
            }
            assert!(Instant::now() < deadline, "{name} stays {device:?}");
        }
    }

    /// Waits until `status` says what is wished of a task.
    pub async fn task_until(&self, name: &str, mut wished: impl FnMut(&str) -> bool) {
        let deadline = Instant::now() + BOUND;
        let mut pace = tokio::time::interval(ASK_EVERY);
        loop {
            pace.tick().await;
            let status = self.ask(&["status", "--json"]).await.only();
            let tasks = status["tasks"].as_array().cloned().unwrap_or_default();
            let task = tasks.iter().find(|task| task["name"] == name);
            let result = task.and_then(|task| task["result"].as_str()).unwrap_or_default();
            if wished(result) {
                return;
            }
            assert!(Instant::now() < deadline, "{name} stays {result:?}");
        }
    }

    pub async fn device_state(&self, name: &str, state: &str) -> DeviceLine {
        self.device_until(name, BOUND, |device| device.state.as_deref() == Some(state)).await
    }

    // --- visits and what came of them ---

    /// Plans a visit; gives its id.
    pub async fn visit_add(&self, visitor: &str, more: &[&str]) -> String {
        let words = [&["visit", "add", "--visitor", visitor, "--host", "Boris Petrov", "--json"], more];
        let visit = self.ask(&words.concat()).await.only();
        visit["id"].as_str().expect("a visit's id").to_owned()
    }

    pub async fn visit(&self, id: &str) -> Value {
        let visits = self.list(&["visit", "list"]).await;
        visits.into_iter().find(|visit| visit["id"] == id).expect("the visit is in the list")
    }

    pub async fn passages(&self) -> Vec<Passage> {
        let lines = self.list(&["passages"]).await;
        lines.into_iter().map(|line| serde_json::from_value(line).expect("a passage")).collect()
    }

    pub async fn incidents(&self) -> Vec<Value> {
        self.list(&["incidents"]).await
    }

    /// The journal's chain must hold from its beginning.
    pub async fn verify(&self) {
        let report = self.ask(&["journal", "verify", "--json"]).await.only();
        assert_eq!(report["whole"], true, "{report}");
    }

    /// The live feed from the journal's beginning; goes on through restarts.
    pub fn feed(&mut self) -> &mut Feed {
        if self.feed.is_none() {
            self.feed = Some(Feed::follow(self.command(&["watch", "--json", "--after", "0"])));
        }
        self.feed.as_mut().expect("just opened")
    }

    /// What `vakhtad run` has said on its standard error.
    pub fn log_text(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- vakhtad said:\n{}", self.log_text());
        }
    }
}

/// A device in `device list --json`.
#[derive(Clone, Debug, Deserialize)]
pub struct DeviceLine {
    pub state: Option<String>,
    pub words: String,
    pub notes: Vec<Value>,
    pub heard: Option<Timestamp>,
    pub drift_ms: Option<i64>,
    pub tries_left: Option<u32>,
    pub epoch: Option<u32>,
    pub last_serial: Option<u64>,
}

impl DeviceLine {
    pub fn has_note(&self, kind: &str) -> bool {
        self.notes.iter().any(|note| note["kind"] == kind)
    }
}

//! `vakhtad run` as a child: started, asked, killed.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Program, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use isapi_sim::Handle;
use vakhta_app::command::{Command, Reply};
use vakhta_app::request::{DeviceDraft, PageRequest, Password};
use vakhta_app::view::{DeviceView, JournalReport, PassageView};
use vakhta_domain::passage::ReaderDirection;
use vakhta_runtime::local::Remote;

use crate::place::Place;

/// Devices that are not there have one password.
pub(crate) const PASSWORD: &str = "12345678a";
const ANSWER: Duration = Duration::from_secs(30);

/// A running `vakhtad`. Killed when dropped.
pub(crate) struct Vakhtad {
    child: Child,
    data: PathBuf,
}

impl Vakhtad {
    pub(crate) fn start(binary: &Path, place: &Place) -> anyhow::Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(place.log())?;
        let child = Program::new(binary)
            .arg("--data")
            .arg(place.data())
            .arg("run")
            .env("VAKHTA_SECRETS", "sealed")
            .env("VAKHTA_KEY_DIR", place.keys())
            .env_remove("VAKHTA_PASSPHRASE")
            .env("VAKHTA_LOG", std::env::var("VAKHTA_LOG").unwrap_or_else(|_| "warn".into()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} could not be started", binary.display()))?;
        Ok(Self { child, data: place.data().to_owned() })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// An error when it ended by itself.
    pub(crate) fn must_run(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            Some(status) => bail!("vakhtad ended by itself: {status}"),
            None => Ok(()),
        }
    }

    /// Waits until it answers.
    pub(crate) async fn asked(&mut self) -> anyhow::Result<Asked> {
        let begun = Instant::now();
        loop {
            if let Some(remote) = Remote::reach(&self.data).await {
                let mut asked = Asked(remote);
                if asked.ask(Command::Status(())).await.is_ok() {
                    return Ok(asked);
                }
            }
            self.must_run()?;
            anyhow::ensure!(begun.elapsed() < ANSWER, "vakhtad does not answer within {ANSWER:?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// As the power would end it.
    pub(crate) fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Vakhtad {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The way to a running `vakhtad`.
pub(crate) struct Asked(Remote);

impl Asked {
    pub(crate) async fn ask(&mut self, command: Command) -> anyhow::Result<Reply> {
        match tokio::time::timeout(ANSWER, self.0.ask(&command)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => bail!("no answer within {ANSWER:?} to {command:?}"),
        }
    }

    pub(crate) async fn add_device(
        &mut self,
        name: &str,
        device: &Handle,
        direction: ReaderDirection,
    ) -> anyhow::Result<()> {
        let draft = DeviceDraft {
            name: name.into(),
            url: device.url(),
            user: "admin".into(),
            direction,
            password: Password(PASSWORD.into()),
        };
        self.ask(Command::DeviceAdd(draft)).await.map(drop)
    }

    pub(crate) async fn passages(&mut self, after: i64, limit: u32) -> anyhow::Result<Vec<PassageView>> {
        match self.ask(Command::Passages(PageRequest { after, limit })).await? {
            Reply::Passages(passages) => Ok(passages),
            other => bail!("asked for passages, got {other:?}"),
        }
    }

    pub(crate) async fn devices(&mut self) -> anyhow::Result<Vec<DeviceView>> {
        match self.ask(Command::DeviceList(())).await? {
            Reply::DeviceList(devices) => Ok(devices),
            other => bail!("asked for devices, got {other:?}"),
        }
    }

    pub(crate) async fn journal(&mut self) -> anyhow::Result<JournalReport> {
        match self.ask(Command::JournalVerify(())).await? {
            Reply::JournalVerify(report) => Ok(report),
            other => bail!("asked for the journal, got {other:?}"),
        }
    }
}

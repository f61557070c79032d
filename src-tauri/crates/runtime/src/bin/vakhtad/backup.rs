//! `vakhtad backup`: asked of the process that works on the folder; restoring also works where nothing can
//! be opened any more.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;
use vakhta_app::backups::plan::{BackupPlace, BackupSchedule, HERE};
use vakhta_app::backups::request::{BackupTargetChange, BackupTargetDraft, BackupTargetWanted, BackupWanted};
use vakhta_app::backups::retention::lies_ahead;
use vakhta_app::backups::view::{BackupProgress, BackupStage, BackupsView};
use vakhta_app::command::{Command, Reply};
use vakhta_app::refusal::ErrorCode;
use vakhta_app::request::Password;
use vakhta_app::secret::SecretText;
use vakhta_backup::target::Target;
use vakhta_backup::transfer;
use vakhta_backup::watch::Watch;
use vakhta_domain::ids::DeskId;
use vakhta_runtime::backups::{From, place_of, restore_alone};
use vakhta_runtime::local::Remote;

use crate::ask::{Vakhta, secret};
use crate::print::Printer;

/// How often a task is looked at.
const LOOK: Duration = Duration::from_millis(200);

#[derive(Subcommand)]
pub enum Backup {
    /// Backups that are known of; with --from those that lie at any place.
    List(Place),
    /// Makes one, at every place, and waits for it.
    Create,
    /// Reads one back, whole, and waits for it.
    Verify {
        /// As the list has it; the newest unless it is given.
        name: Option<String>,
        /// At which place, by its name; the folder in the data folder unless it is given.
        #[arg(long)]
        target: Option<String>,
    },
    /// Restores the newest for trial, and waits for it.
    Drill,
    /// Puts one in the place of what is there, which is kept aside in DATA/kept. Where the folder has no
    /// secrets (a new machine), the recovery kit's code comes from VAKHTA_RECOVERY_KIT or from standard
    /// input.
    Restore {
        /// As the list has it; the newest unless it is given.
        name: Option<String>,
        /// At which place, by its name, of a Vakhta that can be opened.
        #[arg(long, conflicts_with = "from")]
        target: Option<String>,
        /// Whose, where there are backups of several desks.
        #[arg(long, requires = "from")]
        desk: Option<DeskId>,
        #[command(flatten)]
        place: Place,
    },
    /// Ends what is being done with backups.
    Cancel,
    /// When backups are made, and how many stay.
    Schedule {
        /// Times of the site's day, for example 03:00,15:00.
        #[arg(long, value_delimiter = ',')]
        at: Vec<String>,
        /// Days: mon,tue,wed,thu,fri,sat,sun.
        #[arg(long, value_delimiter = ',')]
        on: Vec<String>,
        /// How many days, weeks and months keep one, for example 7,5,12.
        #[arg(long, value_delimiter = ',', num_args = 3)]
        keep: Vec<u32>,
    },
    /// Where backups go.
    #[command(subcommand)]
    Target(TargetTask),
}

#[derive(Subcommand)]
pub enum TargetTask {
    /// Adds a place. The secret of an S3 key comes from VAKHTA_S3_SECRET or from standard input.
    Add {
        /// Among people.
        name: String,
        /// A folder, or s3://BUCKET/PREFIX.
        at: String,
        #[command(flatten)]
        s3: S3,
    },
    /// Changes a place; its secret only with --secret.
    Change {
        /// Its name.
        name: String,
        /// A folder, or s3://BUCKET/PREFIX.
        at: String,
        /// Asks for a new secret of the S3 key.
        #[arg(long)]
        secret: bool,
        #[command(flatten)]
        s3: S3,
    },
    /// Writes, reads and removes something at a place that has not been added.
    Try {
        /// A folder, or s3://BUCKET/PREFIX.
        at: String,
        #[command(flatten)]
        s3: S3,
    },
    /// Uses a place no more; what lies there stays.
    Remove {
        /// Its name.
        name: String,
    },
}

#[derive(Args)]
pub struct Place {
    /// A folder, or s3://BUCKET/PREFIX, with the secret of its key in VAKHTA_S3_SECRET.
    #[arg(long, value_name = "PLACE")]
    from: Option<String>,
    #[command(flatten)]
    s3: S3,
}

#[derive(Args)]
pub struct S3 {
    /// Of an S3 service: https://host[:port].
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// As the service calls it.
    #[arg(long)]
    region: Option<String>,
    /// Names the key.
    #[arg(long, value_name = "KEY")]
    access_key: Option<String>,
    /// The bucket is part of the host's name, not of the path.
    #[arg(long)]
    host_style: bool,
    /// Certificates (PEM) of the authority that vouches for the service.
    #[arg(long, value_name = "FILE")]
    authority: Option<std::path::PathBuf>,
}

impl S3 {
    fn place(self, text: &str) -> anyhow::Result<BackupPlace> {
        let read = |path: &std::path::PathBuf| {
            std::fs::read_to_string(path).with_context(|| path.display().to_string())
        };
        let authority = self.authority.as_ref().map(read).transpose()?;
        Ok(place_of(text, self.endpoint, self.region, self.access_key, self.host_style, authority)?)
    }
}

impl Place {
    fn from(self) -> anyhow::Result<Option<From>> {
        let Some(text) = self.from else { return Ok(None) };
        let place = self.s3.place(&text)?;
        let secret = s3_secret(&place)?.map(|secret| SecretText::new(secret.0));
        Ok(Some(From { place, secret }))
    }
}

fn s3_secret(place: &BackupPlace) -> anyhow::Result<Option<Password>> {
    match place {
        BackupPlace::Folder { .. } => Ok(None),
        BackupPlace::S3 { .. } => secret("VAKHTA_S3_SECRET", "secret of the S3 key").map(Some),
    }
}

pub async fn backup(folder: &Path, task: Backup, json: bool) -> anyhow::Result<ExitCode> {
    let mut printer = Printer::new(json);
    match task {
        Backup::List(place) if place.from.is_some() => list_at(place, &mut printer).await,
        Backup::Restore { name, target, desk, place } => {
            let from = place.from()?;
            if Remote::reach(folder).await.is_some() {
                anyhow::ensure!(
                    from.is_none(),
                    "Vakhta runs on this folder: stop it, or name one of its places with --target"
                );
                return restore_running(folder, name, target, &mut printer).await;
            }
            restore_stopped(folder, name, target, desk, from, &mut printer).await
        }
        other => {
            let mut vakhta = Vakhta::reach(folder).await?;
            let outcome = asked(&mut vakhta, other, &mut printer).await;
            vakhta.end().await;
            outcome
        }
    }
}

async fn list_at(place: Place, printer: &mut Printer) -> anyhow::Result<ExitCode> {
    #[derive(Serialize)]
    struct Line {
        desk: DeskId,
        name: String,
        taken: Timestamp,
        size: u64,
    }
    let from = place.from()?.context("say which place")?;
    let target = Target::open(&from.place, from.secret.as_ref())?;
    for (desk, listed) in transfer::desks(&target, &Watch::default()).await? {
        for one in listed {
            let line = Line { desk, name: one.name, taken: one.taken, size: one.size };
            printer.line(&line, |_| format!("{}  desk {}  {} bytes", line.name, line.desk, line.size))?;
        }
    }
    Ok(printer.end()?)
}

async fn asked(vakhta: &mut Vakhta, task: Backup, printer: &mut Printer) -> anyhow::Result<ExitCode> {
    let command = match task {
        Backup::Create => Command::BackupCreate(()),
        Backup::Drill => Command::BackupDrill(()),
        Backup::Verify { name, target } => {
            let view = seen(vakhta.ask(Command::Backups(())).await?)?;
            Command::BackupVerify(copy_of(&view, name, target.as_deref().or(Some("")))?)
        }
        Backup::Cancel => return shown(vakhta, Command::BackupCancel(()), printer).await,
        Backup::List(_) => return shown(vakhta, Command::Backups(()), printer).await,
        Backup::Schedule { at, on, keep } => {
            let view = seen(vakhta.ask(Command::Backups(())).await?)?;
            let schedule = changed(view.schedule, at, &on, &keep)?;
            return shown(vakhta, Command::BackupSchedule(schedule), printer).await;
        }
        Backup::Target(task) => {
            let command = target_command(vakhta, task).await?;
            return shown(vakhta, command, printer).await;
        }
        Backup::Restore { .. } => anyhow::bail!("not asked of a process"),
    };
    let begun = vakhta.ask(command).await?;
    waited(vakhta, seen(begun)?, printer).await
}

async fn target_command(vakhta: &mut Vakhta, task: TargetTask) -> anyhow::Result<Command> {
    let draft = |name: String, place: BackupPlace, secret| BackupTargetDraft { name, place, secret };
    Ok(match task {
        TargetTask::Add { name, at, s3 } => {
            let place = s3.place(&at)?;
            let secret = s3_secret(&place)?;
            Command::BackupTargetAdd(draft(name, place, secret))
        }
        TargetTask::Try { at, s3 } => {
            let place = s3.place(&at)?;
            let secret = s3_secret(&place)?;
            Command::BackupTargetTry(draft("a place".into(), place, secret))
        }
        TargetTask::Change { name, at, secret, s3 } => {
            let place = s3.place(&at)?;
            let secret = if secret { s3_secret(&place)? } else { None };
            let view = seen(vakhta.ask(Command::Backups(())).await?)?;
            let id = id_of(&view, &name)?;
            Command::BackupTargetChange(BackupTargetChange { id, draft: draft(name, place, secret) })
        }
        TargetTask::Remove { name } => {
            let view = seen(vakhta.ask(Command::Backups(())).await?)?;
            Command::BackupTargetRemove(BackupTargetWanted { id: id_of(&view, &name)? })
        }
    })
}

async fn shown(vakhta: &mut Vakhta, command: Command, printer: &mut Printer) -> anyhow::Result<ExitCode> {
    let reply = vakhta.ask(command).await?;
    Ok(printer.reply(&reply)?)
}

/// Waits for what was begun, and says what came of it.
async fn waited(vakhta: &mut Vakhta, begun: BackupsView, printer: &mut Printer) -> anyhow::Result<ExitCode> {
    let mut view = begun;
    let mut shown = String::new();
    while let Some(work) = &view.work {
        let parts: Vec<String> = work.parts.iter().map(|part| so_far(part, &view)).collect();
        progress(&mut shown, &parts.join(", "));
        tokio::time::sleep(LOOK).await;
        view = seen(vakhta.ask(Command::Backups(())).await?)?;
    }
    progress(&mut shown, "");
    let last = view.last.clone().context("nothing is known of what was begun")?;
    printer.reply(&Reply::Backups(view))?;
    if last.cancelled {
        anyhow::bail!("it was cancelled");
    }
    match last.problem {
        Some(problem) => anyhow::bail!("{}", problem.words),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// One line that changes, for whoever looks on.
fn progress(shown: &mut String, words: &str) {
    if std::io::stderr().is_terminal() && shown != words {
        eprint!("\r{words}\u{1b}[K");
        let _ = std::io::stderr().flush();
        words.clone_into(shown);
    }
}

fn so_far(part: &BackupProgress, view: &BackupsView) -> String {
    let percent = (part.done * 100).checked_div(part.total).unwrap_or(0).min(100);
    let words = format!("{} {percent} %", stage(part.stage));
    let place = view.targets.iter().find(|of| part.target.as_ref() == Some(&of.target.id));
    match place {
        Some(of) if !of.target.name.is_empty() => format!("{}: {words}", of.target.name),
        _ => words,
    }
}

fn stage(stage: BackupStage) -> &'static str {
    match stage {
        BackupStage::Snapshot => "taking the snapshot",
        BackupStage::Pack => "packing",
        BackupStage::Send => "sending",
        BackupStage::Pictures => "pictures",
        BackupStage::ReadBack => "reading back",
        BackupStage::Fetch => "fetching",
        BackupStage::Check => "checking",
    }
}

fn seen(reply: Reply) -> anyhow::Result<BackupsView> {
    match reply {
        Reply::Backups(view)
        | Reply::BackupCreate(view)
        | Reply::BackupVerify(view)
        | Reply::BackupDrill(view)
        | Reply::BackupRestore(view) => Ok(view),
        _ => anyhow::bail!("not a list of backups"),
    }
}

fn id_of(view: &BackupsView, name: &str) -> anyhow::Result<String> {
    if name.is_empty() {
        return Ok(HERE.to_owned());
    }
    let found = view.targets.iter().find(|target| target.target.name == name || target.target.id == name);
    found.map(|target| target.target.id.clone()).with_context(|| format!("there is no place “{name}”"))
}

/// A copy by its name, else the newest; at a place, else at any.
fn copy_of(view: &BackupsView, name: Option<String>, target: Option<&str>) -> anyhow::Result<BackupWanted> {
    let id = target.map(|target| id_of(view, target)).transpose()?;
    let targets = view.targets.iter().filter(|of| id.as_ref().is_none_or(|id| of.target.id == *id));
    let copies = targets.flat_map(|of| of.copies.iter().map(|copy| (of.target.id.clone(), copy)));
    let found = match &name {
        Some(name) => copies.into_iter().find(|(_, copy)| copy.name == *name),
        None => copies
            .filter(|(_, copy)| copy.problem.is_none())
            // One that was only not read back yet is read before it takes anything's place.
            .max_by_key(|(_, copy)| {
                (copy.verified.is_some(), !lies_ahead(copy.taken, Timestamp::now()), copy.taken)
            }),
    };
    let (target, copy) = found.context("there is no such backup; see: vakhtad backup list")?;
    Ok(BackupWanted { target, name: copy.name.clone() })
}

async fn restore_running(
    folder: &Path,
    name: Option<String>,
    target: Option<String>,
    printer: &mut Printer,
) -> anyhow::Result<ExitCode> {
    let mut vakhta = Vakhta::reach(folder).await?;
    let view = seen(vakhta.ask(Command::Backups(())).await?)?;
    let wanted = copy_of(&view, name, target.as_deref())?;
    let restored = wanted.name.clone();
    let mut view = seen(vakhta.ask(Command::BackupRestore(wanted)).await?)?;
    // It ends with the process closing the folder and opening it anew, with what was restored.
    while view.work.is_some() {
        tokio::time::sleep(LOOK).await;
        match vakhta.ask(Command::Backups(())).await {
            Ok(reply) => view = seen(reply)?,
            Err(refusal) if refusal.code == ErrorCode::NotReady => {
                return Ok(done(&restored, printer)?);
            }
            Err(refusal) => return Err(refusal.into()),
        }
    }
    match view.last {
        Some(last) if last.cancelled => anyhow::bail!("it was cancelled"),
        Some(last) => match last.problem {
            Some(problem) => anyhow::bail!("{}", problem.words),
            None => Ok(done(&restored, printer)?),
        },
        // Already the one that was opened anew.
        None => Ok(done(&restored, printer)?),
    }
}

async fn restore_stopped(
    folder: &Path,
    name: Option<String>,
    target: Option<String>,
    desk: Option<DeskId>,
    from: Option<From>,
    printer: &mut Printer,
) -> anyhow::Result<ExitCode> {
    if target.is_some() {
        anyhow::bail!("--target names a place of a Vakhta that runs; start it, or say --from PLACE");
    }
    let kit = || Ok(SecretText::new(secret("VAKHTA_RECOVERY_KIT", "code of the recovery kit")?.0));
    let restored = restore_alone(folder, from.as_ref(), (desk, name), kit, &Watch::default()).await?;
    Ok(done(&restored, printer)?)
}

fn done(name: &str, printer: &mut Printer) -> std::io::Result<ExitCode> {
    printer.line(&serde_json::json!({ "restored": name }), |_| {
        format!("{name} was restored; what was there before is kept in the folder kept")
    })?;
    printer.end()
}

fn changed(
    mut schedule: BackupSchedule,
    at: Vec<String>,
    on: &[String],
    keep: &[u32],
) -> anyhow::Result<BackupSchedule> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    if !at.is_empty() {
        schedule.times = serde_json::from_value(serde_json::json!(at)).context("--at")?;
    }
    if !on.is_empty() {
        let unknown = on.iter().find(|day| !DAYS.contains(&day.as_str()));
        anyhow::ensure!(unknown.is_none(), "--on takes {}", DAYS.join(","));
        schedule.days = DAYS.iter().map(|day| on.iter().any(|other| other == day)).collect();
    }
    if let [daily, weekly, monthly] = *keep {
        schedule.keep.daily = daily;
        schedule.keep.weekly = weekly;
        schedule.keep.monthly = monthly;
    }
    Ok(schedule)
}

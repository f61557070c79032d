//! Commands: asked of the process that works on the folder, else carried out here.

use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use vakhta_app::command::{Command, Reply};
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::request::{
    AuthorityRequest, DeviceChange, DeviceDraft, DeviceName, KitGroup, PageRequest, Password, PictureName,
    VisitAct, VisitDraft, WatchRequest,
};
use vakhta_app::secret::SecretText;
use vakhta_app::settings::SiteDraft;
use vakhta_app::users::request::{AuditRequest, SetUp, UserChange, UserDraft, UserWanted};
use vakhta_app::visits::DeskAction;
use vakhta_domain::ids::UserId;
use vakhta_runtime::access::Caller;
use vakhta_runtime::core::Core;
use vakhta_runtime::dispatch::carry_out;
use vakhta_runtime::local::Remote;
use vakhta_runtime::site::read_time;

use crate::arguments::{
    Audit, Authority, Device, Init, Journal, Kit, Monitoring, Task, User, Visit, VisitAdd, Watch,
};
use crate::print::Printer;
use crate::run::is_busy;

/// How long a process that is starting or ending is waited for.
const PATIENCE: Duration = Duration::from_secs(15);
const PAGE: u32 = 1_000;

/// The way to whoever carries commands out.
pub enum Vakhta {
    There(Box<Remote>),
    Here(Arc<Core>),
}

impl Vakhta {
    /// The process that works on the folder; when there is none, this one.
    pub async fn reach(folder: &Path) -> anyhow::Result<Self> {
        let begun = tokio::time::Instant::now();
        loop {
            if let Some(remote) = Remote::reach(folder).await {
                return Ok(Self::There(Box::new(remote)));
            }
            let path = folder.to_owned();
            match tokio::task::spawn_blocking(move || Core::open(&path)).await? {
                Ok(core) => return Ok(Self::Here(core)),
                Err(why) if is_busy(&why) && begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(why) => return Err(why),
            }
        }
    }

    /// Whether it is another process that works on the folder.
    pub fn runs(&self) -> bool {
        matches!(self, Self::There(_))
    }

    pub async fn ask(&mut self, command: Command) -> Result<Reply, Refusal> {
        match self {
            Self::There(remote) => remote.ask(&command).await,
            Self::Here(core) => carry_out(core, &Caller::Owner, command).await.map(|answer| answer.reply),
        }
    }

    pub async fn end(self) {
        if let Self::Here(core) = self {
            core.end().await;
        }
    }
}

pub async fn ask(folder: &Path, task: Task, json: bool) -> anyhow::Result<ExitCode> {
    let mut printer = Printer::new(json);
    if let Task::Watch(watch) = task {
        return follow(folder, watch, &mut printer).await;
    }
    // What is wrong with the request is told before anything is opened.
    let request = request(task)?;
    let mut vakhta = Vakhta::reach(folder).await?;
    let outcome = answer(&mut vakhta, request, &mut printer).await;
    vakhta.end().await;
    outcome
}

enum Request {
    One(Command),
    /// Something about somebody who is named by their login.
    Of(String, fn(UserId) -> Command),
    Change(String, UserChange),
    Audit(Audit),
    /// A list, asked for page by page.
    List(fn(PageRequest) -> Command),
    Picture(String, std::path::PathBuf),
    Kit(Kit),
    /// The certificate of the authority alone.
    Pem(AuthorityRequest),
}

fn request(task: Task) -> anyhow::Result<Request> {
    let act = |id, action| Request::One(Command::VisitAct(VisitAct { id, action }));
    Ok(match task {
        Task::Init(init) => Request::One(Command::SetUp(set_up(init)?)),
        Task::User(user) => user_request(user),
        Task::Audit(audit) => Request::Audit(audit),
        Task::Kit(kit) => Request::Kit(kit),
        Task::NewSiteKey => Request::One(Command::SiteKeyChange(())),
        Task::Device(device) => Request::One(device_command(device)?),
        Task::Visit(Visit::Add(add)) => Request::One(Command::VisitAdd(visit_draft(add)?)),
        Task::Visit(Visit::List) => Request::List(Command::VisitList),
        Task::Visit(Visit::CheckIn { id }) => act(id, DeskAction::CheckIn),
        Task::Visit(Visit::CheckOut { id }) => act(id, DeskAction::CheckOut),
        Task::Visit(Visit::Cancel { id }) => act(id, DeskAction::Cancel),
        Task::Visit(Visit::Reopen { id }) => act(id, DeskAction::Reopen),
        Task::Visit(Visit::Undo { id }) => act(id, DeskAction::Undo),
        Task::Passages => Request::List(Command::Passages),
        Task::Picture { name, out } => Request::Picture(name, out),
        Task::Incidents => Request::List(Command::Incidents),
        Task::Journal(Journal::Verify) => Request::One(Command::JournalVerify(())),
        Task::Status => Request::One(Command::Status(())),
        Task::Link => Request::One(Command::Link(())),
        Task::Authority(Authority { pem, anew, names }) => {
            let request = AuthorityRequest { anew, names };
            if pem { Request::Pem(request) } else { Request::One(Command::Authority(request)) }
        }
        Task::Monitoring(Monitoring::Make) => Request::One(Command::MonitoringTokenMake(())),
        Task::Monitoring(Monitoring::Remove) => Request::One(Command::MonitoringTokenRemove(())),
        Task::Monitoring(Monitoring::Show) => Request::One(Command::Monitoring(())),
        Task::Run(_)
        | Task::Watch(_)
        | Task::Recover
        | Task::Backup(_)
        | Task::Doctor
        | Task::Diagnostics { .. }
        | Task::Isapi(_) => {
            anyhow::bail!("not a command for a data folder")
        }
    })
}

fn set_up(init: Init) -> anyhow::Result<SetUp> {
    let site = SiteDraft { name: init.site, zone: init.zone, ..SiteDraft::default() };
    Ok(SetUp {
        language: init.language.unwrap_or_default(),
        site,
        login: init.login,
        name: init.name,
        password: secret("VAKHTA_PASSWORD", "password of the administrator")?,
        roles: init.also,
        // Taken up by a phone at the first signing in, which demands it.
        factor: None,
    })
}

fn user_request(user: User) -> Request {
    match user {
        User::Add { login, name, roles } => Request::One(Command::UserAdd(UserDraft { login, name, roles })),
        User::List => Request::One(Command::Users(())),
        User::Change { login, name, roles, disabled } => {
            // The id is looked up when the folder is open.
            let change = UserChange { id: UserId(Default::default()), name, roles, disabled };
            Request::Change(login, change)
        }
        User::Password { login } => Request::Of(login, |id| Command::UserPassword(UserWanted { id })),
        User::FactorLost { login } => Request::Of(login, |id| Command::FactorLost(UserWanted { id })),
        User::FactorRemove { login } => Request::Of(login, |id| Command::FactorRemove(UserWanted { id })),
        User::Sessions => Request::One(Command::Sessions(())),
    }
}

/// Who signs in by this name.
async fn user_named(vakhta: &mut Vakhta, login: &str) -> anyhow::Result<UserId> {
    let Reply::Users(users) = vakhta.ask(Command::Users(())).await? else {
        anyhow::bail!("not a list of users")
    };
    let wanted = login.trim().to_lowercase();
    let found = users.into_iter().find(|user| user.login.to_lowercase() == wanted);
    found.map(|user| user.id).with_context(|| format!("nobody signs in as “{login}”; see: vakhtad user list"))
}

/// `vakhtad recover`: needs no process and no secrets, which are what is lost.
pub async fn recover(folder: &Path) -> anyhow::Result<ExitCode> {
    let code = secret("VAKHTA_RECOVERY_KIT", "code of the recovery kit")?;
    let path = folder.to_owned();
    tokio::task::spawn_blocking(move || {
        // Nobody else may work on it meanwhile.
        let _held = vakhta_runtime::folder::DataFolder::lock(&path)?;
        let options = vakhta_secrets::OpenOptions::from_env()?;
        vakhta_secrets::kit::recover(&path, &SecretText::new(code.0.clone()), &options)?;
        anyhow::Ok(())
    })
    .await??;
    // Whoever opens everything is in the journal, like who opens one number.
    let path = folder.to_owned();
    let core = tokio::task::spawn_blocking(move || Core::open(&path)).await??;
    let noted = vakhta_runtime::dispatch::note_recovered(&core).await;
    core.end().await;
    noted?;
    println!("the secrets are back; start Vakhta, and make a new recovery kit");
    Ok(ExitCode::SUCCESS)
}

fn device_command(device: Device) -> anyhow::Result<Command> {
    Ok(match device {
        Device::Add { name, url, user, direction } => Command::DeviceAdd(DeviceDraft {
            name,
            url,
            user,
            direction: direction.into(),
            password: password()?,
        }),
        Device::Change { name, rename, url, user, direction, password: new_password } => {
            Command::DeviceChange(DeviceChange {
                name,
                new_name: rename,
                url,
                user,
                direction: direction.map(Into::into),
                password: new_password.then(password).transpose()?,
            })
        }
        Device::List => Command::DeviceList(()),
        Device::Test { name } => Command::DeviceTest(DeviceName { name }),
        Device::Remove { name } => Command::DeviceRemove(DeviceName { name }),
    })
}

fn visit_draft(add: VisitAdd) -> anyhow::Result<VisitDraft> {
    let (zone, now) = (jiff::tz::TimeZone::system(), Timestamp::now());
    let read = |name: &str, text: Option<&String>| -> anyhow::Result<Option<Timestamp>> {
        text.map(|text| {
            read_time(text, &zone, now).with_context(|| {
                format!("--{name} “{text}” is no time; write 2026-11-23T09:00, or 09:00 for today")
            })
        })
        .transpose()
    };
    Ok(VisitDraft {
        visitor: add.visitor,
        host: add.host,
        purpose: add.purpose,
        person_no: add.person_no,
        card_no: add.card_no,
        // Arguments are seen by every user of the machine.
        document: None,
        iin: None,
        phone: None,
        from: read("from", add.from.as_ref())?,
        until: read("until", add.until.as_ref())?,
        profile: add.profile.into(),
    })
}

fn password() -> anyhow::Result<Password> {
    secret("VAKHTA_DEVICE_PASSWORD", "password of the device")
}

/// From the environment, else from standard input: an argument would be seen by every user of
/// the machine and stay in the shell's history.
pub fn secret(variable: &str, what: &str) -> anyhow::Result<Password> {
    if let Ok(secret) = std::env::var(variable) {
        return Ok(Password(secret));
    }
    if std::io::stdin().is_terminal() {
        eprint!("{what} (it is shown as you type; press Enter): ");
    }
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(4096)
        .read_to_string(&mut text)
        .or_else(|why| if text.is_empty() { Err(why) } else { Ok(text.len()) })?;
    let first = text.lines().next().unwrap_or_default();
    anyhow::ensure!(!first.is_empty(), "no {what}: set {variable} or write it to standard input");
    Ok(Password(first.to_owned()))
}

async fn answer(vakhta: &mut Vakhta, request: Request, printer: &mut Printer) -> anyhow::Result<ExitCode> {
    match request {
        Request::One(command) => {
            let reply = vakhta.ask(command).await?;
            Ok(printer.reply(&reply)?)
        }
        Request::Of(login, command) => {
            let id = user_named(vakhta, &login).await?;
            let reply = vakhta.ask(command(id)).await?;
            Ok(printer.reply(&reply)?)
        }
        Request::Change(login, change) => {
            let id = user_named(vakhta, &login).await?;
            let reply = vakhta.ask(Command::UserChange(UserChange { id, ..change })).await?;
            Ok(printer.reply(&reply)?)
        }
        Request::Kit(kit) => {
            if matches!(kit, Kit::Make) {
                let reply = vakhta.ask(Command::KitMake(())).await?;
                printer.reply(&reply)?;
            }
            let group = secret("VAKHTA_KIT_GROUP", "last group of the kit's code, from its paper");
            let group = if matches!(kit, Kit::Make) {
                group.context(
                    "the kit above is void: its last group was not typed; the one before it is good",
                )?
            } else {
                group?
            };
            let reply = vakhta.ask(Command::KitConfirm(KitGroup { group })).await?;
            Ok(printer.reply(&reply)?)
        }
        Request::Audit(audit) => {
            let author = match &audit.by {
                Some(login) => Some(format!("user/{}", user_named(vakhta, login).await?)),
                None => None,
            };
            let request =
                AuditRequest { author, kinds: audit.kind, limit: audit.limit, ..AuditRequest::default() };
            let reply = vakhta.ask(Command::Audit(request)).await?;
            printer.reply(&reply)?;
            Ok(printer.end()?)
        }
        Request::List(command) => {
            let mut after = 0;
            loop {
                let reply = vakhta.ask(command(PageRequest { after, limit: PAGE })).await?;
                let last = last_row(&reply);
                printer.reply(&reply)?;
                match last {
                    Some(row) => after = row,
                    None => return Ok(printer.end()?),
                }
            }
        }
        Request::Pem(request) => {
            let Reply::Authority(authority) = vakhta.ask(Command::Authority(request)).await? else {
                anyhow::bail!("not an authority");
            };
            std::io::stdout().write_all(authority.pem.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Request::Picture(name, out) => {
            let Reply::Picture(hex) = vakhta.ask(Command::Picture(PictureName { name })).await? else {
                anyhow::bail!("not a picture");
            };
            let jpeg = hex::decode(hex)?;
            if out == Path::new("-") {
                std::io::stdout().write_all(&jpeg)?;
            } else {
                std::fs::write(&out, jpeg).with_context(|| out.display().to_string())?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn last_row(reply: &Reply) -> Option<i64> {
    match reply {
        Reply::VisitList(rows) => rows.last().map(|row| row.row),
        Reply::Passages(rows) => rows.last().map(|row| row.row),
        Reply::Incidents(rows) => rows.last().map(|row| row.row),
        _ => None,
    }
}

/// `vakhtad watch`: goes on through restarts of Vakhta, from where it was.
async fn follow(folder: &Path, watch: Watch, printer: &mut Printer) -> anyhow::Result<ExitCode> {
    let mut after = watch.after;
    let mut told = false;
    let mut stop = Stop::on_interrupt();
    loop {
        let Some(mut remote) = Remote::reach(folder).await else {
            if !told {
                eprintln!("Vakhta does not run on {}; waiting for it", folder.display());
                told = true;
            }
            if stop.within(Duration::from_millis(200)).await {
                return Ok(ExitCode::SUCCESS);
            }
            continue;
        };
        told = false;
        loop {
            let ask = |after, wait_ms| {
                Command::Watch(WatchRequest { after, reader: watch.reader.clone(), wait_ms })
            };
            let next_page = ask(after, 10_000);
            let answer = tokio::select! {
                answer = remote.ask(&next_page) => answer,
                () = stop.wait() => {
                    // The question may be half asked: what has been shown is told anew.
                    if let (Some(mut remote), true) = (Remote::reach(folder).await, after.is_some()) {
                        let _ = remote.ask(&ask(after, 0)).await;
                    }
                    return Ok(ExitCode::SUCCESS);
                }
            };
            match answer {
                Ok(Reply::Watch(page)) => {
                    for item in &page.items {
                        printer.item(item)?;
                        if stop.is_due() {
                            // A named reader does not see again what it has been shown.
                            let _ = remote.ask(&ask(Some(item.seq), 0)).await;
                            return Ok(ExitCode::SUCCESS);
                        }
                    }
                    after = Some(page.next);
                }
                Ok(_) => anyhow::bail!("not a feed"),
                Err(refusal) if refusal.code == ErrorCode::NotReady => break,
                Err(refusal) => return Err(refusal.into()),
            }
        }
    }
}

/// Ctrl+C, noticed between two lines.
struct Stop(tokio::sync::watch::Receiver<bool>);

impl Stop {
    fn on_interrupt() -> Self {
        let (due, stop) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                let _ = due.send(true);
            }
            due.closed().await;
        });
        Self(stop)
    }

    fn is_due(&self) -> bool {
        *self.0.borrow()
    }

    async fn wait(&mut self) {
        let _ = self.0.wait_for(|due| *due).await;
    }

    async fn within(&mut self, duration: Duration) -> bool {
        tokio::time::timeout(duration, self.wait()).await.is_ok()
    }
}

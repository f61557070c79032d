//! What is printed: words for people, or one JSON object a line.

use std::io::{self, StdoutLock, Write};
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use vakhta_app::backups::plan::HERE;
use vakhta_app::backups::view::BackupsView;
use vakhta_app::command::Reply;
use vakhta_app::device::DeviceState;
use vakhta_app::users::view::{Place, UserView};
use vakhta_app::view::{
    AuthorityView, DeviceView, FeedItem, Happening, IncidentView, JournalReport, PassageView, VisitView,
};
use vakhta_runtime::words::note as note_words;

/// How a workstation is told to trust an authority.
const TRUST: &str = "
Take the certificate to each workstation, compare the fingerprint there, then let it be trusted:

  Windows, as administrator
    certutil -dump authority.pem
    certutil -addstore Root authority.pem

  Debian, as root
    openssl x509 -in authority.pem -noout -fingerprint -sha256
    cp authority.pem /usr/local/share/ca-certificates/FILE.crt
    update-ca-certificates

On Linux, Firefox and Chrome have lists of their own: in their settings look for certificates,
authorities, import, and trust it for websites.";

pub struct Printer {
    out: StdoutLock<'static>,
    json: bool,
    zone: TimeZone,
    rows: usize,
}

impl Printer {
    pub fn new(json: bool) -> Self {
        Self { out: io::stdout().lock(), json, zone: TimeZone::system(), rows: 0 }
    }

    pub fn line(&mut self, value: &impl Serialize, words: impl FnOnce(&Self) -> String) -> io::Result<()> {
        self.rows += 1;
        if self.json {
            serde_json::to_writer(&mut self.out, value)?;
            return self.out.write_all(b"\n");
        }
        let words = words(self);
        writeln!(self.out, "{words}")
    }

    /// After the last page of a list.
    pub fn end(&mut self) -> io::Result<ExitCode> {
        if self.rows == 0 && !self.json {
            writeln!(self.out, "nothing yet")?;
        }
        self.out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    pub fn reply(&mut self, reply: &Reply) -> io::Result<ExitCode> {
        match reply {
            Reply::DeviceRemove(()) => self.line(&serde_json::json!({ "done": true }), |_| "done".into())?,
            Reply::Status(status) => self.line(status, |printer| {
                let runs = if status.running { "runs" } else { "does not run on this folder" };
                let kit = match (&status.kit.id, status.kit.confirmed) {
                    (Some(id), true) => format!("{id}, confirmed"),
                    (Some(id), false) => format!("{id}, not confirmed: vakhtad kit confirm"),
                    (None, _) => {
                        "none: without one lost secrets are lost for good; vakhtad kit make".to_owned()
                    }
                };
                let mut words = format!(
                    "Vakhta {} {runs}\nsecrets: {}\nrecovery kit: {kit}",
                    status.version, status.secrets
                );
                for task in &status.tasks {
                    let last = task.last.map_or("not yet".to_owned(), |at| printer.clock(at));
                    words += &format!("\n{}: {last} {}", task.name, task.result.as_deref().unwrap_or(""));
                }
                words
            })?,
            Reply::Health(report) => self.line(report, |_| format!("{:?}", report.level).to_lowercase())?,
            Reply::Backups(view)
            | Reply::BackupCreate(view)
            | Reply::BackupVerify(view)
            | Reply::BackupDrill(view)
            | Reply::BackupRestore(view)
            | Reply::BackupSchedule(view)
            | Reply::BackupTargetAdd(view)
            | Reply::BackupTargetChange(view)
            | Reply::BackupTargetRemove(view)
            | Reply::BackupCancel(view) => self.line(view, |printer| printer.backups(view))?,
            Reply::BackupTargetTry(report) => self.line(report, |_| {
                format!("ok: {} backups of {} desks lie there", report.backups, report.desks)
            })?,
            Reply::MonitoringTokenMake(made) => self.line(made, |_| made.token.clone())?,
            Reply::Monitoring(view) | Reply::MonitoringTokenRemove(view) => self.line(view, |printer| {
                let date = |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| printer.date(at));
                match view.made {
                    Some(_) => format!("made {}, good until {}", date(view.made), date(view.ends)),
                    None => "there is no monitoring token; make one: vakhtad monitoring make".to_owned(),
                }
            })?,
            Reply::DeviceList(devices) => {
                for device in devices {
                    self.line(device, |printer| printer.device(device))?;
                }
                if devices.is_empty() && !self.json {
                    writeln!(self.out, "no devices yet; add one: vakhtad device add NAME --url … --user …")?;
                }
            }
            Reply::DeviceAdd(device) | Reply::DeviceChange(device) => {
                self.line(device, |printer| printer.device(device))?
            }
            Reply::DeviceTest(report) | Reply::DeviceTry(report) => {
                self.line(report, |_| {
                    let model = report.model.as_deref().unwrap_or("");
                    let mark = if report.ok { "ok" } else { "failed" };
                    format!("{mark}: {} {model}", report.words).trim_end().to_owned()
                })?;
                self.out.flush()?;
                return Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            Reply::VisitAdd(visit) | Reply::VisitAct(visit) => {
                self.line(visit, |printer| printer.visit(visit))?
            }
            Reply::VisitList(visits) => {
                for visit in visits {
                    self.line(visit, |printer| printer.visit(visit))?;
                }
            }
            Reply::Passages(passages) => {
                for passage in passages {
                    self.line(passage, |printer| printer.passage(passage))?;
                }
            }
            Reply::Incidents(incidents) => {
                for incident in incidents {
                    self.line(incident, |printer| printer.incident(incident))?;
                }
            }
            Reply::JournalVerify(report) => {
                self.line(report, |_| journal(report))?;
                self.out.flush()?;
                return Ok(if report.whole { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
            Reply::Link(address) => {
                self.line(&serde_json::json!({ "address": address }), |_| address.clone())?;
            }
            Reply::Authority(authority) => self.line(authority, |printer| printer.authority(authority))?,
            Reply::SetUp(done) => self.line(done, |_| {
                format!(
                    "the site is set up. Its recovery kit, which opens the data without the keyring; print \
                     it, it is shown this once:\n\n    {}\n\nkit {}",
                    done.kit.code, done.kit.id
                )
            })?,
            Reply::KitMake(kit) => {
                self.line(kit, |_| {
                    format!(
                        "a new recovery kit; print it, it is shown this once:\n\n    {}\n\nkit {}",
                        kit.code, kit.id
                    )
                })?;
            }
            Reply::KitConfirm(kit) => self.line(kit, |_| {
                format!(
                    "kit {} is confirmed; papers of other kits open nothing",
                    kit.id.as_deref().unwrap_or_default()
                )
            })?,
            Reply::SiteKeyChange(changed) => self.line(changed, |_| {
                format!(
                    "the site has key {}; {} keys of persons were brought under it",
                    changed.number, changed.rewrapped
                )
            })?,
            Reply::Users(users) => {
                for user in users {
                    self.line(user, |printer| printer.user(user))?;
                }
            }
            Reply::UserAdd(given) | Reply::UserPassword(given) => self.line(given, |printer| {
                format!(
                    "{}\npassword, to be replaced at the first signing in: {}",
                    printer.user(&given.user),
                    given.password
                )
            })?,
            Reply::UserChange(user) | Reply::FactorLost(user) | Reply::FactorRemove(user) => {
                self.line(user, |printer| printer.user(user))?;
            }
            Reply::Sessions(sessions) => {
                for session in sessions {
                    self.line(session, |printer| {
                        let place = if session.place == Place::Window { "window" } else { "browser" };
                        let (begun, seen) = (printer.date(session.begun), printer.date(session.seen));
                        format!("{}  {}  {place} since {begun}, last used {seen}", session.id, session.name)
                    })?;
                }
            }
            Reply::Audit(entries) => {
                for entry in entries {
                    self.line(entry, |printer| {
                        let name =
                            |name: &Option<String>, id: &str| name.clone().unwrap_or_else(|| id.to_owned());
                        format!(
                            "{}  {}  {}  {}  {}",
                            printer.date(entry.at),
                            name(&entry.author_name, &entry.author),
                            entry.kind,
                            name(&entry.entity_name, &entry.entity),
                            entry.fields
                        )
                    })?;
                }
            }
            // For screens; nobody asks for them here.
            Reply::Access(_)
            | Reply::FactorOffer(_)
            | Reply::SignIn(_)
            | Reply::Unlock(_)
            | Reply::SignOut(_)
            | Reply::Lock(_)
            | Reply::Touch(())
            | Reply::StepUp(_)
            | Reply::PasswordChange(_)
            | Reply::PinChange(_)
            | Reply::FactorChange(_)
            | Reply::RecoveryCodes(_)
            | Reply::SessionEnd(())
            | Reply::Matrix(_)
            | Reply::AuditExport(_) => {}
            Reply::VisitorIdentity(_) | Reply::VisitorReveal(_) | Reply::VisitorErase(()) => {}
            Reply::Snapshot(_)
            | Reply::Events(_)
            | Reply::VisitDetail(_)
            | Reply::Search(_)
            | Reply::PassagesBefore(_)
            | Reply::Picture(_)
            | Reply::Settings(_)
            | Reply::DeskSettings(_)
            | Reply::SiteSettings(_)
            | Reply::SecuritySettings(_)
            | Reply::Watch(_) => {}
        }
        self.out.flush()?;
        Ok(ExitCode::SUCCESS)
    }

    /// One line of the live feed.
    pub fn item(&mut self, item: &FeedItem) -> io::Result<()> {
        if self.json {
            serde_json::to_writer(&mut self.out, item)?;
            self.out.write_all(b"\n")?;
        } else if let Some(words) = self.happening(&item.what, item.written) {
            writeln!(self.out, "{words}")?;
        }
        self.out.flush()
    }

    fn happening(&self, what: &Happening, written: Timestamp) -> Option<String> {
        match what {
            Happening::Passage(passage) => Some(self.passage(passage)),
            // The passage was told when it came; its picture is news for screens.
            Happening::Picture(_) => None,
            Happening::Visit(happening) => Some(format!(
                "{}  visit     {} → {}: {} ({}), now {}",
                self.date(happening.at),
                happening.visit.visitor,
                happening.visit.host,
                happening.fact.replace('_', " "),
                happening.origin,
                happening.visit.status.replace('_', " ")
            )),
            Happening::Erased(()) => Some(format!("{}  visitors  somebody was erased", self.date(written))),
            Happening::Settings(_) => Some(format!("{}  settings  changed", self.date(written))),
            Happening::Incident(incident) => Some(self.incident(incident)),
            Happening::Device { change, name } => {
                Some(format!("{}  device    {name}: {}", self.date(written), change.replace("device.", "")))
            }
        }
    }

    fn user(&self, user: &UserView) -> String {
        let roles: Vec<&str> = user.roles.iter().map(|role| role.as_str()).collect();
        let notes = [
            (user.disabled, "kept out"),
            (user.locked_out, "locked out"),
            (user.password_given, "password to be replaced"),
            (user.factor, "second factor"),
            (user.factor_lost.is_some(), "second factor said to be lost"),
        ];
        let notes: Vec<&str> = notes.into_iter().filter_map(|(is, words)| is.then_some(words)).collect();
        let seen = user.seen.map_or("never".to_owned(), |at| self.date(at));
        format!(
            "{}  {}  {}  last signed in: {seen}  {}",
            user.login,
            user.name,
            roles.join(","),
            notes.join(", ")
        )
    }

    fn clock(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%H:%M:%S").to_string()
    }

    fn date(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn backups(&self, view: &BackupsView) -> String {
        let verified = view.verified.map_or("none yet".to_owned(), |at| self.date(at));
        let recoverable = match view.recoverable {
            true => "recoverable",
            false => "not recoverable: it takes a verified copy elsewhere and a confirmed recovery kit",
        };
        let mut words = format!("newest verified: {verified}; {recoverable}");
        if let Some(next) = view.next {
            words += &format!("\nnext: {}", self.date(next));
        }
        if let Some(drill) = &view.drill {
            let how = drill.problem.as_ref().map_or("whole", |problem| problem.words.as_str());
            words += &format!("\nlast drill: {} {how}", self.date(drill.at));
        }
        for of in &view.targets {
            let name = if of.target.id == HERE { "in the data folder" } else { &of.target.name };
            words += &format!("\n\n{name}");
            if let Some(problem) = &of.problem {
                words += &format!(": {}", problem.words);
            }
            for copy in &of.copies {
                let how = match (&copy.problem, copy.verified) {
                    (Some(problem), _) => problem.words.clone(),
                    (None, Some(at)) => format!("verified {}", self.date(at)),
                    (None, None) => "not verified".to_owned(),
                };
                words += &format!("\n  {}  {} bytes  {how}", copy.name, copy.size);
            }
        }
        words
    }

    fn device(&self, device: &DeviceView) -> String {
        let state = match &device.state {
            DeviceState::Unwatched => "not watched",
            DeviceState::Connecting => "connecting",
            DeviceState::Online => "online",
            DeviceState::Polling { .. } => "polling",
            DeviceState::StreamOnly => "stream only",
            DeviceState::StreamSilent { .. } => "stream silent",
            DeviceState::Offline { .. } => "offline",
            DeviceState::Refused(_) => "login refused",
            DeviceState::Faulty { .. } => "faulty",
        };
        let heard = device.heard.map_or(String::new(), |at| format!(", heard {}", self.clock(at)));
        let notes = device.notes.iter().map(|note| note_words(note, Timestamp::now()));
        let words = std::iter::once(device.words.clone()).chain(notes);
        let words: Vec<String> = words.filter(|words| !words.is_empty()).collect();
        let words = if words.is_empty() { String::new() } else { format!("\n    {}", words.join("\n    ")) };
        format!("{}  [{state}]  {}  {}{heard}{words}", device.name, device.direction.as_str(), device.url)
    }

    fn visit(&self, visit: &VisitView) -> String {
        let time = |at: Option<Timestamp>, by: Option<&String>| {
            at.map_or("–".to_owned(), |at| format!("{} ({})", self.date(at), by.map_or("", String::as_str)))
        };
        format!(
            "{}  {}  {} → {}  in {}  out {}",
            visit.id,
            visit.status,
            visit.visitor,
            visit.host,
            time(visit.entered, visit.entered_by.as_ref()),
            time(visit.left, visit.left_by.as_ref())
        )
    }

    fn passage(&self, passage: &PassageView) -> String {
        let verdict = match (passage.verdict.as_str(), passage.direction.as_str()) {
            ("granted", "in") => "in       ",
            ("granted", "out") => "out      ",
            ("granted", _) => "seen     ",
            ("refused", _) => "REFUSED  ",
            _ => "event    ",
        };
        let who = passage.visitor.as_deref().or(passage.person_no.as_deref()).or(passage.card_no.as_deref());
        let code = format!("{}/{}", passage.major, passage.minor);
        let late = if passage.live { "" } else { "  (told late)" };
        format!(
            "{}  {verdict} {}: {}  {}{late}",
            self.date(passage.at),
            passage.device,
            passage.meaning.as_deref().unwrap_or(&code),
            who.unwrap_or("")
        )
    }

    fn authority(&self, authority: &AuthorityView) -> String {
        let file = authority.name.to_lowercase().replace(' ', "-");
        let (from, until) = (self.date(authority.from), self.date(authority.until));
        format!(
            "{}\ncertificate: {}\nSHA-256:     {}\nvalid:       {from} to {until}\nvouches for: {}\n{}",
            authority.name,
            authority.path,
            authority.fingerprint,
            authority.vouches_for.join(" "),
            TRUST.replace("FILE", &file)
        )
    }

    fn incident(&self, incident: &IncidentView) -> String {
        let times = if incident.count > 1 { format!(" ×{}", incident.count) } else { String::new() };
        let why = incident.withdrawn.as_ref().map(|why| why.replace('_', " "));
        let end = why.map_or(String::new(), |why| format!(", withdrawn: {why}"));
        format!(
            "{}  INCIDENT  {} ({}){times}: {} at {} [{}{end}]",
            self.date(incident.at),
            incident.kind.replace('_', " "),
            incident.severity,
            incident.visitor.as_deref().unwrap_or("somebody"),
            incident.device.as_deref().unwrap_or("the desk"),
            incident.status.replace('_', " ")
        )
    }
}

fn journal(report: &JournalReport) -> String {
    match &report.broken {
        None if report.without_content > 0 => format!(
            "the journal's chain is whole: {} operations; {} of them have no content any more",
            report.operations, report.without_content
        ),
        None => format!("the journal is whole: {} operations", report.operations),
        Some(broken) => format!("the journal is BROKEN after {} operations: {broken}", report.operations),
    }
}

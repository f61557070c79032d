//! `vakhtad doctor`: looks at the installation and says what to do; `vakhtad diagnostics`: what may be sent
//! to support.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;
use vakhta_app::command::{Command, Reply};
use vakhta_app::health::HealthLevel;
use vakhta_runtime::diagnostics;
use vakhta_runtime::findings::words;

use crate::ask::Vakhta;
use crate::print::Printer;

/// One thing that was looked at.
#[derive(Serialize)]
struct Line {
    what: String,
    level: HealthLevel,
    found: String,
    todo: Option<String>,
}

impl Line {
    fn new(what: &str, level: HealthLevel, found: impl Into<String>, todo: Option<&str>) -> Self {
        Self { what: what.to_owned(), level, found: found.into(), todo: todo.map(str::to_owned) }
    }
}

pub async fn doctor(folder: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let mut lines = installation(folder);
    match Vakhta::reach(folder).await {
        Ok(mut vakhta) => {
            let runs = vakhta.runs();
            let todo = "start it: vakhtad run, the window, or the service";
            lines.push(match runs {
                true => Line::new("process", HealthLevel::Healthy, "Vakhta runs on this folder", None),
                false => Line::new(
                    "process",
                    HealthLevel::Warning,
                    "Vakhta does not run on this folder",
                    Some(todo),
                ),
            });
            let looked = health(&mut vakhta).await;
            vakhta.end().await;
            lines.extend(looked?);
        }
        Err(why) => {
            let todo = "restore a backup: vakhtad backup restore; lost secrets: vakhtad recover";
            lines.push(Line::new("data", HealthLevel::Unhealthy, format!("{why:#}"), Some(todo)));
        }
    }
    let worst = lines.iter().map(|line| line.level).max().unwrap_or(HealthLevel::Healthy);
    let mut printer = Printer::new(json);
    for line in &lines {
        printer.line(line, |_| {
            let mark = match line.level {
                HealthLevel::Healthy => "ok  ",
                HealthLevel::Warning => "look",
                HealthLevel::Unhealthy => "BAD ",
            };
            let todo = line.todo.as_ref().map_or(String::new(), |todo| format!("\n        {todo}"));
            format!("{mark}  {}: {}{todo}", line.what, line.found)
        })?;
    }
    printer.end()?;
    Ok(if worst == HealthLevel::Unhealthy { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn health(vakhta: &mut Vakhta) -> anyhow::Result<Vec<Line>> {
    let Reply::Health(report) = vakhta.ask(Command::Health(())).await? else {
        anyhow::bail!("not a report");
    };
    let mut lines = Vec::new();
    for check in report.checks {
        for finding in &check.findings {
            let (found, todo) = words(check.part, finding);
            lines.push(Line { what: check.part.as_str().to_owned(), level: finding.level(), found, todo });
        }
    }
    Ok(lines)
}

/// What can be looked at without opening anything.
fn installation(folder: &Path) -> Vec<Line> {
    let mut lines = vec![Line::new(
        "program",
        HealthLevel::Healthy,
        format!("vakhtad {} for {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS),
        None,
    )];
    lines.push(match std::fs::metadata(folder) {
        Ok(of) if of.is_dir() => private(folder, &of),
        Ok(_) => Line::new("folder", HealthLevel::Unhealthy, "is no folder", Some("say another with --data")),
        Err(why) => Line::new(
            "folder",
            HealthLevel::Unhealthy,
            format!("{}: {why}", folder.display()),
            Some("say which with --data DIR, or set it up: vakhtad init"),
        ),
    });
    let zone = jiff::tz::TimeZone::system();
    lines.push(match zone.iana_name() {
        Some(name) => Line::new("zone", HealthLevel::Healthy, name, None),
        None => Line::new(
            "zone",
            HealthLevel::Warning,
            "the machine's time zone has no name",
            Some("set the zone of the site, or of the machine"),
        ),
    });
    lines.extend(service());
    lines
}

#[cfg(unix)]
fn private(folder: &Path, of: &std::fs::Metadata) -> Line {
    use std::os::unix::fs::PermissionsExt;
    let mode = of.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Line::new("folder", HealthLevel::Healthy, folder.display().to_string(), None);
    }
    let found = format!("{} is open to other users ({mode:03o})", folder.display());
    Line::new("folder", HealthLevel::Warning, found, Some("chmod 700 on it"))
}

/// It has the access list of the user's own folders.
#[cfg(not(unix))]
fn private(folder: &Path, _of: &std::fs::Metadata) -> Line {
    Line::new("folder", HealthLevel::Healthy, folder.display().to_string(), None)
}

/// Whether the system starts Vakhta.
#[cfg(target_os = "linux")]
fn service() -> Option<Line> {
    const UNITS: [&str; 2] =
        ["/etc/systemd/system/vakhtad.service", "/usr/lib/systemd/system/vakhtad.service"];
    if !Path::new("/run/systemd/system").exists() {
        return None;
    }
    Some(match UNITS.iter().find(|unit| Path::new(unit).exists()) {
        Some(unit) => Line::new("service", HealthLevel::Healthy, *unit, None),
        None => Line::new(
            "service",
            HealthLevel::Healthy,
            "no unit is installed: Vakhta runs when somebody starts it",
            None,
        ),
    })
}

#[cfg(not(target_os = "linux"))]
fn service() -> Option<Line> {
    None
}

/// Writes the archive; refuses to write over a file that is there.
pub async fn diagnose(folder: &Path, out: Option<PathBuf>, json: bool) -> anyhow::Result<ExitCode> {
    let out = out.unwrap_or_else(|| PathBuf::from(diagnostics::file_name(jiff::Timestamp::now())));
    let mut vakhta = Vakhta::reach(folder).await?;
    let told = told(&mut vakhta).await;
    vakhta.end().await;
    let bytes = diagnostics::archive(folder, told?)?;
    let mut options = File::options();
    options.write(true).create_new(true);
    let mut file = options.open(&out).with_context(|| out.display().to_string())?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).with_context(|| out.display().to_string())?;
    let mut printer = Printer::new(json);
    printer.line(&serde_json::json!({ "written": out }), |_| {
        format!("{} was written; no person and no secret is in it", out.display())
    })?;
    Ok(printer.end()?)
}

async fn told(vakhta: &mut Vakhta) -> anyhow::Result<diagnostics::Told> {
    let (Reply::Health(health), Reply::Status(status), Reply::DeviceList(devices), Reply::Backups(backups)) = (
        vakhta.ask(Command::Health(())).await?,
        vakhta.ask(Command::Status(())).await?,
        vakhta.ask(Command::DeviceList(())).await?,
        vakhta.ask(Command::Backups(())).await?,
    ) else {
        anyhow::bail!("not what was asked for");
    };
    Ok(diagnostics::Told { health, status, devices, backups })
}

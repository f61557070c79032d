//! A backup is a restore that was tried: reading one back, and restoring the newest for trial.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use vakhta_app::backups::plan::{BackupTarget, HERE};
use vakhta_app::backups::retention::lies_ahead;
use vakhta_app::backups::view::{BackupCopy, DrillReport};
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::users::port::UserTx;
use vakhta_backup::BackupError;
use vakhta_backup::archive::Manifest;
use vakhta_backup::transfer::{self, At};
use vakhta_backup::watch::Watch;
use vakhta_domain::operation::kind;
use vakhta_store::Contents;

use super::{DRILL, PART, Trouble, create, fresh_work, places};
use crate::core::Core;

pub(super) async fn verify(core: &Arc<Core>, watch: &Watch, target: &str, name: &str) -> Result<(), Trouble> {
    let (known, place) = known(core, target, name).await?;
    let work = fresh_work(core.folder.path())?;
    let identity = create::identity(core).await?;
    let way = places::way(core, &place).await?;
    let at = At { id: target, target: &way, layout: places::layout(core) };
    let read =
        transfer::read_back(at, name, &identity, &work.join(PART), None, watch).await.map_err(Trouble::from);
    let copy = match &read {
        Ok(_) => BackupCopy { verified: Some(core.now()), problem: None, ..known },
        // It may be whole and the place away: what is known of it stays.
        Err(Trouble::Problem(problem)) if says_of_it(problem.kind) => {
            BackupCopy { verified: None, problem: Some(problem.clone()), ..known }
        }
        Err(_) => known,
    };
    let id = target.to_owned();
    core.store.write(core.now(), move |tx| tx.keep_backup_copy(&id, &copy)).await?;
    read.map(drop)
}

fn says_of_it(kind: vakhta_app::backups::view::BackupProblemKind) -> bool {
    use vakhta_app::backups::view::BackupProblemKind as Kind;
    matches!(kind, Kind::Missing | Kind::Broken | Kind::Locked)
}

async fn known(core: &Arc<Core>, target: &str, name: &str) -> Result<(BackupCopy, BackupTarget), Trouble> {
    let (id, wanted) = (target.to_owned(), name.to_owned());
    let found = core
        .blocking(move |core| {
            let place = places::target_of(core, &id)?;
            let copies = core.store.backup_copies()?;
            let copy = copies.into_iter().find(|(of, copy)| *of == id && copy.name == wanted);
            Ok::<_, vakhta_store::WriteError>((copy.map(|(_, copy)| copy), place))
        })
        .await??;
    let (copy, place) = found;
    let copy = copy.ok_or_else(|| Refusal::not_found("backup", name))?;
    Ok((copy, place))
}

/// Restores the newest verified backup into a folder of its own, brings it up to date there, compares it
/// with its manifest, and throws it away.
pub(super) async fn drill(core: &Arc<Core>, watch: &Watch, author: &str) -> Result<(), Trouble> {
    let Some((target, name)) = newest(core).await? else {
        return Err(Refusal::new(ErrorCode::WrongState, "there is no verified backup yet: make one").into());
    };
    let begun = Instant::now();
    let mut report = DrillReport {
        at: core.now(),
        target: target.id.clone(),
        name: name.clone(),
        took_ms: 0,
        rows: 0,
        pictures: 0,
        pictures_missing: 0,
        problem: None,
    };
    let outcome = drilled(core, &target, &name, &mut report, watch).await;
    report.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let outcome = match outcome {
        Err(Trouble::Cancelled) => return Err(Trouble::Cancelled),
        Err(Trouble::Problem(problem)) => {
            report.problem = Some(problem.clone());
            Err(Trouble::Problem(problem))
        }
        Ok(()) => Ok(()),
    };
    let text = serde_json::to_string(&report).map_err(std::io::Error::other)?;
    let (author, result) = (author.to_owned(), if outcome.is_ok() { "whole" } else { "failed" });
    core.store
        .write(core.now(), move |tx| {
            tx.set_setting(DRILL, &text)?;
            tx.note(kind::BACKUP_DRILLED, &format!("backup/{name}"), &author, &[("result", result)])
        })
        .await?;
    outcome
}

async fn drilled(
    core: &Arc<Core>,
    target: &BackupTarget,
    name: &str,
    report: &mut DrillReport,
    watch: &Watch,
) -> Result<(), Trouble> {
    let work = fresh_work(core.folder.path())?;
    let database = work.join("drill.sqlite3");
    let identity = create::identity(core).await?;
    let way = places::way(core, target).await?;
    let at = At { id: &target.id, target: &way, layout: places::layout(core) };
    let unpacked = transfer::read_back(at, name, &identity, &work.join(PART), Some(&database), watch).await?;
    let contents = opened(database, unpacked.manifest.clone(), Vec::new()).await?.0;
    report.rows = contents.rows.values().sum();
    report.pictures = unpacked.manifest.pictures;
    let gone = core.blocking(|core| core.store.pictures_gone()).await??;
    let wanted: Vec<String> = unpacked.pictures.into_iter().filter(|name| !gone.contains(name)).collect();
    let folder = core.folder.path().join(crate::pictures::FOLDER);
    report.pictures_missing = if target.id == HERE {
        let lost = move || wanted.iter().filter(|name| !folder.join(&name[..2]).join(name).is_file()).count();
        tokio::task::spawn_blocking(lost).await? as u64
    } else {
        transfer::missing_pictures(at, &folder, &wanted, watch).await?
    };
    if report.pictures_missing > 0 {
        let why = format!("{} of {} pictures are missing", report.pictures_missing, report.pictures);
        return Err(BackupError::Broken(why).into());
    }
    Ok(())
}

/// The newest verified copy, from elsewhere where there is one as new.
async fn newest(core: &Arc<Core>) -> Result<Option<(BackupTarget, String)>, Trouble> {
    let found = core
        .blocking(|core| {
            let targets = places::all(core)?;
            let now = core.now();
            let copies = core.store.backup_copies()?.into_iter().filter(|(_, copy)| copy.verified.is_some());
            let newest = copies
                .max_by_key(|(target, copy)| (!lies_ahead(copy.taken, now), copy.taken, target != HERE));
            Ok::<_, vakhta_store::WriteError>(newest.and_then(|(id, copy)| {
                targets.into_iter().find(|target| target.id == id).map(|target| (target, copy.name))
            }))
        })
        .await??;
    Ok(found)
}

/// Looks at a database that came back as its manifest describes it, and makes it ready to be worked on.
/// Gives what stood in it, and the pictures that are to be removed.
pub(super) async fn opened(
    database: PathBuf,
    manifest: Manifest,
    erased: Vec<vakhta_store::Erased>,
) -> Result<(Contents, Vec<String>), Trouble> {
    let opened = tokio::task::spawn_blocking(move || {
        let contents = vakhta_store::inspect(&database)?;
        same(&contents, &manifest)?;
        let gone = vakhta_store::revive(&database, &erased)?;
        // Read through once more as it will be worked on.
        vakhta_store::inspect(&database)?;
        Ok::<_, Trouble>((contents, gone))
    });
    opened.await?
}

fn same(contents: &Contents, manifest: &Manifest) -> Result<(), Trouble> {
    if contents.rows == manifest.rows && contents.seq == manifest.seq && contents.heads == manifest.heads {
        return Ok(());
    }
    Err(BackupError::Broken("what stands in the database is not what its manifest says".into()).into())
}

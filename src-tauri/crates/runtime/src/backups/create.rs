//! A backup: a snapshot, packed once and sent to every place. A place that fails stops no other.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use vakhta_app::backups::plan::BackupTarget;
use vakhta_app::backups::retention::lies_ahead;
use vakhta_app::backups::view::{BackupCopy, BackupProblem, BackupStage};
use vakhta_app::secret::Secrets;
use vakhta_app::users::port::UserTx;
use vakhta_backup::BackupError;
use vakhta_backup::archive::{self, Manifest, Source};
use vakhta_backup::identity::Identity;
use vakhta_backup::layout::{Layout, name_of};
use vakhta_backup::transfer::{self, At};
use vakhta_backup::watch::Watch;
use vakhta_domain::operation::kind;
use vakhta_store::Contents;

use super::{FOLDER, Trouble, copies, fresh_work, places};
use crate::core::Core;
use crate::folder::create_private;

/// How often the growing snapshot is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// Places that are sent to at the same time; each holds a few parts of 8 MB in memory.
const AT_ONCE: usize = 4;

pub(super) async fn run(core: &Arc<Core>, watch: &Watch, author: &str) -> Result<(), Trouble> {
    let work = fresh_work(core.folder.path())?;
    let identity = identity(core).await?;
    let taken = moment(core).await?;
    let name = name_of(taken);
    let (snapshot, packed) = (work.join("snapshot.sqlite3"), work.join(&name));
    let contents = snapshot_of(core, &snapshot, watch).await?;
    let manifest = packed_of(&contents, &snapshot, &packed, taken, &identity, watch).await?;
    tokio::fs::remove_file(&snapshot).await?;

    let targets = core.blocking(places::all).await??;
    let gone = core.blocking(|core| core.store.pictures_gone()).await??;
    let backup = Made { name, packed, manifest, pictures: contents.pictures, gone, identity, taken };
    let of = targets.len();
    let (backup, room) = (Arc::new(backup), Arc::new(Semaphore::new(AT_ONCE)));
    let mut sending = JoinSet::new();
    for target in targets {
        let (core, backup, work) = (Arc::clone(core), Arc::clone(&backup), work.clone());
        let (watch, room) = (watch.clone(), Arc::clone(&room));
        sending.spawn(async move {
            let _place = room.acquire().await;
            let outcome = to_target(&core, &target, &backup, &work, &watch.part(&target.id)).await;
            fared(&core, &target, outcome)
        });
    }
    let mut failed = Vec::new();
    while let Some(sent) = sending.join_next().await {
        failed.extend(sent??);
    }
    let (name, author) = (backup.name.clone(), author.to_owned());
    let (whole, of) = ((of - failed.len()).to_string(), of.to_string());
    core.store
        .write(core.now(), move |tx| {
            tx.note(kind::BACKUP_MADE, &format!("backup/{name}"), &author, &[("places", &whole), ("of", &of)])
        })
        .await?;
    failed.into_iter().next().map_or(Ok(()), |problem| Err(Trouble::Problem(problem)))
}

/// What came of a place: its problem, where it has one; an error only when all of it was cancelled.
fn fared(
    core: &Core,
    target: &BackupTarget,
    outcome: Result<(), Trouble>,
) -> Result<Option<BackupProblem>, Trouble> {
    let problem = match outcome {
        Ok(()) => None,
        Err(Trouble::Cancelled) => return Err(Trouble::Cancelled),
        Err(Trouble::Problem(problem)) => {
            tracing::error!(target = target.id, why = problem.words, "a backup did not reach a place");
            Some(problem)
        }
    };
    core.backups.fared(&target.id, problem.clone());
    Ok(problem)
}

/// Now, but after every backup that is known: names tell seconds, and none takes another's place.
async fn moment(core: &Arc<Core>) -> Result<Timestamp, Trouble> {
    let copies = core.blocking(|core| core.store.backup_copies()).await??;
    let (now, second) = (core.now(), SignedDuration::from_secs(1));
    let newest = copies.iter().map(|(_, copy)| copy.taken).filter(|taken| !lies_ahead(*taken, now)).max();
    let mut next = newest.map_or(now, |newest| now.max(newest + second));
    while copies.iter().any(|(_, copy)| copy.name == name_of(next)) {
        next += second;
    }
    Ok(next)
}

/// The key that opens backups; the kit holds it before anything is sealed for it.
pub(super) async fn identity(core: &Arc<Core>) -> Result<Identity, Trouble> {
    let identity = core.blocking(|core| Identity::have(core.secrets.as_ref())).await??;
    crate::dispatch::kit_keep_up(core).await?;
    Ok(identity)
}

/// A snapshot that was read through, and what stands in it.
async fn snapshot_of(core: &Arc<Core>, to: &Path, watch: &Watch) -> Result<Contents, Trouble> {
    let (data, path) = (core.folder.path().to_owned(), to.to_owned());
    let size = tokio::fs::metadata(data.join(vakhta_store::FILE)).await.map_or(0, |of| of.len());
    watch.at(BackupStage::Snapshot, None, size)?;
    let (send, handle) = tokio::sync::oneshot::channel();
    let taking = tokio::task::spawn_blocking(move || {
        vakhta_store::snapshot(&data, &path, |handle| drop(send.send(handle)))
    });
    let grows = async {
        let Ok(handle) = handle.await else { return };
        let mut seen = 0;
        loop {
            tokio::time::sleep(LOOK).await;
            make_durable(to).await;
            let grown = tokio::fs::metadata(to).await.map_or(0, |of| of.len());
            if watch.advance(grown.saturating_sub(seen)).is_err() {
                handle.interrupt();
            }
            seen = grown.max(seen);
        }
    };
    let taken = tokio::select! {
        taken = taking => taken?,
        () = async { grows.await; std::future::pending::<()>().await } => return Err(Trouble::Cancelled),
    };
    if watch.is_stopped() {
        return Err(Trouble::Cancelled);
    }
    if let Err(why) = &taken
        && vakhta_store::is_damage(why)
    {
        core.store.damaged(why.to_string());
    }
    taken?;
    let path = to.to_owned();
    Ok(tokio::task::spawn_blocking(move || vakhta_store::inspect(&path)).await??)
}

/// As it grows: what the desk commits would else wait for all of it at once.
async fn make_durable(file: &Path) {
    let file = file.to_owned();
    let synced = tokio::task::spawn_blocking(move || {
        std::fs::OpenOptions::new().write(true).open(file).and_then(|file| file.sync_data())
    });
    if let Ok(Err(why)) = synced.await {
        tracing::debug!(%why, "the snapshot is made durable at its end only");
    }
}

async fn packed_of(
    contents: &Contents,
    snapshot: &Path,
    to: &Path,
    taken: Timestamp,
    identity: &Identity,
    watch: &Watch,
) -> Result<Manifest, Trouble> {
    let size = tokio::fs::metadata(snapshot).await?.len();
    // It is read twice: for its hash, then for what is packed.
    watch.at(BackupStage::Pack, None, size * 2)?;
    let manifest = manifest(contents, taken);
    let (snapshot, to, pictures) = (snapshot.to_owned(), to.to_owned(), contents.pictures.clone());
    let (identity, watch) = (identity.clone(), watch.clone());
    let packed = tokio::task::spawn_blocking(move || {
        let source = Source { database: &snapshot, manifest, pictures: &pictures };
        archive::pack(source, &identity, &to, &watch)
    });
    Ok(packed.await??)
}

fn manifest(contents: &Contents, taken: Timestamp) -> Manifest {
    Manifest {
        form: 0,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        desk: contents.writer.desk.to_string(),
        incarnation: contents.writer.incarnation.to_string(),
        taken,
        schema: contents.schema,
        seq: contents.seq,
        heads: contents.heads.clone(),
        rows: contents.rows.clone(),
        pictures: 0,
        size: 0,
        sha256: String::new(),
    }
}

struct Made {
    name: String,
    packed: std::path::PathBuf,
    manifest: Manifest,
    pictures: Vec<String>,
    gone: Vec<String>,
    identity: Identity,
    taken: Timestamp,
}

async fn to_target(
    core: &Arc<Core>,
    target: &BackupTarget,
    backup: &Made,
    work: &Path,
    watch: &Watch,
) -> Result<(), Trouble> {
    let way = places::way(core, target).await?;
    if target.id == vakhta_app::backups::plan::HERE {
        create_private(&core.folder.path().join(FOLDER))?;
    }
    let at = At { id: &target.id, target: &way, layout: places::layout(core) };
    way.clear_parts(&at.layout.desk.to_string(), watch).await?;
    let pictures = core.folder.path().join(crate::pictures::FOLDER);
    // The folder beside the pictures needs no second copy of them: what takes the one takes the other.
    if target.id != vakhta_app::backups::plan::HERE {
        transfer::send_pictures(at, &pictures, &backup.pictures, &backup.gone, watch).await?;
    }
    places::put_beside(core, at, watch).await?;
    transfer::send(at, &backup.packed, &backup.name, watch).await?;
    let fetched = work.join(format!("{}.part", target.id));
    let read = transfer::read_back(at, &backup.name, &backup.identity, &fetched, None, watch).await?;
    if read.manifest != backup.manifest {
        return Err(BackupError::Broken("another backup came back than was sent".into()).into());
    }
    let size = tokio::fs::metadata(&backup.packed).await?.len();
    let copy = BackupCopy {
        name: backup.name.clone(),
        taken: backup.taken,
        size,
        verified: Some(core.now()),
        problem: None,
    };
    let id = target.id.clone();
    core.store.write(core.now(), move |tx| tx.keep_backup_copy(&id, &copy)).await?;
    copies::tidy_up(core, target, at, watch).await
}

/// Before the database is brought up to date: a backup in the data folder, read back. Blocks.
///
/// # Errors
/// When it cannot be made; then nothing is to be changed.
pub(crate) fn before_migration(data: &Path, secrets: &dyn Secrets, now: Timestamp) -> anyhow::Result<()> {
    let Some((found, known)) = vakhta_store::schema(data)? else { return Ok(()) };
    if found >= known {
        return Ok(());
    }
    tracing::info!(found, known, "a backup is made before the database is brought up to date");
    let plain = |trouble: Trouble| match trouble {
        Trouble::Cancelled => anyhow::anyhow!("it was cancelled"),
        Trouble::Problem(problem) => anyhow::anyhow!("{}", problem.words),
    };
    let work = fresh_work(data).map_err(plain)?;
    let made = made_before(data, secrets, &work, now);
    super::clear(&work);
    made
}

fn made_before(data: &Path, secrets: &dyn Secrets, work: &Path, now: Timestamp) -> anyhow::Result<()> {
    let (snapshot, packed) = (work.join("snapshot.sqlite3"), work.join("packed"));
    vakhta_store::snapshot(data, &snapshot, drop)?;
    let contents = vakhta_store::inspect(&snapshot)?;
    let identity = Identity::have(secrets)?;
    let watch = Watch::default();
    let source =
        Source { database: &snapshot, manifest: manifest(&contents, now), pictures: &contents.pictures };
    archive::pack(source, &identity, &packed, &watch)?;
    archive::unpack(&packed, &identity, None, &watch)?;
    let layout = Layout { desk: contents.writer.desk };
    let to = data.join(FOLDER).join(layout.backup(&name_of(now)));
    if let Some(folder) = to.parent() {
        create_private(folder)?;
    }
    std::fs::rename(&packed, &to)?;
    Ok(())
}

//! Backups: what is set about them, and beginning what is done with them.

use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;
use vakhta_app::backups::plan::{BackupPlace, BackupSchedule, BackupTarget, TARGETS_LIMIT, checked};
use vakhta_app::backups::request::{BackupTargetChange, BackupTargetDraft};
use vakhta_app::backups::view::{BackupTargetReport, BackupsView};
use vakhta_app::refusal::{ErrorCode, Problem, Refusal};
use vakhta_app::request::Password;
use vakhta_app::secret::SecretText;
use vakhta_app::tx::TxResult;
use vakhta_backup::target::Target;
use vakhta_backup::transfer;
use vakhta_backup::watch::Watch;
use vakhta_store::WriteTx;

use super::{internal, kit, read, secret, write};
use crate::access::Actor;
use crate::backups::{self, Wanted};
use crate::core::Core;

/// Written, read and removed at a place that is tried.
const TRIAL: &str = "vakhta-trial";
/// A place that is tried by a person has to answer sooner.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

pub(super) async fn view(core: &Arc<Core>) -> Result<BackupsView, Refusal> {
    read(core, backups::view).await
}

pub(super) async fn begin(core: &Arc<Core>, actor: &Actor, wanted: Wanted) -> Result<BackupsView, Refusal> {
    backups::begin(core, wanted, actor.author.clone())?;
    view(core).await
}

pub(super) async fn cancel(core: &Arc<Core>) -> Result<BackupsView, Refusal> {
    core.backups.cancel();
    view(core).await
}

pub(super) async fn set_schedule(
    core: &Arc<Core>,
    actor: &Actor,
    schedule: BackupSchedule,
) -> Result<BackupsView, Refusal> {
    let (schedule, author) = (schedule.checked()?, actor.author.clone());
    write(core, core.now(), move |tx| tx.set_backup_schedule(&schedule, &author)).await?;
    view(core).await
}

pub(super) async fn add_target(
    core: &Arc<Core>,
    actor: &Actor,
    draft: BackupTargetDraft,
) -> Result<BackupsView, Refusal> {
    let (name, place) = usable(core, &draft.name, draft.place)?;
    if matches!(place, BackupPlace::S3 { .. }) && draft.secret.is_none() {
        return Err(Refusal::invalid("secret", Problem::Empty, "must not be empty"));
    }
    let target = BackupTarget { id: Uuid::now_v7().to_string(), name, place };
    // The secret first: a place without one could not be used, a secret without a place is nothing.
    keep_secret(core, &target.id, draft.secret).await?;
    change(core, actor, move |targets| {
        if targets.len() >= TARGETS_LIMIT {
            let why = format!("there are {TARGETS_LIMIT} places already");
            return Err(Refusal::new(ErrorCode::WrongState, why));
        }
        free(targets, &target)?;
        targets.push(target);
        Ok(())
    })
    .await
}

/// A place that is elsewhere: what takes the data folder takes all that is in it.
fn usable(core: &Core, name: &str, place: BackupPlace) -> Result<(String, BackupPlace), Refusal> {
    let (name, place) = checked(name, place)?;
    if let BackupPlace::Folder { path } = &place
        && is_within(Path::new(path), core.folder.path())
    {
        return Err(Refusal::invalid("path", Problem::Unusable, "lies in the data folder itself"));
    }
    Ok((name, place))
}

/// Whether a folder, or the nearest above it that is there, is another or lies in it.
fn is_within(folder: &Path, other: &Path) -> bool {
    let there = folder.ancestors().find_map(|above| {
        let real = above.canonicalize().ok()?;
        Some(real.join(folder.strip_prefix(above).ok()?))
    });
    there.zip(other.canonicalize().ok()).is_some_and(|(folder, other)| folder.starts_with(other))
}

pub(super) async fn change_target(
    core: &Arc<Core>,
    actor: &Actor,
    wanted: BackupTargetChange,
) -> Result<BackupsView, Refusal> {
    let (name, place) = usable(core, &wanted.draft.name, wanted.draft.place)?;
    let target = BackupTarget { id: wanted.id, name, place };
    let id = target.id.clone();
    read(core, move |core| backups::target_of(core, &id)).await?;
    keep_secret(core, &target.id, wanted.draft.secret).await?;
    change(core, actor, move |targets| {
        free(targets, &target)?;
        match targets.iter_mut().find(|other| other.id == target.id) {
            Some(there) => *there = target,
            None => return Err(Refusal::not_found("place for backups", &target.id)),
        }
        Ok(())
    })
    .await
}

pub(super) async fn remove_target(
    core: &Arc<Core>,
    actor: &Actor,
    id: String,
) -> Result<BackupsView, Refusal> {
    let gone = id.clone();
    change(core, actor, move |targets| {
        let before = targets.len();
        targets.retain(|target| target.id != id);
        if targets.len() == before { Err(Refusal::not_found("place for backups", &id)) } else { Ok(()) }
    })
    .await?;
    let name = BackupTarget::secret_name(&gone);
    core.blocking(move |core| core.secrets.remove(&name)).await.map_err(internal)?.map_err(secret)?;
    write(core, core.now(), move |tx| tx.forget_backup_copies(&gone, None)).await?;
    kit::keep_up(core).await?;
    view(core).await
}

/// Two places of one name could not be told apart.
fn free(targets: &[BackupTarget], target: &BackupTarget) -> Result<(), Refusal> {
    match targets.iter().find(|other| other.name == target.name && other.id != target.id) {
        Some(other) => Err(Refusal::taken("name", &other.name)),
        None => Ok(()),
    }
}

async fn change(
    core: &Arc<Core>,
    actor: &Actor,
    change: impl FnOnce(&mut Vec<BackupTarget>) -> Result<(), Refusal> + Send + 'static,
) -> Result<BackupsView, Refusal> {
    let author = actor.author.clone();
    write(core, core.now(), move |tx: &mut WriteTx<'_>| -> TxResult<()> {
        let mut targets = tx.backup_targets()?;
        change(&mut targets)?;
        tx.set_backup_targets(&targets, &author)
    })
    .await?;
    view(core).await
}

async fn keep_secret(core: &Arc<Core>, id: &str, given: Option<Password>) -> Result<(), Refusal> {
    let Some(given) = given else { return Ok(()) };
    let (name, text) = (BackupTarget::secret_name(id), SecretText::new(given.0));
    core.blocking(move |core| core.secrets.put(&name, &text)).await.map_err(internal)?.map_err(secret)?;
    kit::keep_up(core).await
}

/// Writes, reads and removes a few bytes, and counts what lies there already.
pub(super) async fn try_target(
    core: &Arc<Core>,
    draft: BackupTargetDraft,
) -> Result<BackupTargetReport, Refusal> {
    let (_, place) = checked(&draft.name, draft.place)?;
    let given = draft.secret.map(|given| SecretText::new(given.0));
    let target = Target::open(&place, given.as_ref()).map_err(not_usable)?;
    let watch = Watch::with_silence(PATIENCE);
    let bytes = core.now().to_string().into_bytes();
    let tried = async {
        target.put_bytes(TRIAL, bytes.clone(), &watch).await?;
        let read = target.get_bytes(TRIAL, 1024, &watch).await?;
        target.remove(TRIAL, &watch).await?;
        if read.as_ref() != Some(&bytes) {
            return Err(vakhta_backup::BackupError::Broken("what was written is not what was read".into()));
        }
        transfer::desks(&target, &watch).await
    };
    let desks = tried.await.map_err(not_usable)?;
    let backups = desks.values().map(Vec::len).sum::<usize>() as u64;
    Ok(BackupTargetReport { backups, desks: desks.len() as u64 })
}

fn not_usable(why: vakhta_backup::BackupError) -> Refusal {
    Refusal::invalid("place", Problem::Unusable, why)
}

//! What is set as a way to a place, and what lies beside backups.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vakhta_app::backups::plan::{BackupPlace, BackupTarget, HERE};
use vakhta_app::refusal::Refusal;
use vakhta_app::secret::{Sealer, SecretText};
use vakhta_backup::BackupError;
use vakhta_backup::layout::Layout;
use vakhta_backup::target::Target;
use vakhta_backup::transfer::{At, SMALL};
use vakhta_backup::watch::Watch;
use vakhta_domain::ids::VisitorId;
use vakhta_secrets::kit::KIT_FILE;
use vakhta_store::{Erased, WriteError};

use super::{FOLDER, Trouble};
use crate::core::Core;

/// What the erasure register is sealed for.
const REGISTER: &[u8] = b"erasure register";

/// The folder in the data folder.
pub(super) fn here(data: &Path) -> BackupTarget {
    let path = data.join(FOLDER).to_string_lossy().into_owned();
    BackupTarget { id: HERE.to_owned(), name: String::new(), place: BackupPlace::Folder { path } }
}

/// Every place, the folder in the data folder first. Blocks.
pub(super) fn all(core: &Core) -> Result<Vec<BackupTarget>, WriteError> {
    let set = core.store.backup_targets()?;
    Ok(std::iter::once(here(core.folder.path())).chain(set).collect())
}

/// A place by its id. Blocks.
///
/// # Errors
/// When there is none.
pub(crate) fn target_of(core: &Core, id: &str) -> Result<BackupTarget, WriteError> {
    let found = all(core)?.into_iter().find(|target| target.id == id);
    found.ok_or_else(|| Refusal::not_found("place for backups", id).into())
}

/// The way to a place that is set.
pub(super) async fn way(core: &Arc<Core>, target: &BackupTarget) -> Result<Target, Trouble> {
    let secret = match target.place {
        BackupPlace::Folder { .. } => None,
        BackupPlace::S3 { .. } => {
            let name = BackupTarget::secret_name(&target.id);
            core.blocking(move |core| core.secrets.get(&name)).await??
        }
    };
    Ok(Target::open(&target.place, secret.as_ref())?)
}

pub(super) fn layout(core: &Core) -> Layout {
    Layout { desk: core.store.desk().desk }
}

/// Where a backup is taken from that was not set as a place: the command line's.
#[derive(Clone, Debug)]
pub struct From {
    /// The place.
    pub place: BackupPlace,
    /// The secret of an S3 key.
    pub secret: Option<SecretText>,
}

/// A place as the command line names it: a folder, or `s3://BUCKET/PREFIX` with what else it takes.
///
/// # Errors
/// When something is missing.
pub fn place_of(
    text: &str,
    endpoint: Option<String>,
    region: Option<String>,
    access_key: Option<String>,
    host_style: bool,
    authority: Option<String>,
) -> Result<BackupPlace, Refusal> {
    let place = match text.strip_prefix("s3://") {
        None => {
            let path = std::path::absolute(text)
                .map_or_else(|_| text.into(), |path| path.to_string_lossy().into_owned());
            BackupPlace::Folder { path }
        }
        Some(rest) => {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            BackupPlace::S3 {
                endpoint: endpoint.unwrap_or_default(),
                region: region.unwrap_or_else(|| "us-east-1".into()),
                bucket: bucket.to_owned(),
                prefix: prefix.to_owned(),
                path_style: !host_style,
                access_key: access_key.unwrap_or_default(),
                authority,
            }
        }
    };
    vakhta_app::backups::plan::checked("a place", place).map(|(_, place)| place)
}

#[derive(Serialize, Deserialize)]
struct Line {
    visitor: VisitorId,
    at: Timestamp,
    author: String,
}

/// Puts the kit's file and the erasure register beside the backups.
pub(super) async fn put_beside(core: &Arc<Core>, at: At<'_>, watch: &Watch) -> Result<(), Trouble> {
    let (kit, register) = core
        .blocking(|core| {
            let kit = std::fs::read(core.folder.path().join(KIT_FILE)).ok();
            Ok::<_, Trouble>((kit, sealed_register(&core.store.erased()?, core.sealer.as_ref())?))
        })
        .await??;
    if let Some(kit) = kit {
        at.target.put_bytes(&at.layout.kit(), kit, watch).await?;
    }
    at.target.put_bytes(&at.layout.erased(), register, watch).await?;
    Ok(())
}

/// Somebody was erased: the register beside the backups is to say so before anything is restored from them.
pub(crate) async fn tell_erased(core: Arc<Core>) {
    let told = async {
        let copies = core.blocking(|core| core.store.backup_copies()).await??;
        for target in core.blocking(all).await?? {
            // Where nothing lies there is nothing to be restored.
            if !copies.iter().any(|(of, _)| *of == target.id) {
                continue;
            }
            let way = way(&core, &target).await?;
            let at = At { id: &target.id, target: &way, layout: layout(&core) };
            if let Err(Trouble::Problem(problem)) = put_beside(&core, at, &Watch::default()).await {
                tracing::warn!(
                    target = target.id,
                    why = problem.words,
                    "a place was not told who was erased"
                );
            }
        }
        Ok::<_, Trouble>(())
    };
    if let Err(Trouble::Problem(problem)) = told.await {
        tracing::warn!(why = problem.words, "places were not told who was erased");
    }
}

fn sealed_register(erased: &[Erased], sealer: &dyn Sealer) -> Result<Vec<u8>, Trouble> {
    let line =
        |person: &Erased| Line { visitor: person.visitor, at: person.at, author: person.author.clone() };
    let lines: Vec<Line> = erased.iter().map(line).collect();
    let plain = serde_json::to_vec(&lines).map_err(std::io::Error::other)?;
    Ok(sealer.seal(None, REGISTER, &plain)?)
}

/// The erasure register beside the backups; nobody where there is none.
///
/// # Errors
/// When the place does not answer, or what lies there is no register of this site.
pub(super) async fn register(at: At<'_>, sealer: &dyn Sealer, watch: &Watch) -> Result<Vec<Erased>, Trouble> {
    let Some(sealed) = at.target.get_bytes(&at.layout.erased(), SMALL, watch).await? else {
        return Ok(Vec::new());
    };
    let broken = |why: &dyn std::fmt::Display| BackupError::Broken(format!("the erasure register: {why}"));
    let plain = sealer.open(None, REGISTER, &sealed).map_err(|why| broken(&why))?;
    let lines: Vec<Line> = serde_json::from_slice(&plain).map_err(|why| broken(&why))?;
    Ok(lines
        .into_iter()
        .map(|line| Erased { visitor: line.visitor, at: line.at, author: line.author })
        .collect())
}

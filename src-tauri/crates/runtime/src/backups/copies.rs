//! What is known of the copies at a place, brought in line with what lies there; and which of them go.

use std::sync::Arc;

use vakhta_app::backups::plan::BackupTarget;
use vakhta_app::backups::retention::{Copy, dispensable};
use vakhta_app::backups::view::BackupCopy;
use vakhta_backup::transfer::{self, At, Listed};
use vakhta_backup::watch::Watch;
use vakhta_store::WriteTx;

use super::{Trouble, places};
use crate::core::Core;

/// Brings what is known of a place in line with what lies there, and removes what may go.
pub(super) async fn tidy_up(
    core: &Arc<Core>,
    target: &BackupTarget,
    at: At<'_>,
    watch: &Watch,
) -> Result<(), Trouble> {
    let copies = lying_there(core, target, at, watch).await?;
    let keep = core.blocking(|core| core.store.backup_schedule()).await??.keep;
    let marks: Vec<Copy> = copies.iter().map(mark).collect();
    let gone = dispensable(&marks, &keep, &core.site().zone, core.now());
    for copy in gone.iter().filter_map(|i| copies.get(*i)) {
        at.target.remove(&at.layout.backup(&copy.name), watch).await?;
    }
    let stay: Vec<BackupCopy> =
        copies.into_iter().enumerate().filter(|(i, _)| !gone.contains(i)).map(|(_, copy)| copy).collect();
    let id = target.id.clone();
    core.store
        .write(core.now(), move |tx| {
            tx.forget_backup_copies(&id, None)?;
            stay.iter().try_for_each(|copy| tx.keep_backup_copy(&id, copy))
        })
        .await?;
    Ok(())
}

fn mark(copy: &BackupCopy) -> Copy {
    Copy { taken: copy.taken, verified: copy.verified.is_some(), broken: copy.problem.is_some() }
}

/// Looks at the places of which nothing is known, as after a restore.
pub(super) async fn look_around(core: &Arc<Core>) -> Result<(), Trouble> {
    let targets = core.blocking(places::all).await??;
    let known = core.blocking(|core| core.store.backup_copies()).await??;
    for target in targets.iter().filter(|target| known.iter().all(|(of, _)| *of != target.id)) {
        if find(core, target).await.is_err() {
            // The next backup tells more loudly of a place that is away.
            tracing::info!(target = target.id, "what lies at a place for backups is not known");
        }
    }
    Ok(())
}

async fn find(core: &Arc<Core>, target: &BackupTarget) -> Result<(), Trouble> {
    let way = places::way(core, target).await?;
    let at = At { id: &target.id, target: &way, layout: places::layout(core) };
    let copies = lying_there(core, target, at, &Watch::default()).await?;
    let id = target.id.clone();
    let find = move |tx: &mut WriteTx<'_>| copies.iter().try_for_each(|copy| tx.find_backup_copy(&id, copy));
    Ok(core.store.write(core.now(), find).await?)
}

/// What lies at a place, with what is known of it.
async fn lying_there(
    core: &Arc<Core>,
    target: &BackupTarget,
    at: At<'_>,
    watch: &Watch,
) -> Result<Vec<BackupCopy>, Trouble> {
    let listed = transfer::list(at, watch).await?;
    let known = core.blocking(|core| core.store.backup_copies()).await??;
    let known: Vec<BackupCopy> =
        known.into_iter().filter(|(of, _)| *of == target.id).map(|(_, copy)| copy).collect();
    Ok(listed.iter().map(|one| seen(one, &known)).collect())
}

/// What is known of a backup that lies there. One of another size is not the one that was verified.
fn seen(listed: &Listed, known: &[BackupCopy]) -> BackupCopy {
    match known.iter().find(|copy| copy.name == listed.name && copy.size == listed.size) {
        Some(copy) => copy.clone(),
        None => BackupCopy {
            name: listed.name.clone(),
            taken: listed.taken,
            size: listed.size,
            verified: None,
            problem: None,
        },
    }
}

//! A backup in the place of what is there.
//!
//! It is made ready beside the data, in `restore`, while the desk goes on: fetched, compared with its
//! manifest, brought up to date, in a new life of the desk, without whoever was erased since. The last
//! thing written there says so. Whoever opens the folder next moves the database that is there aside and
//! this one into its place; killed at any step, it is gone on with at the next opening.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vakhta_app::backups::plan::HERE;
use vakhta_app::backups::retention::lies_ahead;
use vakhta_app::secret::{SecretText, Secrets};
use vakhta_app::users::port::UserTx;
use vakhta_backup::identity::Identity;
use vakhta_backup::layout::Layout;
use vakhta_backup::target::Target;
use vakhta_backup::transfer::{self, At};
use vakhta_backup::watch::Watch;
use vakhta_domain::ids::DeskId;
use vakhta_domain::operation::kind;
use vakhta_secrets::kit::KIT_FILE;
use vakhta_secrets::{OpenOptions, SiteSealer};
use vakhta_store::{Erased, FILE, Store};

use super::places::{self, From};
use super::{PART, Trouble, create, fresh_work, try_out};
use crate::core::Core;
use crate::folder::{DataFolder, create_private, write_private};

/// Where it is made ready.
const READY_FOLDER: &str = "restore";
/// Written last.
const READY: &str = "ready.json";
/// What was there before.
const KEPT: &str = "kept";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Ready {
    /// The backup.
    name: String,
    /// What the folder is called that what was there is kept in.
    kept: String,
}

/// A database made ready.
struct Staging<'a> {
    data: &'a Path,
    sealer: Arc<SiteSealer>,
    identity: Identity,
    erased: Vec<Erased>,
    author: String,
}

pub(super) async fn run(
    core: &Arc<Core>,
    watch: &Watch,
    target: &str,
    name: &str,
    author: &str,
) -> Result<(), Trouble> {
    let id = target.to_owned();
    let (place, erased) = core
        .blocking(move |core| {
            Ok::<_, vakhta_store::WriteError>((places::target_of(core, &id)?, core.store.erased()?))
        })
        .await??;
    let way = places::way(core, &place).await?;
    let at = At { id: target, target: &way, layout: places::layout(core) };
    let staging = Staging {
        data: core.folder.path(),
        sealer: Arc::clone(&core.sealer),
        identity: create::identity(core).await?,
        erased,
        author: author.to_owned(),
    };
    staging.make_ready(at, name, watch).await
}

impl Staging<'_> {
    async fn make_ready(mut self, at: At<'_>, name: &str, watch: &Watch) -> Result<(), Trouble> {
        let work = fresh_work(self.data)?;
        let ready = self.data.join(READY_FOLDER);
        super::clear(&ready);
        create_private(&ready)?;
        let database = ready.join(FILE);
        let unpacked =
            transfer::read_back(at, name, &self.identity, &work.join(PART), Some(&database), watch).await?;
        self.erased.extend(places::register(at, self.sealer.as_ref(), watch).await?);
        let (_, gone) = try_out::opened(database, unpacked.manifest, self.erased).await?;
        if at.id != HERE {
            let wanted: Vec<String> =
                unpacked.pictures.into_iter().filter(|name| !gone.contains(name)).collect();
            let folder = self.data.join(crate::pictures::FOLDER);
            let missing = transfer::fetch_pictures(at, &folder, &wanted, watch).await?;
            if missing > 0 {
                tracing::warn!(missing, "pictures are missing beside the backup");
            }
        }
        let store = {
            let (folder, sealer) = (ready.clone(), self.sealer.clone());
            tokio::task::spawn_blocking(move || Store::open(&folder, sealer)).await??
        };
        let (author, entity) = (self.author, format!("backup/{name}"));
        let noted = store
            .write(Timestamp::now(), move |tx| tx.note(kind::BACKUP_RESTORED, &entity, &author, &[]))
            .await;
        store.close().await;
        drop(store);
        noted?;
        let kept = free(&self.data.join(KEPT), Timestamp::now());
        let text =
            serde_json::to_vec(&Ready { name: name.to_owned(), kept }).map_err(std::io::Error::other)?;
        // From here on it happens, whatever happens.
        write_private(&ready.join(READY), &text)?;
        Ok(())
    }
}

/// What a folder for what was there may be called: no restore takes the place of what another has kept.
fn free(kept: &Path, now: Timestamp) -> String {
    let mut name = now.strftime("%Y-%m-%dT%H-%M-%SZ").to_string();
    while kept.join(&name).exists() {
        name.push('+');
    }
    name
}

/// Puts what was made ready in its place, if anything was; gives the backup's name. To be called by
/// whoever holds the folder, before the database is opened. Blocks.
///
/// # Errors
/// As the file system or the secrets say; it is gone on with at the next try.
pub fn apply(data: &Path, secrets: &dyn Secrets) -> anyhow::Result<Option<String>> {
    let ready = data.join(READY_FOLDER);
    let Ok(text) = fs::read(ready.join(READY)) else { return Ok(None) };
    let Ready { name, kept } = serde_json::from_slice(&text).context("what a restore has made ready")?;
    let new = ready.join(FILE);
    if new.exists() {
        let kept = data.join(KEPT).join(&kept);
        create_private(&kept)?;
        // The log belongs to the file beside it: left there it would be played into the new one.
        for old in ["", "-wal", "-shm"].map(|ending| format!("{FILE}{ending}")) {
            move_file(&data.join(&old), &kept.join(&old))?;
        }
        sync(&kept)?;
        move_file(&new, &data.join(FILE))?;
        sync(data)?;
    }
    // Where the journal had come to was another life.
    crate::anchor::forget(secrets)?;
    super::clear(&ready);
    tracing::info!(name, "a backup was restored");
    Ok(Some(name))
}

fn move_file(from: &Path, to: &Path) -> std::io::Result<()> {
    match fs::rename(from, to) {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// On unix a new name is durable only once its folder is; Windows has no such call.
fn sync(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    let _ = folder;
    Ok(())
}

/// Restores with nothing but a place and, where the folder has no secrets, the recovery kit: on a new
/// machine, or where the database cannot be opened any more. The newest backup unless one is named.
/// Gives its name.
///
/// # Errors
/// When the folder is busy, the kit is needed and not given, or the backup cannot be had.
pub async fn restore_alone(
    data: &Path,
    from: Option<&From>,
    wanted: (Option<DeskId>, Option<String>),
    kit: impl FnOnce() -> anyhow::Result<SecretText>,
    watch: &Watch,
) -> anyhow::Result<String> {
    let folder = DataFolder::lock(data)?;
    let options = OpenOptions::from_env()?;
    let here = places::here(data);
    let place = from.map_or(&here.place, |from| &from.place);
    let id = if from.is_some() { "" } else { HERE };
    let target = Target::open(place, from.and_then(|from| from.secret.as_ref()))?;
    let (desk, name) = chosen(&target, wanted, watch).await?;
    let at = At { id, target: &target, layout: Layout { desk } };
    if !vakhta_secrets::has_begun(data) {
        let sealed = target.get_bytes(&at.layout.kit(), transfer::SMALL, watch).await?;
        let sealed =
            sealed.context("there is no recovery kit's file beside the backups: it was never made")?;
        write_private(&data.join(KIT_FILE), &sealed)?;
        let (path, options, code) = (data.to_owned(), options.clone(), kit()?);
        tokio::task::spawn_blocking(move || vakhta_secrets::kit::recover(&path, &code, &options)).await??;
    }
    let path: PathBuf = data.to_owned();
    let (secrets, sealer, identity) = tokio::task::spawn_blocking(move || {
        let secrets = vakhta_secrets::open(&path, &options)?;
        let sealer =
            SiteSealer::existing(secrets.as_ref())?.context("the site's key is not among the secrets")?;
        let identity = Identity::kept(secrets.as_ref())?;
        let identity =
            identity.context("the key of backups is not among the secrets: use the recovery kit")?;
        anyhow::Ok((secrets, sealer, identity))
    })
    .await??;
    let staging = Staging {
        data,
        sealer: Arc::new(sealer),
        identity,
        // What the present database knows, as far as it can be read.
        erased: vakhta_store::erased_in(data),
        author: crate::access::owner(),
    };
    staging.make_ready(at, &name, watch).await.map_err(|trouble| match trouble {
        Trouble::Cancelled => anyhow::anyhow!("it was cancelled"),
        Trouble::Problem(problem) => anyhow::anyhow!("{}", problem.words),
    })?;
    let data = data.to_owned();
    tokio::task::spawn_blocking(move || apply(&data, secrets.as_ref())).await??;
    super::clear(&super::work_folder(folder.path()));
    Ok(name)
}

async fn chosen(
    target: &Target,
    (desk, name): (Option<DeskId>, Option<String>),
    watch: &Watch,
) -> anyhow::Result<(DeskId, String)> {
    let desks = transfer::desks(target, watch).await?;
    let desk = match desk {
        Some(desk) => desk,
        None if desks.len() > 1 => {
            let ids: Vec<String> = desks.keys().map(ToString::to_string).collect();
            anyhow::bail!(
                "there are backups of {} desks; say which with --desk: {}",
                desks.len(),
                ids.join(", ")
            )
        }
        None => *desks.keys().next().context("there is no backup at this place")?,
    };
    let listed = desks.get(&desk).context("there is no backup of this desk at this place")?;
    let found = match &name {
        Some(name) => listed.iter().find(|one| one.name == *name),
        None => listed.iter().max_by_key(|one| (!lies_ahead(one.taken, Timestamp::now()), one.taken)),
    };
    Ok((desk, found.context("there is no backup of this name at this place")?.name.clone()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Secrets of which none is there.
    struct Nothing;

    impl Secrets for Nothing {
        fn get(&self, _: &str) -> Result<Option<SecretText>, vakhta_app::secret::SecretError> {
            Ok(None)
        }

        fn put(&self, _: &str, _: &SecretText) -> Result<(), vakhta_app::secret::SecretError> {
            Ok(())
        }

        fn remove(&self, _: &str) -> Result<(), vakhta_app::secret::SecretError> {
            Ok(())
        }

        fn place(&self) -> String {
            "nowhere".into()
        }
    }

    fn put(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn contents(folder: &Path) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
                let path = entry.path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => {
                        let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                        found.insert(name, fs::read_to_string(&path).unwrap());
                    }
                }
            }
        }
        found
    }

    /// A power cut after each step: the next opening goes on, and what comes of it is the same.
    #[test]
    fn a_restore_that_was_cut_off_at_any_step_is_gone_on_with() {
        let moved = ["vakhta.sqlite3", "vakhta.sqlite3-wal", "vakhta.sqlite3-shm"];
        for steps in 0..=moved.len() + 1 {
            let data = tempfile::tempdir().unwrap();
            let data = data.path();
            for name in moved {
                put(&data.join(name), "old");
            }
            let ready = data.join(READY_FOLDER);
            put(&ready.join(FILE), "new");
            put(&ready.join(READY), r#"{"name":"a backup","kept":"then"}"#);
            let kept = data.join(KEPT).join("then");
            fs::create_dir_all(&kept).unwrap();
            for name in moved.iter().take(steps) {
                fs::rename(data.join(name), kept.join(name)).unwrap();
            }
            if steps > moved.len() {
                fs::rename(ready.join(FILE), data.join(FILE)).unwrap();
            }
            assert_eq!(apply(data, &Nothing).unwrap().as_deref(), Some("a backup"), "after {steps}");
            let mut wanted: BTreeMap<String, String> =
                moved.iter().map(|name| (format!("kept/then/{name}"), "old".to_owned())).collect();
            wanted.insert(FILE.to_owned(), "new".to_owned());
            assert_eq!(contents(data), wanted, "after {steps}");
            assert_eq!(apply(data, &Nothing).unwrap(), None, "once");
        }
    }

    #[test]
    fn what_was_not_made_ready_to_its_end_changes_nothing() {
        let data = tempfile::tempdir().unwrap();
        put(&data.path().join(FILE), "old");
        put(&data.path().join(READY_FOLDER).join(FILE), "half of it");
        assert_eq!(apply(data.path(), &Nothing).unwrap(), None);
        assert_eq!(fs::read_to_string(data.path().join(FILE)).unwrap(), "old");
    }
}

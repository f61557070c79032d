//! The parts of a running Vakhta, and its beginning and end.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Semaphore, watch};
use vakhta_app::secret::Secrets;
use vakhta_app::settings::SiteSettings;
use vakhta_app::view::KitState;
use vakhta_secrets::kit::Kit;
use vakhta_secrets::{OpenOptions, SiteSealer};
use vakhta_store::{Store, StoreError};

use crate::backups::Backups;
use crate::fleet::Fleet;
use crate::folder::DataFolder;
use crate::health::Health;
use crate::inbox::Conditions;
use crate::pictures::Pictures;
use crate::site::{Site, system_zone};
use crate::tasks::Tasks;
use crate::web::Doorkeeper;

/// Passwords that are compared at the same time, each in 19 MiB.
const PROOFS: usize = 2;

/// Everything a command may need.
pub struct Core {
    /// Locked for as long as this lives.
    pub folder: DataFolder,
    /// The database.
    pub store: Store,
    /// The keyring, or what stands in for it.
    pub secrets: Arc<dyn Secrets>,
    /// Pictures of passages.
    pub pictures: Pictures,
    /// How devices are.
    pub conditions: Arc<Conditions>,
    /// The drivers; idle until [`Core::begin`].
    pub fleet: Fleet,
    /// Background tasks.
    pub tasks: Tasks,
    /// Counts how often a desk was locked, so that open pages hear of it at once.
    pub locks: watch::Sender<u64>,
    /// How it is.
    pub health: Health,
    /// What is done with backups.
    pub backups: Backups,
    /// The name of the machine's zone.
    pub system_zone: String,
    /// Who lets browsers in.
    pub doorkeeper: Doorkeeper,
    /// Seals what is of persons.
    pub sealer: Arc<SiteSealer>,
    /// Passwords take memory to compare: few at a time.
    pub proofs: Semaphore,
    /// When a failure of nobody known was last written down.
    nobody: Mutex<Option<Timestamp>>,
    site: Mutex<Site>,
    kit: Mutex<KitState>,
    /// A recovery kit that nobody has confirmed yet.
    drawn: Mutex<Option<Kit>>,
}

impl Core {
    /// Opens a data folder for work. Blocks: the keyring and the disk are asked.
    ///
    /// # Errors
    /// When the folder is busy, secrets cannot be had, or the database cannot be opened.
    pub fn open(path: &Path) -> anyhow::Result<Arc<Self>> {
        Self::open_with(path, &OpenOptions::from_env()?)
    }

    /// As [`Core::open`], with a given place for secrets.
    ///
    /// # Errors
    /// As [`Core::open`].
    pub fn open_with(path: &Path, secrets: &OpenOptions) -> anyhow::Result<Arc<Self>> {
        let folder = DataFolder::lock(path)?;
        let secrets = vakhta_secrets::open(folder.path(), secrets)?;
        crate::backups::apply(folder.path(), secrets.as_ref())?;
        let there = Store::exists(folder.path());
        // Beginning anew would look as if all of it had never been.
        if !there && !crate::backups::at_hand(folder.path()).is_empty() {
            let why = "its file is missing or empty, and backups of it are here: restore one";
            return Err(StoreError::Damaged(why.into()).into());
        }
        let sealer = if there {
            // A new key would hide everything that was sealed under the lost one.
            SiteSealer::existing(secrets.as_ref())?.context(
                "the site's key is not among the secrets: restore it before anything else is written",
            )?
        } else {
            SiteSealer::open(secrets.as_ref())?
        };
        let sealer = Arc::new(sealer);
        crate::backups::before_migration(folder.path(), secrets.as_ref(), Timestamp::now())
            .context("no backup could be made before the database is brought up to date")?;
        let store = Store::open(folder.path(), sealer.clone())?;
        let pictures = Pictures::in_folder(folder.path(), sealer.clone());
        let system_zone = system_zone();
        let site = Site::of(&store.settings(&system_zone)?.site);
        let core = Self {
            folder,
            store,
            secrets,
            pictures,
            conditions: Arc::default(),
            fleet: Fleet::default(),
            tasks: Tasks::default(),
            locks: watch::Sender::new(0),
            health: Health::default(),
            backups: Backups::default(),
            system_zone,
            doorkeeper: Doorkeeper::default(),
            sealer,
            proofs: Semaphore::new(PROOFS),
            nobody: Mutex::default(),
            site: Mutex::new(site),
            kit: Mutex::default(),
            drawn: Mutex::default(),
        };
        core.set_kit_state(crate::dispatch::kit_state(&core)?);
        Ok(Arc::new(core))
    }

    /// Starts the drivers and the background tasks.
    ///
    /// # Errors
    /// When the devices cannot be read from the database.
    pub async fn begin(self: &Arc<Self>) -> anyhow::Result<()> {
        self.fleet.begin();
        self.fleet.follow(self).await?;
        crate::tasks::begin(self);
        Ok(())
    }

    /// The machine has slept, or this process has: what was connected is taken for dead, and every
    /// device is asked for what happened meanwhile. Whoever is before a window now need not be who
    /// was before it: windows are locked.
    pub async fn woke(self: &Arc<Self>) {
        if let Err(why) = self.store.write(self.now(), |tx| tx.lock_windows()).await {
            tracing::error!(%why, "the windows could not be locked");
        }
        self.locked();
        if let Err(why) = self.fleet.wake(self).await {
            tracing::error!(%why, "the devices could not be asked anew");
        }
    }

    /// A desk was locked: pages that wait for something to happen look anew at who is there.
    pub(crate) fn locked(&self) {
        self.locks.send_modify(|count| *count += 1);
    }

    /// Ends drivers and tasks, and closes the database. What was confirmed is on the disk
    /// already; this only makes the next start quick.
    pub async fn end(self: &Arc<Self>) {
        self.tasks.end().await;
        self.fleet.end().await;
        crate::anchor::keep_now(self).await;
        self.store.close().await;
    }

    /// The site's clock.
    #[must_use]
    pub fn site(&self) -> Site {
        self.site.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Somebody has set it.
    pub fn set_site(&self, settings: &SiteSettings) {
        *self.site.lock().unwrap_or_else(PoisonError::into_inner) = Site::of(settings);
    }

    /// What opens the data when the secrets are lost.
    #[must_use]
    pub fn kit_state(&self) -> KitState {
        self.kit.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// It was made or confirmed.
    pub(crate) fn set_kit_state(&self, state: KitState) {
        *self.kit.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    /// A kit that waits for somebody to confirm it, in place of any other.
    pub(crate) fn draw_kit(&self, kit: Kit) {
        *self.drawn.lock().unwrap_or_else(PoisonError::into_inner) = Some(kit);
    }

    pub(crate) fn drawn_kit(&self) -> Option<Kit> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn forget_drawn_kit(&self) {
        *self.drawn.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether a failure of nobody known may be written down again; then it counts as written.
    pub fn is_time_for_nobody(&self, now: Timestamp, between: SignedDuration) -> bool {
        let mut last = self.nobody.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| now.duration_since(last).abs() >= between);
        if due {
            *last = Some(now);
        }
        due
    }

    /// Our clock: the one place where it is read.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Runs what blocks (disk, keyring, queries) off the async threads.
    ///
    /// # Errors
    /// Only when the job itself was torn down.
    pub async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        job: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, tokio::task::JoinError> {
        let core = Arc::clone(self);
        tokio::task::spawn_blocking(move || job(&core)).await
    }
}

//! A command to its use-case. A new command has its line in `vakhta_app::command`, its arm here,
//! and its use-case in `vakhta_app`.

mod desk;
mod devices;
mod feed;
mod settings;

use std::sync::Arc;

use jiff::Timestamp;
use vakhta_app::command::{Command, Permission, Reply};
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::secret::SecretError;
use vakhta_app::view::RunStatus;
use vakhta_store::WriteError;

use crate::core::Core;

pub(crate) use feed::events;
pub use feed::{PAGE_WAIT_MS, watch};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Whoever may enter the data folder: the command line.
    Owner,
    /// The window, or a browser that was let in.
    Page,
}

impl Caller {
    /// As the journal has it.
    fn author(self) -> &'static str {
        match self {
            Self::Owner => "owner of the data folder",
            Self::Page => "desk",
        }
    }

    fn may(self, permission: Permission) -> bool {
        self == Self::Owner || permission != Permission::Own
    }
}

/// Carries out a command.
///
/// # Errors
/// A [`Refusal`], with [`ErrorCode::Internal`] for faults.
pub async fn carry_out(core: &Arc<Core>, caller: Caller, command: Command) -> Result<Reply, Refusal> {
    if !caller.may(command.permission()) {
        return Err(Refusal::new(ErrorCode::Forbidden, "only the owner of the data folder may do that"));
    }
    let author = caller.author();
    Ok(match command {
        Command::Status(()) => Reply::Status(status(core)),
        Command::Snapshot(()) => Reply::Snapshot(desk::snapshot(core).await?),
        Command::Events(request) => Reply::Events(feed::events(core, request).await?),
        Command::DeviceAdd(draft) => Reply::DeviceAdd(devices::add(core, draft).await?),
        Command::DeviceChange(change) => Reply::DeviceChange(devices::change(core, change).await?),
        Command::DeviceList(()) => Reply::DeviceList(devices::list(core).await?),
        Command::DeviceTest(which) => Reply::DeviceTest(devices::test(core, &which.name).await?),
        Command::DeviceTry(draft) => Reply::DeviceTry(devices::try_out(draft).await?),
        Command::DeviceRemove(which) => Reply::DeviceRemove(devices::remove(core, which.name).await?),
        Command::VisitAdd(draft) => Reply::VisitAdd(desk::visit_add(core, draft, author).await?),
        Command::VisitList(page) => {
            let now = core.now();
            Reply::VisitList(read(core, move |core| core.store.visits(page, now)).await?)
        }
        Command::VisitAct(act) => Reply::VisitAct(desk::visit_act(core, act, author).await?),
        Command::VisitDetail(which) => Reply::VisitDetail(desk::visit_detail(core, which.id).await?),
        Command::Search(request) => Reply::Search(desk::search(core, request).await?),
        Command::Passages(page) => Reply::Passages(read(core, move |core| core.store.passages(page)).await?),
        Command::PassagesBefore(page) => {
            Reply::PassagesBefore(read(core, move |core| core.store.passages_before(page)).await?)
        }
        Command::Picture(which) => Reply::Picture(hex::encode(picture(core, which.name).await?)),
        Command::Incidents(page) => {
            Reply::Incidents(read(core, move |core| core.store.incidents(page)).await?)
        }
        Command::Settings(()) => Reply::Settings(settings::settings(core).await?),
        Command::SettingsChange(change) => {
            Reply::SettingsChange(settings::change(core, change, author).await?)
        }
        Command::JournalVerify(()) => {
            Reply::JournalVerify(read(core, |core| core.store.verify_journal()).await?)
        }
        Command::Watch(request) => Reply::Watch(feed::watch(core, request).await?),
        Command::Link(()) => Reply::Link(core.doorkeeper.link()?),
    })
}

fn status(core: &Core) -> RunStatus {
    RunStatus {
        running: core.fleet.is_active(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        secrets: core.secrets.place(),
        tasks: core.tasks.view(),
    }
}

/// A picture of a passage, JPEG.
///
/// # Errors
/// [`ErrorCode::NotFound`] when there is none of this name.
pub(crate) async fn picture(core: &Arc<Core>, name: String) -> Result<Vec<u8>, Refusal> {
    let asked = name.clone();
    let picture = core.blocking(move |core| core.pictures.get(&asked)).await.map_err(internal)?;
    picture.map_err(internal)?.ok_or_else(|| Refusal::not_found("picture", name))
}

// --- the ways to the store ---

async fn read<T: Send + 'static>(
    core: &Arc<Core>,
    query: impl FnOnce(&Core) -> Result<T, WriteError> + Send + 'static,
) -> Result<T, Refusal> {
    core.blocking(query).await.map_err(internal)?.map_err(refusal)
}

async fn write<T: Send + 'static>(
    core: &Arc<Core>,
    now: Timestamp,
    job: impl FnOnce(&mut vakhta_store::WriteTx<'_>) -> vakhta_app::tx::TxResult<T> + Send + 'static,
) -> Result<T, Refusal> {
    core.store.write(now, job).await.map_err(refusal)
}

fn refusal(error: WriteError) -> Refusal {
    match error {
        WriteError::Refused(refusal) => refusal,
        WriteError::Unavailable(why) => Refusal::new(ErrorCode::NotReady, why),
        WriteError::Store(why) => Refusal::new(ErrorCode::Internal, why),
    }
}

fn secret(error: SecretError) -> Refusal {
    Refusal::new(ErrorCode::Internal, error.to_string())
}

fn internal(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(ErrorCode::Internal, error.to_string())
}

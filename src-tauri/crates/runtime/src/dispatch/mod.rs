//! A command to its use-case. A new command has its line in `vakhta_app::command`, its arm here,
//! and its use-case in `vakhta_app`.

mod access;
mod account;
mod audit;
mod authority;
mod backups;
mod desk;
mod devices;
mod feed;
mod kit;
mod monitoring;
mod people;
mod proofs;
mod seats;
mod settings;
mod site_key;
mod visitors;

use std::sync::Arc;

use jiff::Timestamp;
use vakhta_app::backups::request::BackupWanted;
use vakhta_app::command::{Command, Reply};
use vakhta_app::permission::Permission;
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::secret::SecretError;
use vakhta_app::users::port::UserTx;
use vakhta_app::view::{JournalReport, KitState, RunStatus};
use vakhta_store::WriteError;

use crate::access::{Actor, Caller, Token};
use crate::backups::Wanted;
use crate::core::Core;

pub(crate) use access::let_in;
pub(crate) use authority::have as authority;
pub(crate) use feed::events;
pub use feed::{PAGE_WAIT_MS, watch};
pub(crate) use kit::{keep_up as kit_keep_up, state as kit_state};
pub(crate) use site_key::go_on as go_on_rewrapping;

/// What came of a command.
#[derive(Debug)]
pub struct Answer {
    /// For whoever asked.
    pub reply: Reply,
    /// The page is known by another token from now on; for whoever keeps it for the page.
    pub token: Option<Token>,
}

/// Carries a command out, when the caller may.
///
/// # Errors
/// A [`Refusal`], with [`ErrorCode::Internal`] for faults.
pub async fn carry_out(core: &Arc<Core>, caller: &Caller, command: Command) -> Result<Answer, Refusal> {
    let name = command.name();
    carried_out(core, caller, command).await.map_err(|refusal| told(caller, &name, refusal))
}

/// What went wrong inside is for the log and the folder's owner: a page hears that it did.
fn told(caller: &Caller, command: &str, refusal: Refusal) -> Refusal {
    if refusal.code != ErrorCode::Internal {
        return refusal;
    }
    tracing::error!(command, why = refusal.message, "a command failed");
    match caller {
        Caller::Owner => refusal,
        Caller::Page(_) => {
            Refusal::new(ErrorCode::Internal, "a fault of Vakhta or its machine; its log says more")
        }
    }
}

/// Looks a caller up who may have this carried out; one who may not is written down.
async fn permitted(core: &Arc<Core>, caller: &Caller, command: &Command) -> Result<Actor, Refusal> {
    let actor = Actor::of(core, caller).await?;
    if let Err(refusal) = actor.demand(command) {
        if refusal.code == ErrorCode::Forbidden {
            people::note_refused(core, &actor, &command.name()).await;
        }
        return Err(refusal);
    }
    Ok(actor)
}

async fn carried_out(core: &Arc<Core>, caller: &Caller, command: Command) -> Result<Answer, Refusal> {
    let actor = permitted(core, caller, &command).await?;
    let mut token = None;
    let reply = match command {
        Command::Access(()) => Reply::Access(access::access(core, caller).await?),
        Command::SetUp(draft) => {
            let (done, new) = access::set_up(core, caller, draft).await?;
            token = new;
            Reply::SetUp(done)
        }
        Command::FactorOffer(wanted) => Reply::FactorOffer(access::factor_offer(core, wanted).await?),
        Command::SignIn(request) => {
            let (access, new) = access::sign_in(core, caller, request).await?;
            token = new;
            Reply::SignIn(access)
        }
        Command::Unlock(request) => Reply::Unlock(access::unlock(core, &actor, caller, request).await?),
        Command::SignOut(()) => Reply::SignOut(access::sign_out(core, &actor, caller).await?),
        Command::Lock(()) => Reply::Lock(access::lock(core, &actor, caller).await?),
        Command::Touch(()) => Reply::Touch(access::touch(core, &actor).await?),
        Command::StepUp(request) => Reply::StepUp(access::step_up(core, &actor, caller, request).await?),
        Command::PasswordChange(request) => {
            Reply::PasswordChange(account::password_change(core, &actor, caller, request).await?)
        }
        Command::PinChange(request) => {
            Reply::PinChange(account::pin_change(core, &actor, caller, request).await?)
        }
        Command::FactorChange(request) => {
            Reply::FactorChange(account::factor_change(core, &actor, request).await?)
        }
        Command::RecoveryCodes(()) => Reply::RecoveryCodes(account::renew_codes(core, &actor).await?),
        Command::Users(()) => Reply::Users(people::users(core, &actor).await?),
        Command::UserAdd(draft) => Reply::UserAdd(people::add(core, &actor, draft).await?),
        Command::UserChange(change) => Reply::UserChange(people::change(core, &actor, change).await?),
        Command::UserPassword(who) => Reply::UserPassword(people::give_password(core, &actor, who.id).await?),
        Command::FactorLost(who) => Reply::FactorLost(people::factor_lost(core, &actor, who.id).await?),
        Command::FactorRemove(who) => Reply::FactorRemove(people::factor_remove(core, &actor, who.id).await?),
        Command::Sessions(()) => Reply::Sessions(people::sessions(core, &actor).await?),
        Command::SessionEnd(which) => Reply::SessionEnd(people::end_session(core, &actor, which.id).await?),
        Command::Matrix(()) => Reply::Matrix(people::matrix()),
        Command::Audit(request) => Reply::Audit(audit::audit(core, &actor, request).await?),
        Command::AuditExport(request) => Reply::AuditExport(audit::export(core, &actor, request).await?),
        Command::Status(()) => Reply::Status(status(core, &actor)),
        Command::Snapshot(()) => Reply::Snapshot(desk::snapshot(core, &actor).await?),
        Command::Events(request) => Reply::Events(feed::events(core, &actor, request).await?),
        Command::DeviceAdd(draft) => Reply::DeviceAdd(devices::add(core, &actor, draft).await?),
        Command::DeviceChange(change) => Reply::DeviceChange(devices::change(core, &actor, change).await?),
        Command::DeviceList(()) => Reply::DeviceList(devices::list(core).await?),
        Command::DeviceTest(which) => Reply::DeviceTest(devices::test(core, &which.name).await?),
        Command::DeviceTry(draft) => Reply::DeviceTry(devices::try_out(draft).await?),
        Command::DeviceRemove(which) => Reply::DeviceRemove(devices::remove(core, &actor, which.name).await?),
        Command::VisitAdd(draft) => Reply::VisitAdd(desk::visit_add(core, draft, actor.author).await?),
        Command::VisitList(page) => Reply::VisitList(desk::visit_list(core, &actor, page).await?),
        Command::VisitAct(act) => Reply::VisitAct(desk::visit_act(core, act, actor.author).await?),
        Command::VisitDetail(which) => Reply::VisitDetail(desk::visit_detail(core, &actor, which.id).await?),
        Command::VisitorIdentity(change) => {
            Reply::VisitorIdentity(visitors::change(core, &actor, change).await?)
        }
        Command::VisitorReveal(wanted) => Reply::VisitorReveal(visitors::reveal(core, &actor, wanted).await?),
        Command::VisitorErase(who) => Reply::VisitorErase(visitors::erase(core, &actor, who.id).await?),
        Command::Search(request) => Reply::Search(desk::search(core, &actor, request).await?),
        Command::Passages(page) => Reply::Passages(read(core, move |core| core.store.passages(page)).await?),
        Command::PassagesBefore(page) => {
            Reply::PassagesBefore(read(core, move |core| core.store.passages_before(page)).await?)
        }
        Command::Picture(which) => Reply::Picture(hex::encode(stored(core, which.name).await?)),
        Command::Incidents(page) => {
            Reply::Incidents(read(core, move |core| core.store.incidents(page)).await?)
        }
        Command::Settings(()) => Reply::Settings(settings::settings(core).await?),
        Command::DeskSettings(desk) => {
            Reply::DeskSettings(settings::set_desk(core, desk, actor.author).await?)
        }
        Command::SiteSettings(site) => {
            Reply::SiteSettings(settings::set_site(core, site, actor.author).await?)
        }
        Command::SecuritySettings(security) => {
            Reply::SecuritySettings(settings::set_security(core, security, actor.author).await?)
        }
        Command::KitMake(()) => Reply::KitMake(kit::draw(core).await?),
        Command::KitConfirm(typed) => Reply::KitConfirm(kit::confirm(core, &actor, typed.group).await?),
        Command::SiteKeyChange(()) => Reply::SiteKeyChange(site_key::change(core, &actor).await?),
        Command::Health(()) => Reply::Health(core.health.report(core.now())),
        Command::Monitoring(()) => Reply::Monitoring(monitoring::view(core).await?),
        Command::MonitoringTokenMake(()) => Reply::MonitoringTokenMake(monitoring::make(core, &actor).await?),
        Command::MonitoringTokenRemove(()) => {
            Reply::MonitoringTokenRemove(monitoring::remove(core, &actor).await?)
        }
        Command::Backups(()) => Reply::Backups(backups::view(core).await?),
        Command::BackupSchedule(schedule) => {
            Reply::BackupSchedule(backups::set_schedule(core, &actor, schedule).await?)
        }
        Command::BackupTargetAdd(draft) => {
            Reply::BackupTargetAdd(backups::add_target(core, &actor, draft).await?)
        }
        Command::BackupTargetChange(change) => {
            Reply::BackupTargetChange(backups::change_target(core, &actor, change).await?)
        }
        Command::BackupTargetRemove(which) => {
            Reply::BackupTargetRemove(backups::remove_target(core, &actor, which.id).await?)
        }
        Command::BackupTargetTry(draft) => Reply::BackupTargetTry(backups::try_target(core, draft).await?),
        Command::BackupCreate(()) => Reply::BackupCreate(backups::begin(core, &actor, Wanted::Create).await?),
        Command::BackupVerify(BackupWanted { target, name }) => {
            Reply::BackupVerify(backups::begin(core, &actor, Wanted::Verify(target, name)).await?)
        }
        Command::BackupDrill(()) => Reply::BackupDrill(backups::begin(core, &actor, Wanted::Drill).await?),
        Command::BackupRestore(BackupWanted { target, name }) => {
            Reply::BackupRestore(backups::begin(core, &actor, Wanted::Restore(target, name)).await?)
        }
        Command::BackupCancel(()) => Reply::BackupCancel(backups::cancel(core).await?),
        Command::JournalVerify(()) => Reply::JournalVerify(journal_verify(core).await?),
        Command::Watch(request) => Reply::Watch(feed::watch(core, request).await?),
        Command::Link(()) => Reply::Link(link(core).await?),
        Command::Authority(request) => {
            Reply::Authority(authority::authority(core, request, actor.author).await?)
        }
    };
    Ok(Answer { reply, token })
}

/// A recovery kit has brought the secrets of this folder back: by whom is written down.
///
/// # Errors
/// When the database cannot be written.
pub async fn note_recovered(core: &Arc<Core>) -> Result<(), Refusal> {
    let author = Actor::of(core, &Caller::Owner).await?.author;
    let kit = core.kit_state().id.unwrap_or_default();
    let noted = move |tx: &mut vakhta_store::WriteTx<'_>| {
        tx.note(vakhta_domain::operation::kind::KIT_USED, &format!("kit/{kit}"), &author, &[])
    };
    write(core, core.now(), noted).await
}

/// Where the page is; until somebody works here, with what lets one browser set the site up.
///
/// # Errors
/// When the page is not served.
pub async fn link(core: &Arc<Core>) -> Result<String, Refusal> {
    if read(core, |core| core.store.has_users()).await? {
        core.doorkeeper.address()
    } else {
        core.doorkeeper.link()
    }
}

async fn journal_verify(core: &Arc<Core>) -> Result<JournalReport, Refusal> {
    let anchor = core.blocking(|core| crate::anchor::kept(core.secrets.as_ref())).await;
    let anchor = anchor.map_err(internal)?.map_err(secret)?;
    read(core, move |core| core.store.verify_journal(anchor)).await
}

/// Where secrets rest, and whether they can be recovered, is for whoever looks after them.
fn status(core: &Core, actor: &Actor) -> RunStatus {
    let trusted = actor.may(Permission::ManageSecurity);
    RunStatus {
        running: core.fleet.is_active(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        secrets: if trusted { core.secrets.place() } else { String::new() },
        kit: if trusted { core.kit_state() } else { KitState::default() },
        tasks: core.tasks.view(),
    }
}

/// A picture of a passage, JPEG, for a caller who may see visits.
///
/// # Errors
/// [`ErrorCode::NotFound`] when there is none of this name.
pub(crate) async fn picture(core: &Arc<Core>, caller: &Caller, name: String) -> Result<Vec<u8>, Refusal> {
    let wanted = Command::Picture(vakhta_app::request::PictureName { name: name.clone() });
    let answered = async {
        permitted(core, caller, &wanted).await?;
        stored(core, name).await
    };
    answered.await.map_err(|refusal| told(caller, &wanted.name(), refusal))
}

async fn stored(core: &Arc<Core>, name: String) -> Result<Vec<u8>, Refusal> {
    let asked = name.clone();
    let picture = core
        .blocking(move |core| {
            let key = core.store.key_of_picture(&asked).map_err(refusal)?;
            core.pictures.get(&asked, key.as_ref()).map_err(internal)
        })
        .await
        .map_err(internal)?;
    picture?.ok_or_else(|| Refusal::not_found("picture", name))
}

// --- the ways to the store ---

pub(crate) async fn read<T: Send + 'static>(
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

/// For who signs in, so that a backup can be restored in the place of what is damaged.
async fn write_still<T: Send + 'static>(
    core: &Arc<Core>,
    now: Timestamp,
    job: impl FnOnce(&mut vakhta_store::WriteTx<'_>) -> vakhta_app::tx::TxResult<T> + Send + 'static,
) -> Result<T, Refusal> {
    core.store.write_still(now, job).await.map_err(refusal)
}

fn refusal(error: WriteError) -> Refusal {
    match error {
        WriteError::Refused(refusal) => refusal,
        WriteError::Unavailable(why) => Refusal::new(ErrorCode::NotReady, why),
        WriteError::Damaged(why) => {
            let words =
                format!("the database is damaged, and nothing is written any more; restore a backup: {why}");
            Refusal::new(ErrorCode::Damaged, words)
        }
        WriteError::Store(why) => Refusal::new(ErrorCode::Internal, why),
    }
}

fn secret(error: SecretError) -> Refusal {
    Refusal::new(ErrorCode::Internal, error.to_string())
}

fn internal(error: impl std::fmt::Display) -> Refusal {
    Refusal::new(ErrorCode::Internal, error.to_string())
}

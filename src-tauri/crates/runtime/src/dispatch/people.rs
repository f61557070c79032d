//! Who works here: added, changed, kept out, where they are signed in, and what each may.

use std::sync::Arc;

use jiff::Timestamp;
use vakhta_app::command;
use vakhta_app::permission::{Permission, Role};
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::request::Password;
use vakhta_app::users::people::{self, NewUser, may_confirm};
use vakhta_app::users::port::{User, UserTx};
use vakhta_app::users::request::{UserChange, UserDraft};
use vakhta_app::users::view::{FactorLost, Matrix, MatrixLine, SessionView, UserGiven, UserView};
use vakhta_domain::ids::{SessionId, UserId};
use vakhta_domain::operation::kind;
use vakhta_secrets::password;

use super::proofs::hashed;
use super::{read, secret, write};
use crate::access::Actor;
use crate::core::Core;

pub(super) async fn users(core: &Arc<Core>, actor: &Actor) -> Result<Vec<UserView>, Refusal> {
    let users = read(core, |core| core.store.users()).await?;
    let mut views = Vec::with_capacity(users.len());
    for user in users {
        views.push(view(core, actor, user).await?);
    }
    Ok(views)
}

async fn view(core: &Arc<Core>, actor: &Actor, user: User) -> Result<UserView, Refusal> {
    let login = user.login.clone();
    let vouched = user.factor_lost.clone();
    let (attempts, by) = read(core, move |core| {
        let by = match &vouched {
            Some((author, _)) => core.store.author_name(author)?,
            None => None,
        };
        Ok((core.store.attempts_of(&login)?, by))
    })
    .await?;
    let confirmable = actor.may(Permission::ManageUsers)
        && may_confirm(user.factor_lost.as_ref(), user.id, core.now(), &actor.author);
    Ok(UserView {
        id: user.id,
        login: user.login,
        name: user.name,
        roles: user.roles,
        disabled: user.disabled,
        factor: user.factor.is_some(),
        password_given: user.given.is_some(),
        locked_out: attempts.locked_out(),
        seen: user.seen,
        added: user.added,
        factor_lost: user.factor_lost.map(|(author, at)| FactorLost {
            by: by.unwrap_or(author),
            at,
            confirmable,
        }),
    })
}

pub(super) async fn add(core: &Arc<Core>, actor: &Actor, draft: UserDraft) -> Result<UserGiven, Refusal> {
    let (given, hash) = a_password(core).await?;
    let (author, now) = (actor.author.clone(), core.now());
    let new = NewUser {
        id: UserId(uuid::Uuid::now_v7()),
        login: draft.login,
        name: draft.name,
        roles: draft.roles,
        password: hash,
        password_given: true,
    };
    let user = write(core, now, move |tx| people::add(tx, new, now, &author)).await?;
    Ok(UserGiven { user: view(core, actor, user).await?, password: given })
}

async fn a_password(core: &Arc<Core>) -> Result<(String, String), Refusal> {
    let given = password::given().map_err(secret)?;
    let hash = hashed(core, Password(given.clone())).await?;
    Ok((given, hash))
}

pub(super) async fn change(core: &Arc<Core>, actor: &Actor, change: UserChange) -> Result<UserView, Refusal> {
    let author = actor.author.clone();
    let user = write(core, core.now(), move |tx| {
        let UserChange { id, name, roles, disabled } = change;
        people::change(tx, id, name.as_deref(), roles.as_deref(), disabled, &author)
    })
    .await?;
    view(core, actor, user).await
}

pub(super) async fn give_password(core: &Arc<Core>, actor: &Actor, id: UserId) -> Result<UserGiven, Refusal> {
    let (given, hash) = a_password(core).await?;
    let (author, now) = (actor.author.clone(), core.now());
    let user = write(core, now, move |tx| people::set_password(tx, id, hash, Some(now), &author)).await?;
    Ok(UserGiven { user: view(core, actor, user).await?, password: given })
}

pub(super) async fn factor_lost(core: &Arc<Core>, actor: &Actor, id: UserId) -> Result<UserView, Refusal> {
    let (author, now) = (actor.author.clone(), core.now());
    let user = write(core, now, move |tx| people::vouch(tx, id, now, &author)).await?;
    view(core, actor, user).await
}

pub(super) async fn factor_remove(core: &Arc<Core>, actor: &Actor, id: UserId) -> Result<UserView, Refusal> {
    let (author, now) = (actor.author.clone(), core.now());
    let user = write(core, now, move |tx| people::take_factor_away(tx, id, now, &author)).await?;
    view(core, actor, user).await
}

/// One's own sessions; everybody's for who may see them.
pub(super) async fn sessions(core: &Arc<Core>, actor: &Actor) -> Result<Vec<SessionView>, Refusal> {
    let all = actor.may(Permission::SeeUsers);
    let own_user = actor.user.as_ref().map(|user| user.id);
    let own = actor.seat.as_ref().and_then(|(_, seat)| seat.session()).map(|session| session.id);
    let (limits, now) = (actor.security.clone(), core.now());
    let found = read(core, |core| {
        let names: std::collections::HashMap<UserId, String> =
            core.store.users()?.into_iter().map(|user| (user.id, user.name)).collect();
        Ok((core.store.sessions()?, names))
    });
    let (sessions, names) = found.await?;
    let seen = |(session, _, _): &(vakhta_app::users::seat::Session, _, _)| {
        (all || Some(session.user) == own_user) && !session.is_over(&limits, now)
    };
    Ok(sessions
        .into_iter()
        .filter(seen)
        .map(|(session, place, agent)| SessionView {
            id: session.id,
            user: session.user,
            name: names.get(&session.user).cloned().unwrap_or_default(),
            place,
            agent,
            begun: session.begun,
            seen: session.seen,
            until: session.until(&limits),
            own: Some(session.id) == own,
        })
        .collect())
}

pub(super) async fn end_session(core: &Arc<Core>, actor: &Actor, id: SessionId) -> Result<(), Refusal> {
    let own = actor.user.as_ref().map(|user| user.id);
    let all = actor.may(Permission::ManageUsers);
    let author = actor.author.clone();
    write(core, core.now(), move |tx| {
        let session = tx.session(id)?.ok_or_else(|| Refusal::not_found("session", id))?;
        if !all && Some(session.user) != own {
            return Err(Refusal::new(ErrorCode::Forbidden, "your role does not allow that").into());
        }
        tx.end_session(id)?;
        tx.note(kind::SESSION_ENDED, &User::author(session.user), &author, &[])
    })
    .await
}

/// Who may do what: the registry and the table of roles, put together.
pub(super) fn matrix() -> Matrix {
    let commands = command::all();
    let line = |permission: &Permission| MatrixLine {
        permission: *permission,
        roles: Role::ALL.into_iter().filter(|role| permission.roles().contains(role)).collect(),
        step_up: permission.needs_step_up(),
        commands: commands
            .iter()
            .filter(|(_, needs)| needs == permission)
            .map(|(name, _)| name.clone())
            .collect(),
    };
    let shown = |permission: &&Permission| **permission != Permission::Own;
    Matrix { lines: Permission::ALL.iter().filter(shown).map(line).collect() }
}

/// Whether somebody was refused for want of a right, written down.
pub(super) async fn note_refused(core: &Arc<Core>, actor: &Actor, command: &str) {
    let Some(user) = &actor.user else { return };
    let (entity, author, command) = (User::author(user.id), actor.author.clone(), command.to_owned());
    let now: Timestamp = core.now();
    let noted = write(core, now, move |tx| {
        tx.note(kind::USER_REFUSED, &entity, &author, &[("what", "command"), ("command", &command)])
    });
    if let Err(why) = noted.await {
        tracing::warn!(%why, "a refusal could not be written down");
    }
}

//! Who asks, and what they may. Everything that is asked passes here first: see
//! [`Actor::demand`].

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use vakhta_app::command::Command;
use vakhta_app::permission::Permission;
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::settings::SecuritySettings;
use vakhta_app::users::people::factor_demanded;
use vakhta_app::users::port::User;
use vakhta_app::users::seat::{Seat, SeatKey};
use vakhta_app::users::view::{Place, Stage};
use vakhta_domain::operation::Hash;

use crate::core::Core;
use crate::dispatch::read;

/// What a page shows to be known again: 256 bits, hex. The store keeps its hash alone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// A fresh one.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn fresh() -> Result<Self, getrandom::Error> {
        let mut random = [0; 32];
        getrandom::fill(&mut random)?;
        Ok(Self(hex::encode(random)))
    }

    /// What a cookie or a client has kept.
    #[must_use]
    pub fn shown(text: String) -> Self {
        Self(text)
    }

    /// As a cookie or a client keeps it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// As the store knows it.
    #[must_use]
    pub fn key(&self) -> SeatKey {
        Hash::of(self.0.as_bytes()).0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A page that asks, as whoever serves it knows it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Page {
    /// What it showed.
    pub token: Option<Token>,
    /// The window, or a browser.
    pub place: Place,
    /// What the browser calls itself.
    pub agent: Option<String>,
}

/// Who asks.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Whoever may enter the data folder: the command line, and the shell for itself.
    Owner,
    /// A page, for whoever sits before it.
    Page(Page),
}

/// Who asks, looked up.
pub struct Actor {
    /// As the journal has it.
    pub author: String,
    /// How far they have come.
    pub stage: Stage,
    /// Who, where somebody is signed in or was when the desk was locked.
    pub user: Option<User>,
    /// The seat with its token's hash, as of now; `None` for the owner and for who has none.
    pub seat: Option<(SeatKey, Seat)>,
    /// What signing in demands here.
    pub security: SecuritySettings,
    /// Nobody works here yet.
    pub fresh_site: bool,
    owner: bool,
    permissions: Vec<Permission>,
    stepped_up: bool,
}

impl Actor {
    /// Looks a caller up.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn of(core: &Arc<Core>, caller: &Caller) -> Result<Self, Refusal> {
        match caller {
            Caller::Owner => Self::owner(core).await,
            Caller::Page(page) => Self::page(core, page).await,
        }
    }

    async fn owner(core: &Arc<Core>) -> Result<Self, Refusal> {
        let (security, fresh_site) = read(core, |core| {
            Ok((core.store.settings(&core.system_zone)?.security, !core.store.has_users()?))
        })
        .await?;
        Ok(Self {
            author: owner(),
            stage: Stage::SignedIn,
            user: None,
            seat: None,
            security,
            fresh_site,
            owner: true,
            permissions: Permission::ALL.to_vec(),
            stepped_up: true,
        })
    }

    async fn page(core: &Arc<Core>, page: &Page) -> Result<Self, Refusal> {
        let now = core.now();
        let key = page.token.as_ref().map(Token::key);
        let (security, fresh_site, seat, user) = read(core, move |core| {
            let security = core.store.settings(&core.system_zone)?.security;
            let seat = match &key {
                Some(key) => core.store.seat(key)?.map(|seat| seat.at(&security, now)),
                None => None,
            };
            let user = match seat.as_ref().and_then(|seat| seat.active) {
                Some(user) => core.store.user(user)?,
                None => None,
            };
            Ok((security, !core.store.has_users()?, seat, user))
        })
        .await?;
        let user = user.filter(|user| !user.disabled);
        let may_set_up = page.place == Place::Window || seat.as_ref().is_some_and(|seat| seat.may_set_up);
        let stage = stage(fresh_site, may_set_up, seat.as_ref(), user.as_ref(), &security);
        let permissions = match (stage, &user) {
            (Stage::SignedIn, Some(user)) => Permission::of(&user.roles),
            (Stage::NewPassword | Stage::NewFactor, _) => vec![Permission::Anyone, Permission::SignedIn],
            _ => vec![Permission::Anyone],
        };
        let session = seat.as_ref().and_then(Seat::session);
        Ok(Self {
            author: user.as_ref().map_or_else(|| "user/nobody".to_owned(), |user| User::author(user.id)),
            stage,
            stepped_up: session.is_some_and(|session| session.stepped_up_until(now).is_some()),
            user,
            seat: key.zip(seat),
            security,
            fresh_site,
            owner: false,
            permissions,
        })
    }

    /// Whether they have a permission at this moment.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(&permission)
    }

    /// What they have at this moment.
    #[must_use]
    pub fn permissions(&self) -> &[Permission] {
        &self.permissions
    }

    /// Whether it is whoever may enter the data folder.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.owner
    }

    /// Whether a command may be carried out: the one place where that is decided.
    ///
    /// # Errors
    /// [`ErrorCode::SignIn`], [`ErrorCode::Locked`], [`ErrorCode::StepUp`], or
    /// [`ErrorCode::Forbidden`] with nothing that would help.
    pub fn demand(&self, command: &Command) -> Result<(), Refusal> {
        let permission = command.permission();
        if !self.may(permission) {
            return Err(match self.stage {
                Stage::Locked => Refusal::new(ErrorCode::Locked, "the desk is locked"),
                Stage::SetUp | Stage::NotLetIn | Stage::SignIn => Refusal::new(ErrorCode::SignIn, "sign in"),
                Stage::NewPassword | Stage::NewFactor | Stage::SignedIn => {
                    Refusal::new(ErrorCode::Forbidden, "your role does not allow that")
                }
            });
        }
        if permission.needs_step_up() && !self.stepped_up {
            return Err(Refusal::new(ErrorCode::StepUp, "show once more that it is you"));
        }
        Ok(())
    }

    /// Who is signed in and at work.
    ///
    /// # Errors
    /// [`ErrorCode::SignIn`] where nobody is.
    pub fn signed_in(&self) -> Result<&User, Refusal> {
        self.user.as_ref().ok_or_else(|| Refusal::new(ErrorCode::SignIn, "sign in"))
    }

    /// When a fresh proof that they gave grows old.
    #[must_use]
    pub fn stepped_up_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.seat
            .as_ref()
            .and_then(|(_, seat)| seat.session())
            .and_then(|session| session.stepped_up_until(now))
    }
}

fn stage(
    fresh_site: bool,
    may_set_up: bool,
    seat: Option<&Seat>,
    user: Option<&User>,
    security: &SecuritySettings,
) -> Stage {
    if fresh_site {
        return if may_set_up { Stage::SetUp } else { Stage::NotLetIn };
    }
    let Some(seat) = seat.filter(|seat| !seat.sessions.is_empty()) else { return Stage::SignIn };
    match user {
        Some(_) if seat.locked => Stage::Locked,
        // Whoever was here last is gone; others may come back.
        None => Stage::Locked,
        Some(user) if user.given.is_some() => Stage::NewPassword,
        Some(user) if user.factor.is_none() && factor_demanded(&user.roles, security) => Stage::NewFactor,
        Some(_) => Stage::SignedIn,
    }
}

/// The folder's owner as the journal has them.
pub(crate) fn owner() -> String {
    format!("owner/{}", system_user())
}

/// Who runs this process, by the system's own account of it: the environment says what it is told to.
/// For the audit, and for what takes two people.
fn system_user() -> String {
    whoami::username().chars().filter(|sign| !sign.is_control()).collect()
}

//! Who may do what: one table of roles and permissions. Whatever is not in it is refused.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What somebody does here. Roles add up: the first person of a small site may be all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// At the front desk.
    Operator,
    /// Answers for the desk.
    Supervisor,
    /// On the move, for incidents.
    Security,
    /// Installs and configures; sees no visitors.
    Administrator,
    /// May host; nothing but their own account until hosts have something to do here.
    Employee,
}

impl Role {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Operator, Self::Supervisor, Self::Security, Self::Administrator, Self::Employee];

    /// As it is written down.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Supervisor => "supervisor",
            Self::Security => "security",
            Self::Administrator => "administrator",
            Self::Employee => "employee",
        }
    }

    /// Reads [`Role::as_str`].
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

macro_rules! permissions {
    ($($(#[$about:meta])* $name:ident,)*) => {
        /// What a caller must be allowed to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        pub enum Permission {
            $($(#[$about])* $name,)*
        }

        impl Permission {
            /// All of them, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
        }
    };
}

permissions! {
    /// Be anybody, signed in or not: what a page needs to show who may come in.
    Anyone,
    /// Be signed in, whatever the role: one's own account.
    SignedIn,
    /// See visits, passages, pictures and the feed.
    SeeVisits,
    /// Plan and change visits, enter documents and phones.
    ManageVisits,
    /// See a document number, an IIN or a phone in full; each view is written down.
    SeeDocuments,
    /// Erase a person for good.
    EraseVisitors,
    /// See incidents.
    SeeIncidents,
    /// See devices and their condition.
    SeeDevices,
    /// Configure devices.
    ManageDevices,
    /// See the settings.
    SeeSettings,
    /// Change how this desk looks and behaves.
    ManageDesk,
    /// Change the site: its zone, hours, holidays.
    ManageSite,
    /// See who works here and which sessions are open.
    SeeUsers,
    /// Vouch for somebody who lost the second factor.
    VouchForUsers,
    /// Add, change and lock out people; end their sessions.
    ManageUsers,
    /// Change what signing in demands; the recovery kit and the site's key.
    ManageSecurity,
    /// See backups and how Vakhta is.
    SeeHealth,
    /// Make backups, say when and where to, try them.
    ManageBackups,
    /// Put a backup in the place of what is there.
    RestoreBackups,
    /// See who did what, and check the journal.
    SeeAudit,
    /// Take the audit out of Vakhta.
    ExportAudit,
    /// Act as the owner of the data folder: never granted to a page.
    Own,
}

impl Permission {
    /// Whether the person must have shown within the last minutes that it is still them.
    #[must_use]
    pub fn needs_step_up(self) -> bool {
        matches!(
            self,
            Self::EraseVisitors
                | Self::ManageUsers
                | Self::ManageSecurity
                | Self::RestoreBackups
                | Self::ExportAudit
        )
    }

    /// Which roles have it. The one table.
    #[must_use]
    pub fn roles(self) -> &'static [Role] {
        use Role::{Administrator, Employee, Operator, Security, Supervisor};
        match self {
            Self::Anyone | Self::SignedIn => &[Operator, Supervisor, Security, Administrator, Employee],
            Self::SeeSettings | Self::ManageDesk | Self::SeeDevices => {
                &[Operator, Supervisor, Security, Administrator]
            }
            Self::SeeVisits | Self::SeeIncidents => &[Operator, Supervisor, Security],
            Self::ManageVisits => &[Operator, Supervisor],
            Self::SeeDocuments => &[Supervisor, Security],
            Self::EraseVisitors => &[Supervisor],
            Self::SeeUsers | Self::VouchForUsers | Self::SeeHealth => &[Supervisor, Security, Administrator],
            Self::SeeAudit => &[Security, Administrator],
            Self::ManageDevices
            | Self::ManageSite
            | Self::ManageUsers
            | Self::ManageSecurity
            | Self::ManageBackups
            | Self::RestoreBackups
            | Self::ExportAudit => &[Administrator],
            Self::Own => &[],
        }
    }

    /// All that these roles give, together.
    #[must_use]
    pub fn of(roles: &[Role]) -> Vec<Self> {
        let given = |permission: &&Self| permission.roles().iter().any(|role| roles.contains(role));
        Self::ALL.iter().filter(given).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_add_up_and_none_gives_nothing() {
        assert_eq!(Permission::of(&[]), []);
        let both = Permission::of(&[Role::Operator, Role::Administrator]);
        for role in [Role::Operator, Role::Administrator] {
            assert!(Permission::of(&[role]).iter().all(|permission| both.contains(permission)));
        }
        assert!(!Permission::of(&Role::ALL).contains(&Permission::Own));
    }

    #[test]
    fn an_administrator_sees_no_visitors() {
        let may = Permission::of(&[Role::Administrator]);
        for permission in [
            Permission::SeeVisits,
            Permission::ManageVisits,
            Permission::SeeDocuments,
            Permission::SeeIncidents,
        ] {
            assert!(!may.contains(&permission), "{permission:?}");
        }
    }

    #[test]
    fn a_role_is_read_as_it_is_written() {
        for role in Role::ALL {
            assert_eq!(Role::named(role.as_str()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        assert_eq!(Role::named("root"), None);
    }
}

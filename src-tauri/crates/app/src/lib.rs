//! What Vakhta does: use-cases over the pure domain, and the ports to all that is outside.
//!
//! | module | |
//! | --- | --- |
//! | [`permission`] | roles and what each may do: the one table |
//! | [`users`] | the people who work here, how they sign in, and where |
//! | [`command`] | the registry: every command with what it takes and gives, and its permission |
//! | [`request`], [`view`], [`refusal`], [`settings`] | what commands take and give |
//! | [`contract`] | the same for TypeScript |
//! | [`wire`] | commands as they come over a wire, and the refusal of what is none |
//! | [`visits`], [`visitors`], [`passages`], [`exits`], [`days`], [`devices`] | the use-cases, each inside one write transaction |
//! | [`backups`] | when a backup is due, where it goes, which copies stay |
//! | [`health`] | how Vakhta is: what is looked at, and what was found |
//! | [`text`] | what a person typed, in one form |
//! | [`tx`] | the port to the store: what a write transaction can do |
//! | [`device`], [`secret`] | the ports to the device drivers and to the keyring |

pub mod backups;
pub mod command;
pub mod contract;
pub mod days;
pub mod device;
pub mod devices;
pub mod exits;
pub mod health;
pub mod passages;
pub mod permission;
pub mod refusal;
pub mod request;
pub mod secret;
pub mod settings;
pub mod text;
pub mod tx;
pub mod users;
pub mod view;
pub mod visitors;
pub mod visits;
pub mod wire;

//! What Vakhta does: use-cases over the pure domain, and the ports to all that is outside.
//!
//! | module | |
//! | --- | --- |
//! | [`command`] | the contract: every command with its permission, its reply, the error codes |
//! | [`view`] | what replies and the live feed show |
//! | [`visits`], [`passages`], [`exits`], [`days`], [`devices`] | the use-cases, each inside one write transaction |
//! | [`tx`] | the port to the store: what a write transaction can do |
//! | [`device`], [`secret`] | the ports to the device drivers and to the keyring |

pub mod command;
pub mod days;
pub mod device;
pub mod devices;
pub mod exits;
pub mod passages;
pub mod secret;
pub mod tx;
pub mod view;
pub mod visits;

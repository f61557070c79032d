//! Everything wired together: one process per data folder, its devices, its background tasks,
//! and the two ways in (the local socket for commands, HTTP for the page).
//!
//! | module | |
//! | --- | --- |
//! | [`folder`] | the data folder and its lock |
//! | [`core`] | the parts of a running Vakhta |
//! | [`dispatch`] | a command to its use-case |
//! | [`fleet`], [`inbox`] | one driver per device, and where they put what they read |
//! | [`tasks`] | background tasks, each with a name and a last result |
//! | [`local`] | the local socket |
//! | [`authority`] | whom browsers on other machines trust |
//! | [`web`] | the page, its commands and events, and the live feed, over HTTP |
//! | `wake` | noticing that the machine has slept |

pub mod access;
pub mod anchor;
pub mod authority;
pub mod core;
pub mod dispatch;
pub mod fleet;
pub mod folder;
pub mod inbox;
pub mod local;
pub mod pictures;
pub mod site;
pub mod tasks;
mod wake;
pub mod web;
pub mod words;

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
//! | [`findings`] | what was found of its health in words, and what to do |
//! | [`diagnostics`] | what may be sent to support |
//! | [`log`] | where the program says what it does |
//! | [`health`] | how Vakhta is, looked at every few seconds |
//! | [`backups`] | backups made, tried and restored, one at a time |
//! | [`authority`] | whom browsers on other machines trust |
//! | [`web`] | the page, its commands and events, and the live feed, over HTTP |
//! | `monitoring` | the token that programs which watch Vakhta show |
//! | `wake` | noticing that the machine has slept |

pub mod access;
pub mod anchor;
pub mod authority;
pub mod backups;
pub mod core;
pub mod diagnostics;
pub mod dispatch;
pub mod findings;
pub mod fleet;
pub mod folder;
pub mod health;
pub mod inbox;
pub mod local;
pub mod log;
mod monitoring;
pub mod pictures;
pub mod site;
pub mod tasks;
mod wake;
pub mod web;
pub mod words;

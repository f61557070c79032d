//! SQLite: the journal and the rows that are read off it.
//!
//! | module | |
//! | --- | --- |
//! | [`open`](Store::open) in `opening` | the file, its settings, migrations, the desk's identity |
//! | `writer` | the one writer: a thread that commits jobs in groups |
//! | `journal`, `journal_row` | operations: sealing, numbering, chaining, verifying; their columns |
//! | `tx_*` | the port [`vakhta_app::tx::Tx`] |
//! | `visitor_views` | what is known of visitors, found by number |
//! | `views`, `desk_views`, `feed` | what is read: lists, the desk's screen, the live feed |
//! | `user_rows`, `user_views` | who works here, their seats and sessions; the audit |
//! | `settings` | the settings |
//! | `backups` | snapshots of the file, what stands in one, what is known of copies elsewhere, and who was erased |
//! | `health` | how the database fares, and what it holds as numbers |
//! | `integrity` | whether the file is whole |
//!
//! Every write is one `BEGIN IMMEDIATE` transaction that holds rows and journal together.
//! Readers have connections of their own and never wait for the writer.

mod backups;
mod columns;
mod desk_views;
mod feed;
mod health;
mod integrity;
mod journal;
mod journal_row;
mod opening;
mod settings;
mod tx;
mod tx_devices;
mod tx_incidents;
mod tx_passages;
mod tx_users;
mod tx_visitors;
mod tx_visits;
mod user_rows;
mod user_views;
mod views;
mod visitor_views;
mod writer;

pub use backups::{Contents, Erased, erased_in, inspect, revive, schema, snapshot};
pub use desk_views::DeskPage;
pub use health::Counts;
pub use journal_row::{JournalRow, Unreadable};
pub use opening::{FILE, Store, StoreError, is_damage};
pub use tx::WriteTx;
pub use views::LogRow;
pub use visitor_views::VisitorRow;
pub use writer::WriteError;

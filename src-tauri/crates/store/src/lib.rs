//! SQLite: the journal and the rows that are read off it.
//!
//! | module | |
//! | --- | --- |
//! | [`open`](Store::open) in `opening` | the file, its settings, migrations, the desk's identity |
//! | `writer` | the one writer: a thread that commits jobs in groups |
//! | `journal` | operations: sealing, numbering, chaining, verifying |
//! | `tx_*` | the port [`vakhta_app::tx::Tx`] |
//! | `views`, `feed` | what is read: lists and the live feed |
//! | `integrity` | whether the file is whole |
//!
//! Every write is one `BEGIN IMMEDIATE` transaction that holds rows and journal together.
//! Readers have connections of their own and never wait for the writer.

mod columns;
mod feed;
mod integrity;
mod journal;
mod opening;
mod tx;
mod tx_devices;
mod tx_incidents;
mod tx_passages;
mod tx_visits;
mod views;
mod writer;

pub use feed::FeedPage;
pub use opening::{Store, StoreError};
pub use tx::WriteTx;
pub use views::LogRow;
pub use writer::WriteError;

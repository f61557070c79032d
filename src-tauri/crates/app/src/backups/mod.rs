//! Backups: when one is due, where it goes, which copies stay. What makes them is in the crate `backup`.

pub mod plan;
pub mod request;
pub mod retention;
pub mod schedule;
pub mod view;

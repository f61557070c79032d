//! Tells people who are not looking: notifications of the operating system.
//!
//! | module | |
//! | --- | --- |
//! | [`announcement`] | what is told, ready to be shown |
//! | [`choice`] | which happenings are told at once, which only counted |
//! | [`words`] | how it is said, in Russian and English |
//! | [`desktop`] | showing it, and noticing a click |
//!
//! The first three are pure: now is an argument, and they know of no desktop. A journal that is
//! read twice gives the same announcements under the same keys.

pub mod announcement;
pub mod choice;
pub mod desktop;
pub mod words;

pub use announcement::{Announcement, Button, Language, Urgency, Wishes};
pub use choice::Announcer;
pub use desktop::{Desktop, Identity, ShowError};

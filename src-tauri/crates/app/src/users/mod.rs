//! The people who work here: who they are, what proves it, where they are signed in.
//!
//! | module | |
//! | --- | --- |
//! | [`request`], [`view`] | what commands take and give |
//! | [`port`] | what the store can do |
//! | [`words`] | what a login, a password and a PIN must be like |
//! | [`attempts`] | failures make the next try wait |
//! | [`seat`] | a window or browser, and who is signed in there |
//! | [`sign_in`] | in, out, locked, unlocked, proven anew |
//! | [`people`] | added, changed, kept out; lost factors; never without an administrator |
//!
//! What is slow or secret about proofs (Argon2id, codes) is done by whoever calls, outside of the
//! transaction; what it found comes in as [`sign_in::Proof`].

pub mod attempts;
pub mod people;
pub mod port;
pub mod request;
pub mod seat;
pub mod sign_in;
pub mod view;
pub mod words;

//! The token that programs which watch Vakhta show: 256 bits, kept as its hash, good for a year.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use vakhta_domain::operation::Hash;

use crate::core::Core;

/// Where it is kept.
pub(crate) const SETTING: &str = "monitoring.token";
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(366 * 24);

/// What is kept of a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// SHA-256, hex.
    hash: String,
    /// When it was made.
    pub(crate) made: Timestamp,
}

impl Kept {
    pub(crate) fn of(token: &str, made: Timestamp) -> Self {
        Self { hash: Hash::of(token.as_bytes()).to_string(), made }
    }

    pub(crate) fn ends(&self) -> Timestamp {
        self.made.checked_add(GOOD_FOR).unwrap_or(Timestamp::MAX)
    }
}

/// The one that is kept.
pub(crate) fn kept(core: &Core) -> Option<Kept> {
    let text = core.store.setting(SETTING).ok().flatten()?;
    serde_json::from_str(&text).ok()
}

/// Whether it is the token; then that it was used is remembered.
pub(crate) async fn is_known(core: &Arc<Core>, shown: Option<String>) -> bool {
    let Some(shown) = shown else { return false };
    let kept = core.blocking(kept).await.ok().flatten();
    let now = core.now();
    let known =
        kept.is_some_and(|kept| kept.hash == Hash::of(shown.as_bytes()).to_string() && now < kept.ends());
    if known {
        core.health.token_used(now);
    }
    known
}

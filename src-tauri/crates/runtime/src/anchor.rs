//! Where the journal had come to, kept beside the secrets: a chain alone does not show that its end
//! was cut off.

use std::sync::Arc;

use vakhta_app::secret::{SecretError, SecretText, Secrets};
use vakhta_app::view::JournalHead;

use crate::core::Core;

/// The name that it rests under.
const NAME: &str = "journal-anchor";

/// The head that was kept last; `None` where none was. Blocks.
///
/// # Errors
/// When the secrets cannot be read. What is there and cannot be read is none.
pub fn kept(secrets: &dyn Secrets) -> Result<Option<JournalHead>, SecretError> {
    let text = secrets.get(NAME)?;
    Ok(text.and_then(|text| match serde_json::from_str(text.reveal()) {
        Ok(head) => Some(head),
        Err(why) => {
            tracing::warn!(%why, "where the journal had come to cannot be read");
            None
        }
    }))
}

/// Keeps where the journal has come to. What contradicts the journal is left as it is, so that it goes on
/// being noticed: in words, what is the matter. Blocks.
///
/// # Errors
/// When the database or the secrets fail.
pub fn keep(core: &Core) -> anyhow::Result<Option<String>> {
    let (Some(head), before) = (core.store.journal_head()?, kept(core.secrets.as_ref())?) else {
        return Ok(None);
    };
    if before.as_ref() == Some(&head) {
        return Ok(None);
    }
    if let Some(before) = before
        && let Some(contradicted) = core.store.contradicted(&before)?
    {
        return Ok(Some(contradicted));
    }
    core.secrets.put(NAME, &SecretText::new(serde_json::to_string(&head)?))?;
    Ok(None)
}

/// The journal begins a new life: what was kept says nothing of it. Blocks.
///
/// # Errors
/// When the secrets cannot be written.
pub(crate) fn forget(secrets: &dyn Secrets) -> Result<(), SecretError> {
    secrets.remove(NAME)
}

/// [`keep`] off the async threads; in words, what came of it.
pub(crate) async fn keep_now(core: &Arc<Core>) -> String {
    match core.blocking(keep).await {
        Ok(Ok(None)) => "the journal's end is written down beside the secrets".to_owned(),
        Ok(Ok(Some(contradicted))) => {
            tracing::error!(contradicted, "the journal is not what it was");
            contradicted
        }
        Ok(Err(why)) => {
            tracing::error!(%why, "where the journal has come to could not be written down");
            why.to_string()
        }
        Err(why) => why.to_string(),
    }
}

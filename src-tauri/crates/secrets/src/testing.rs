//! Secrets in memory, for tests.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use vakhta_app::secret::{SecretError, SecretText, Secrets};

#[derive(Default)]
pub(crate) struct InMemory {
    entries: Mutex<BTreeMap<String, SecretText>>,
    /// What is put is cut off by one sign, as a keyring with a limit would.
    pub(crate) cuts: AtomicBool,
}

impl InMemory {
    pub(crate) fn with(entries: &[(&str, &str)]) -> Self {
        let secrets = Self::default();
        for (name, text) in entries {
            secrets.put(name, &SecretText::new((*text).into())).unwrap();
        }
        secrets
    }

    /// As the text that tests compare.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).unwrap().map(|text| text.reveal().to_owned())
    }
}

impl Secrets for InMemory {
    fn get(&self, name: &str) -> Result<Option<SecretText>, SecretError> {
        Ok(self.entries.lock().unwrap().get(name).cloned())
    }

    fn put(&self, name: &str, secret: &SecretText) -> Result<(), SecretError> {
        let mut text = secret.reveal().to_owned();
        // Once only: what is put back afterwards is kept.
        if self.cuts.swap(false, Ordering::Relaxed) {
            text.pop();
        }
        self.entries.lock().unwrap().insert(name.into(), SecretText::new(text));
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        self.entries.lock().unwrap().remove(name);
        Ok(())
    }

    fn place(&self) -> String {
        "memory".into()
    }
}

//! A folder for one run: the data, the keys beside it, and what `vakhtad` said.

use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;
use vakhta_secrets::{OpenOptions, Place as Secrets};

/// Gone when dropped, unless it was to be kept.
pub(crate) struct Place {
    root: Option<TempDir>,
    data: PathBuf,
}

impl Place {
    pub(crate) fn fresh() -> anyhow::Result<Self> {
        let root = tempfile::Builder::new().prefix("vakhta-bench-").tempdir().context("no folder")?;
        let data = root.path().join("data");
        std::fs::create_dir(&data)?;
        Ok(Self { root: Some(root), data })
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Beside the data, also where that is a disk of its own.
    fn beside(&self, name: &str) -> PathBuf {
        self.data.parent().unwrap_or(&self.data).join(name)
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.beside("keys")
    }

    /// Where `vakhtad` writes what it has to say.
    pub(crate) fn log(&self) -> PathBuf {
        self.beside("vakhtad.log")
    }

    /// How the data folder's secrets are opened: a sealed file and a key beside the folder.
    pub(crate) fn secrets(&self) -> OpenOptions {
        OpenOptions { place: Some(Secrets::Sealed), key_folder: Some(self.keys()), ..OpenOptions::default() }
    }

    /// Leaves everything there, and says where.
    pub(crate) fn keep(&mut self) -> PathBuf {
        if let Some(root) = self.root.take() {
            return root.keep();
        }
        self.beside("")
    }
}

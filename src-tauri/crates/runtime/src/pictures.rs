//! Pictures: sealed files named by a keyed hash of their content, each once.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vakhta_app::secret::{Sealer, SecretError};

use crate::folder::{create_private, write_private};

/// Why a picture could not be kept or shown.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The disk says no.
    #[error("a picture could not be read or written: {0}")]
    Disk(#[from] io::Error),
    /// It does not open under the site's key.
    #[error("a picture could not be opened: {0}")]
    Sealed(#[from] SecretError),
}

/// The folder of pictures.
#[derive(Clone)]
pub struct Pictures {
    folder: PathBuf,
    sealer: Arc<dyn Sealer>,
}

impl Pictures {
    /// In a data folder.
    #[must_use]
    pub fn in_folder(data: &Path, sealer: Arc<dyn Sealer>) -> Self {
        Self { folder: data.join("pictures"), sealer }
    }

    /// Seals and writes a picture durably, unless it is there, and returns its name. Blocks.
    ///
    /// # Errors
    /// See [`PictureError`].
    pub fn keep(&self, jpeg: &[u8]) -> Result<String, PictureError> {
        let name = self.sealer.content_name(jpeg);
        let path = self.path(&name);
        if !path.exists() {
            if let Some(folder) = path.parent() {
                create_private(folder)?;
            }
            write_private(&path, &self.sealer.seal(None, name.as_bytes(), jpeg)?)?;
        }
        Ok(name)
    }

    /// The JPEG of a name; `None` when there is none. Blocks.
    ///
    /// # Errors
    /// See [`PictureError`].
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, PictureError> {
        let is_name = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_name {
            return Ok(None);
        }
        match std::fs::read(self.path(name)) {
            Ok(sealed) => Ok(Some(self.sealer.open(None, name.as_bytes(), &sealed)?)),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(why.into()),
        }
    }

    /// A folder never holds more than a 256th of all pictures.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name.get(..2).unwrap_or("00")).join(name)
    }
}

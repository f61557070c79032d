//! Pictures: sealed files named by a keyed hash of their content, each once.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vakhta_app::secret::{Sealer, SecretError, WrappedKey};
use vakhta_domain::ids::VisitorId;

use crate::folder::{create_private, write_private};

/// In the data folder.
pub(crate) const FOLDER: &str = "pictures";
/// A small file may unpack to a large picture: 50 megapixels are the most.
const PIXELS: usize = 50_000_000;

/// Why a picture could not be kept or shown.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The disk says no.
    #[error("a picture could not be read or written: {0}")]
    Disk(#[from] io::Error),
    /// It says of itself that it is larger than any camera at a door makes.
    #[error("a picture of {0} × {1} pixels is not kept")]
    TooLarge(usize, usize),
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
        Self { folder: data.join(FOLDER), sealer }
    }

    /// Seals and writes a picture durably, unless it is there, and returns its name. Blocks. Whose it
    /// is, is in its name and seals it: what is of one person goes with their key.
    ///
    /// # Errors
    /// See [`PictureError`].
    pub fn keep(&self, jpeg: &[u8], whose: Option<(VisitorId, &WrappedKey)>) -> Result<String, PictureError> {
        small_enough(jpeg)?;
        let name = match whose {
            Some((visitor, _)) => self.sealer.content_name(&[visitor.0.as_bytes().as_slice(), jpeg].concat()),
            None => self.sealer.content_name(jpeg),
        };
        let path = self.path(&name);
        if !path.exists() {
            if let Some(folder) = path.parent() {
                create_private(folder)?;
            }
            write_private(&path, &self.sealer.seal(whose.map(|(_, key)| key), name.as_bytes(), jpeg)?)?;
        }
        Ok(name)
    }

    /// The JPEG of a name; `None` when there is none. Blocks.
    ///
    /// # Errors
    /// See [`PictureError`].
    pub fn get(&self, name: &str, key: Option<&WrappedKey>) -> Result<Option<Vec<u8>>, PictureError> {
        if !is_name(name) {
            return Ok(None);
        }
        match std::fs::read(self.path(name)) {
            Ok(sealed) => {
                let theirs = key.and_then(|key| self.sealer.open(Some(key), name.as_bytes(), &sealed).ok());
                // It was kept before it was known whose it is.
                theirs.map_or_else(|| Ok(self.sealer.open(None, name.as_bytes(), &sealed)?), Ok).map(Some)
            }
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(why.into()),
        }
    }

    /// Removes a picture; one that is not there is no error. Blocks.
    ///
    /// # Errors
    /// When the disk says no.
    pub fn remove(&self, name: &str) -> Result<(), PictureError> {
        if !is_name(name) {
            return Ok(());
        }
        match std::fs::remove_file(self.path(name)) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why.into()),
            _ => Ok(()),
        }
    }

    /// A folder never holds more than a 256th of all pictures.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name.get(..2).unwrap_or("00")).join(name)
    }
}

/// By its header alone, before anybody unpacks it. What has none that can be read is drawn by nobody.
fn small_enough(jpeg: &[u8]) -> Result<(), PictureError> {
    match imagesize::blob_size(jpeg) {
        Ok(size) if size.width.saturating_mul(size.height) > PIXELS => {
            Err(PictureError::TooLarge(size.width, size.height))
        }
        _ => Ok(()),
    }
}

fn is_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of a JPEG of this size, without the picture.
    fn header(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xc0, 0, 17, 8];
        bytes.extend(height.to_be_bytes());
        bytes.extend(width.to_be_bytes());
        bytes.extend([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1, 0xff, 0xd9]);
        bytes
    }

    #[test]
    fn what_unpacks_to_too_much_is_known_by_its_header() {
        assert!(small_enough(&header(1920, 1080)).is_ok());
        assert!(matches!(small_enough(&header(65_000, 65_000)), Err(PictureError::TooLarge(65_000, 65_000))));
        assert!(small_enough(b"no picture at all").is_ok());
        assert!(is_name(&"a0".repeat(32)) && !is_name("../../etc/passwd") && !is_name(&"g0".repeat(32)));
    }
}

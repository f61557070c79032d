//! The marker of a data folder whose secrets rest in the keyring. It holds no secret.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vakhta_app::secret::SecretError;

const MARKER: &str = "secrets.place";

#[derive(Serialize, Deserialize)]
struct Marker {
    version: u32,
    place: String,
    folder: String,
}

/// Where the marker is, if there is one.
pub(crate) fn path(data: &Path) -> PathBuf {
    data.join(MARKER)
}

/// A random name for a data folder: a copy of it that goes its own way can be told apart by
/// hand, and two folders of one user do not share entries.
pub(crate) fn new_id() -> Result<String, SecretError> {
    Ok(hex::encode(crate::cipher::random::<16>()?.as_slice()))
}

/// Ids become file names and account names: nothing but what [`new_id`] makes is taken.
pub(crate) fn is_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The folder's id where its secrets rest in the keyring.
pub(crate) fn keyring_id(data: &Path) -> Result<Option<String>, SecretError> {
    let text = match std::fs::read_to_string(path(data)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(crate::unavailable(format_args!("{} cannot be read: {error}", path(data).display())));
        }
    };
    match serde_json::from_str::<Marker>(&text) {
        Ok(marker) if marker.version == 1 && marker.place == "keyring" && is_id(&marker.folder) => {
            Ok(Some(marker.folder))
        }
        _ => Err(crate::unavailable(format_args!(
            "{} does not say where secrets rest; put it back from a backup",
            path(data).display()
        ))),
    }
}

/// Remembers that the folder's secrets rest in the keyring.
pub(crate) fn remember_keyring(data: &Path, id: &str) -> Result<(), SecretError> {
    let marker = Marker { version: 1, place: "keyring".into(), folder: id.into() };
    let text = serde_json::to_vec_pretty(&marker).map_err(crate::unavailable)?;
    crate::file::replace(&path(data), &text).map_err(|error| {
        crate::unavailable(format_args!("{} cannot be written: {error}", path(data).display()))
    })
}

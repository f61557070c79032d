//! One window per data folder: a second start shows the first window and ends.
//!
//! Not tauri-plugin-single-instance: that counts by application, so that a second data folder
//! could not have a window of its own, and it brings a second async runtime.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use interprocess::local_socket::{GenericFilePath, ListenerOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;
use vakhta_runtime::folder::{DataFolder, FolderError, create_private, write_private};

/// Where the address of the socket stands.
const ADDRESS: &str = "socket";
/// A first window that is starting or ending is waited for this long.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);
/// Unix sockets have paths of at most 107 bytes.
#[cfg(unix)]
const PATH_LIMIT: usize = 100;

/// The first window of its data folder.
pub struct First {
    /// Held as long as this lives.
    _lock: DataFolder,
    listener: Listener,
    address: PathBuf,
}

/// Claims the window's folder. `None` when there is a window already; it was asked to show itself
/// if `show`. To be called inside the runtime.
///
/// # Errors
/// When the folder cannot be used, or somebody holds it and does not answer.
pub async fn claim(folder: &Path, show: bool) -> anyhow::Result<Option<First>> {
    let begun = Instant::now();
    loop {
        match DataFolder::lock(folder) {
            Ok(lock) => {
                let (listener, address) = listen(folder)?;
                return Ok(Some(First { _lock: lock, listener, address }));
            }
            Err(FolderError::Busy(_)) if !show => return Ok(None),
            Err(FolderError::Busy(_)) if ask_to_show(folder).await.is_ok() => return Ok(None),
            Err(FolderError::Busy(_)) if begun.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
            Err(why) => return Err(why.into()),
        }
    }
}

impl First {
    /// Calls `show` whenever somebody starts the program again.
    pub async fn serve(self, show: impl Fn()) {
        loop {
            match self.listener.accept().await {
                Ok(mut stream) => {
                    show();
                    // Whoever asked ends after this; when it does not read it, nothing is lost.
                    let _ = stream.write_all(b"shown\n").await;
                }
                Err(why) => {
                    tracing::warn!(%why, "a second start could not be heard");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

impl Drop for First {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.address);
    }
}

fn listen(folder: &Path) -> io::Result<(Listener, PathBuf)> {
    let address = folder.join(ADDRESS);
    let socket = fresh_name(folder)?;
    if cfg!(unix) {
        match std::fs::remove_file(&socket) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
    }
    let name = socket.as_str().to_fs_name::<GenericFilePath>()?;
    let listener = ListenerOptions::new().name(name).create_tokio()?;
    write_private(&address, socket.as_bytes())?;
    Ok((listener, address))
}

async fn ask_to_show(folder: &Path) -> io::Result<()> {
    let socket = std::fs::read_to_string(folder.join(ADDRESS))?;
    let name = socket.as_str().to_fs_name::<GenericFilePath>()?;
    let shown = async {
        let mut answer = Vec::new();
        Stream::connect(name).await?.take(64).read_to_end(&mut answer).await?;
        if answer.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    };
    tokio::time::timeout(PATIENCE, shown).await.map_err(io::Error::from)?
}

/// In a folder that only its owner enters.
#[cfg(unix)]
fn fresh_name(folder: &Path) -> io::Result<String> {
    let near = folder.join("sock");
    let path = if near.as_os_str().len() <= PATH_LIMIT {
        near
    } else {
        let private = std::env::temp_dir().join(format!("vakhta-{}", uuid::Uuid::new_v4().simple()));
        create_private(&private)?;
        private.join("w")
    };
    path.into_os_string().into_string().map_err(|_| io::Error::other("the data folder's name is not text"))
}

/// A name that nobody can guess.
#[cfg(windows)]
fn fresh_name(folder: &Path) -> io::Result<String> {
    create_private(folder)?;
    Ok(format!(r"\\.\pipe\vakhta-window-{}", uuid::Uuid::new_v4().simple()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn a_second_start_shows_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = claim(folder.path(), true).await.unwrap().unwrap();
        let shown = Arc::new(Notify::new());
        let show = Arc::clone(&shown);
        let serving = tokio::spawn(first.serve(move || show.notify_one()));
        assert!(claim(folder.path(), true).await.unwrap().is_none());
        shown.notified().await;
        assert!(claim(folder.path(), false).await.unwrap().is_none(), "a hidden start asks for nothing");
        serving.abort();
        assert!(serving.await.is_err());
        assert!(claim(folder.path(), true).await.unwrap().is_some(), "free again");
    }
}

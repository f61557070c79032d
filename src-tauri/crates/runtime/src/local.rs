//! The local socket: how commands reach the process that works on a data folder.
//!
//! A line of JSON is a [`Command`] with who asks, a line of JSON answers it. Without a page it is
//! the folder's owner who asks; the window asks for the page that it shows. The socket is a file in the data
//! folder (on Windows a named pipe with a random name that stands in a file there), so that
//! whoever may enter the folder may speak to it, and nobody else.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use interprocess::local_socket::tokio::{Listener, Stream, prelude::*};
use interprocess::local_socket::{GenericFilePath, ListenerOptions};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::sync::watch;
use vakhta_app::command::{Command, Reply};
use vakhta_app::refusal::{ErrorCode, Refusal};
use vakhta_app::wire::{self, Question};

use crate::access::{Caller, Token};
use crate::core::Core;
use crate::dispatch::{Answer, carry_out};
#[cfg(unix)]
use crate::folder::create_private;
use crate::folder::write_private;

/// Where the address of the socket stands.
const ADDRESS: &str = "vakhtad.socket";
/// A request is at most this long, in bytes.
const REQUEST: u64 = 1024 * 1024;
/// An answer is at most this long: a picture of 10 MB in hex, and some.
const ANSWER: u64 = 32 * 1024 * 1024;
/// Unix sockets have paths of at most 107 bytes.
#[cfg(unix)]
const PATH_LIMIT: usize = 100;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answered {
    Ok { reply: Box<Reply>, token: Option<Token> },
    Refused(Refusal),
}

/// The open socket.
pub struct LocalSocket {
    listener: Listener,
    address: PathBuf,
    socket: String,
}

impl LocalSocket {
    /// Opens the socket of a data folder. What a killed process left is cleared away: whoever
    /// calls holds the folder's lock.
    ///
    /// # Errors
    /// As the operating system says.
    pub fn open(folder: &Path) -> io::Result<Self> {
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
        #[cfg(unix)]
        std::fs::set_permissions(&socket, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        write_private(&address, socket.as_bytes())?;
        Ok(Self { listener, address, socket })
    }

    /// Answers until `stop` turns true.
    pub async fn serve(self, core: Arc<Core>, mut stop: watch::Receiver<bool>) {
        let until = stop.clone();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match accepted {
                    Ok(stream) => {
                        tokio::spawn(converse(stream, Arc::clone(&core), until.clone()));
                    }
                    Err(why) => {
                        tracing::warn!(%why, "a command could not reach us");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                },
                () = stopped(&mut stop) => break,
            }
        }
        let _ = std::fs::remove_file(&self.address);
        if cfg!(unix) {
            let _ = std::fs::remove_file(&self.socket);
        }
    }
}

#[cfg(unix)]
fn fresh_name(folder: &Path) -> io::Result<String> {
    let near = std::path::absolute(folder.join("vakhtad.sock"))?;
    let path = if near.as_os_str().len() <= PATH_LIMIT {
        near
    } else {
        let private = std::env::temp_dir().join(format!("vakhta-{}", uuid::Uuid::new_v4().simple()));
        create_private(&private)?;
        private.join("s")
    };
    path.into_os_string().into_string().map_err(|_| io::Error::other("the data folder's name is not text"))
}

#[cfg(windows)]
fn fresh_name(_folder: &Path) -> io::Result<String> {
    Ok(format!(r"\\.\pipe\vakhta-{}", uuid::Uuid::new_v4().simple()))
}

async fn converse(stream: Stream, core: Arc<Core>, mut stop: watch::Receiver<bool>) {
    let mut stream = BufReader::new(stream);
    loop {
        let line = tokio::select! {
            line = read_line(&mut stream, REQUEST) => line,
            () = stopped(&mut stop) => return,
        };
        let Some(line) = line else { return };
        let answer = match wire::question(&line) {
            Ok(Question { page, ask }) => {
                let caller = page.map_or(Caller::Owner, Caller::Page);
                tokio::select! {
                    answer = carry_out(&core, &caller, ask) => answer,
                    () = stopped(&mut stop) => return,
                }
            }
            Err(refusal) => Err(refusal),
        };
        let answer = match answer {
            Ok(Answer { reply, token }) => Answered::Ok { reply: Box::new(reply), token },
            Err(refusal) => Answered::Refused(refusal),
        };
        let Ok(mut text) = serde_json::to_vec(&answer) else { return };
        text.push(b'\n');
        if stream.get_mut().write_all(&text).await.is_err() {
            return;
        }
    }
}

/// Waits until it is time to end; also when whoever would say so is gone.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// A line of at most `limit` bytes; `None` at the end.
async fn read_line(stream: &mut BufReader<Stream>, limit: u64) -> Option<Vec<u8>> {
    let mut line = Vec::new();
    let read = stream.take(limit).read_until(b'\n', &mut line).await;
    matches!(read, Ok(1..)).then_some(line)
}

/// A way to the process that works on a data folder.
pub struct Remote(BufReader<Stream>);

impl Remote {
    /// `None` when no process answers there.
    pub async fn reach(folder: &Path) -> Option<Self> {
        let socket = std::fs::read_to_string(folder.join(ADDRESS)).ok()?;
        let name = socket.as_str().to_fs_name::<GenericFilePath>().ok()?;
        Some(Self(BufReader::new(Stream::connect(name).await.ok()?)))
    }

    /// Waits until the process has gone away. For a connection on which nothing is being asked.
    pub async fn closed(&mut self) {
        while let Ok(unread) = self.0.fill_buf().await {
            if unread.is_empty() {
                return;
            }
            let unread = unread.len();
            self.0.consume(unread);
        }
    }

    /// Has a command carried out there, for the folder's owner.
    ///
    /// # Errors
    /// Its refusal, or [`ErrorCode::NotReady`] when the process went away meanwhile.
    pub async fn ask(&mut self, command: &Command) -> Result<Reply, Refusal> {
        self.ask_as(&Caller::Owner, command).await.map(|answer| answer.reply)
    }

    /// The same for a page, or the owner.
    ///
    /// # Errors
    /// As [`Remote::ask`].
    pub async fn ask_as(&mut self, caller: &Caller, command: &Command) -> Result<Answer, Refusal> {
        let gone = || Refusal::new(ErrorCode::NotReady, "Vakhta ended before it answered; ask again");
        let page = match caller {
            Caller::Owner => None,
            Caller::Page(page) => Some(page.clone()),
        };
        let question = Question { page, ask: command };
        let mut line = serde_json::to_vec(&question)
            .map_err(|why| Refusal::new(ErrorCode::Internal, why.to_string()))?;
        line.push(b'\n');
        self.0.get_mut().write_all(&line).await.map_err(|_| gone())?;
        let answer = read_line(&mut self.0, ANSWER).await.ok_or_else(gone)?;
        match serde_json::from_slice(&answer) {
            Ok(Answered::Ok { reply, token }) => Ok(Answer { reply: *reply, token }),
            Ok(Answered::Refused(refusal)) => Err(refusal),
            Err(_) => Err(gone()),
        }
    }
}

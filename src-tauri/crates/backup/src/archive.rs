//! The one file of a backup. Where Vakhta is not at hand, `age -d -i KEY | zstd -d | tar x` opens it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vakhta_app::view::JournalHead;

use crate::BackupError;
use crate::identity::Identity;
use crate::layout::is_picture;
use crate::watch::Watch;

/// The form of the file. A newer one is refused.
const FORM: u32 = 1;
const MANIFEST: &str = "manifest.json";
const PICTURES: &str = "pictures.txt";
const DATABASE: &str = "vakhta.sqlite3";
const MANIFEST_LIMIT: u64 = 4 * 1024 * 1024;
const PICTURES_LIMIT: u64 = 2 * 1024 * 1024 * 1024;
const BUFFER: usize = 256 * 1024;
/// A quarter of the size at a few hundred megabytes a second.
const LEVEL: i32 = 3;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the file.
    pub form: u32,
    /// The version of Vakhta that made it.
    pub version: String,
    /// Whose it is.
    pub desk: String,
    /// In which of its lives.
    pub incarnation: String,
    /// When the snapshot was taken.
    pub taken: Timestamp,
    /// The version of the database's schema.
    pub schema: u32,
    /// The greatest place in the journal.
    pub seq: i64,
    /// The end of every writer's chain.
    pub heads: Vec<JournalHead>,
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// Pictures that are named.
    pub pictures: u64,
    /// Bytes of the database.
    pub size: u64,
    /// SHA-256 of the database, hex.
    pub sha256: String,
}

/// What a backup is made of.
pub struct Source<'a> {
    /// The snapshot.
    pub database: &'a Path,
    /// What stands in it; `form`, `pictures`, `size` and `sha256` are filled in here.
    pub manifest: Manifest,
    /// Names of pictures.
    pub pictures: &'a [String],
}

/// What came out of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Names of pictures.
    pub pictures: Vec<String>,
}

/// SHA-256 and size of a file. Blocks.
///
/// # Errors
/// When it cannot be read, or the task is stopped.
pub fn digest(path: &Path, watch: &Watch) -> Result<(String, u64), BackupError> {
    let file = File::open(path).map_err(BackupError::disk(path))?;
    let mut hash = Hashing::new(std::io::sink());
    let mut reader = BufReader::with_capacity(BUFFER, watch.over(file));
    let size = std::io::copy(&mut reader, &mut hash).map_err(BackupError::disk(path))?;
    Ok((hash.hex(), size))
}

/// Packs, compresses and seals; the file is durable afterwards. Blocks.
///
/// # Errors
/// When a file cannot be read or written, or the task is stopped: what was written is to be removed.
pub fn pack(
    source: Source<'_>,
    identity: &Identity,
    to: &Path,
    watch: &Watch,
) -> Result<Manifest, BackupError> {
    let (sha256, size) = digest(source.database, watch)?;
    let pictures = source.pictures.len() as u64;
    let manifest = Manifest { form: FORM, pictures, size, sha256, ..source.manifest };
    let disk = BackupError::disk(to);
    let file = create(to).map_err(&disk)?;
    let recipient = identity.recipient();
    let sealing = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        .map_err(|why| BackupError::Target(why.to_string()))?;
    let sealing = sealing.wrap_output(BufWriter::with_capacity(BUFFER, file)).map_err(&disk)?;
    let mut packing = zstd::Encoder::new(sealing, LEVEL).map_err(&disk)?;
    packing.include_checksum(true).map_err(&disk)?;
    let mut tar = tar::Builder::new(packing);
    let text = serde_json::to_vec_pretty(&manifest).map_err(BackupError::broken)?;
    entry(&mut tar, MANIFEST, text.len() as u64, manifest.taken, text.as_slice()).map_err(&disk)?;
    let names = source.pictures.join("\n");
    entry(&mut tar, PICTURES, names.len() as u64, manifest.taken, names.as_bytes()).map_err(&disk)?;
    let database = File::open(source.database).map_err(BackupError::disk(source.database))?;
    let database = BufReader::with_capacity(BUFFER, watch.over(database));
    entry(&mut tar, DATABASE, manifest.size, manifest.taken, database.take(manifest.size)).map_err(&disk)?;
    let sealed = tar.into_inner().and_then(zstd::Encoder::finish).map_err(&disk)?;
    let file = sealed.finish().map_err(&disk)?.into_inner().map_err(|why| disk(why.into_error()))?;
    file.sync_all().map_err(&disk)?;
    Ok(manifest)
}

fn entry(
    tar: &mut tar::Builder<impl Write>,
    name: &str,
    size: u64,
    taken: Timestamp,
    content: impl Read,
) -> std::io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(taken.as_second()).unwrap_or_default());
    header.set_entry_type(tar::EntryType::Regular);
    tar.append_data(&mut header, name, content)
}

/// Opens a backup and reads all of it. The database is written to `database`, and durable, where that
/// is given; else it is only compared with the manifest. Blocks.
///
/// # Errors
/// [`BackupError::Locked`] for another site's, [`BackupError::Broken`] for what is not whole; then what
/// was written is to be removed.
pub fn unpack(
    from: &Path,
    identity: &Identity,
    database: Option<&Path>,
    watch: &Watch,
) -> Result<Unpacked, BackupError> {
    // Whatever a library makes of a reader that was stopped: it was stopped.
    read_through(from, identity, database, watch)
        .map_err(|why| if watch.is_stopped() { BackupError::Cancelled } else { why })
}

fn read_through(
    from: &Path,
    identity: &Identity,
    database: Option<&Path>,
    watch: &Watch,
) -> Result<Unpacked, BackupError> {
    let file = File::open(from).map_err(BackupError::disk(from))?;
    let sealed = BufReader::with_capacity(BUFFER, watch.over(file));
    let opened = zstd::Decoder::new(identity.reading(sealed)?).map_err(BackupError::broken)?;
    let mut tar = tar::Archive::new(opened);
    let mut entries = tar.entries().map_err(BackupError::broken)?;
    let mut next = |name: &'static str| {
        let entry = entries.next().ok_or_else(|| BackupError::broken(format!("{name} is missing")))?;
        let entry = entry.map_err(BackupError::broken)?;
        let is = entry.path_bytes().as_ref() == name.as_bytes();
        if is { Ok(entry) } else { Err(BackupError::broken(format!("{name} is missing"))) }
    };
    let manifest: Manifest = serde_json::from_slice(&small(next(MANIFEST)?, MANIFEST_LIMIT)?)
        .map_err(|why| BackupError::broken(format!("{MANIFEST}: {why}")))?;
    if manifest.form > FORM {
        return Err(BackupError::broken("it was made by a newer version of Vakhta; update Vakhta"));
    }
    let names = small(next(PICTURES)?, PICTURES_LIMIT)?;
    let names = String::from_utf8(names).map_err(BackupError::broken)?;
    let pictures: Vec<String> = names.lines().map(str::to_owned).collect();
    if pictures.len() as u64 != manifest.pictures || !pictures.iter().all(|name| is_picture(name)) {
        return Err(BackupError::broken("the list of pictures is another than the manifest says"));
    }
    let mut content = next(DATABASE)?;
    let (hash, size) = match database {
        Some(path) => {
            let disk = BackupError::disk(path);
            let mut writing = Hashing::new(BufWriter::with_capacity(BUFFER, create(path).map_err(&disk)?));
            let size = poured(&mut content, &mut writing, path)?;
            let hash = writing.hex();
            let file = writing.inner.into_inner().map_err(|why| disk(why.into_error()))?;
            file.sync_all().map_err(&disk)?;
            (hash, size)
        }
        None => {
            let mut writing = Hashing::new(std::io::sink());
            let size = poured(&mut content, &mut writing, from)?;
            (writing.hex(), size)
        }
    };
    drop(content);
    if (size, &hash) != (manifest.size, &manifest.sha256) {
        return Err(BackupError::broken("the database is another than the manifest says"));
    }
    // To the very end: the checksum and the last seal are there.
    if let Some(more) = entries.next() {
        more.map_err(BackupError::broken)?;
        return Err(BackupError::broken("there is more in it than belongs there"));
    }
    Ok(Unpacked { manifest, pictures })
}

/// Reading fails for what is sealed wrongly; writing for the disk.
fn poured(content: &mut impl Read, to: &mut impl Write, path: &Path) -> Result<u64, BackupError> {
    let mut buffer = vec![0; BUFFER];
    let mut size = 0;
    loop {
        let bytes = content.read(&mut buffer).map_err(BackupError::broken)?;
        if bytes == 0 {
            to.flush().map_err(BackupError::disk(path))?;
            return Ok(size);
        }
        to.write_all(&buffer[..bytes]).map_err(BackupError::disk(path))?;
        size += bytes as u64;
    }
}

fn small(entry: impl Read, limit: u64) -> Result<Vec<u8>, BackupError> {
    let mut bytes = Vec::new();
    let read = entry.take(limit + 1).read_to_end(&mut bytes).map_err(BackupError::broken)?;
    if read as u64 > limit {
        return Err(BackupError::broken("a part of it is longer than any that Vakhta makes"));
    }
    Ok(bytes)
}

/// For its owner's eyes only, and new.
pub(crate) fn create(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Hashes what is written.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
}

impl<W> Hashing<W> {
    fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new() }
    }

    fn hex(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;

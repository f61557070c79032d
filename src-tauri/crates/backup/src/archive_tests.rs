use std::collections::HashMap;
use std::fs;
use std::sync::Mutex;

use vakhta_app::secret::{SecretError, SecretText, Secrets};

use super::*;

/// Secrets that live as long as a test.
#[derive(Default)]
struct Drawer(Mutex<HashMap<String, SecretText>>);

impl Secrets for Drawer {
    fn get(&self, name: &str) -> Result<Option<SecretText>, SecretError> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }

    fn put(&self, name: &str, secret: &SecretText) -> Result<(), SecretError> {
        self.0.lock().unwrap().insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }

    fn place(&self) -> String {
        "a drawer".into()
    }
}

fn identity() -> Identity {
    Identity::have(&Drawer::default()).unwrap()
}

fn manifest() -> Manifest {
    Manifest {
        form: 0,
        version: "0.1.0".into(),
        desk: "a desk".into(),
        incarnation: "a life".into(),
        taken: "2026-11-23T22:00:00Z".parse().unwrap(),
        schema: 5,
        seq: 42,
        heads: Vec::new(),
        rows: BTreeMap::from([("visit".to_owned(), 3)]),
        pictures: 0,
        size: 0,
        sha256: String::new(),
    }
}

/// Not all the same, and longer than every buffer.
fn database() -> Vec<u8> {
    (0..700_000_u32).flat_map(|n| (n ^ (n >> 7)).to_le_bytes()).collect()
}

struct Packed {
    folder: tempfile::TempDir,
    identity: Identity,
}

impl Packed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let packed = Self { folder, identity: identity() };
        fs::write(packed.path("db"), database()).unwrap();
        let pictures = ["a0".repeat(32), "b1".repeat(32)];
        let source = Source { database: &packed.path("db"), manifest: manifest(), pictures: &pictures };
        pack(source, &packed.identity, &packed.path("backup"), &Watch::default()).unwrap();
        packed
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn unpack(&self) -> Result<Unpacked, BackupError> {
        unpack(&self.path("backup"), &self.identity, Some(&self.path("out")), &Watch::default())
    }
}

#[test]
fn what_was_packed_comes_back_byte_for_byte() {
    let packed = Packed::new();
    let unpacked = packed.unwrap_unpacked();
    assert_eq!((unpacked.manifest.size, unpacked.manifest.seq), (2_800_000, 42));
    assert_eq!(unpacked.pictures, ["a0".repeat(32), "b1".repeat(32)]);
    assert!(fs::read(packed.path("out")).unwrap() == database());
    assert!(fs::metadata(packed.path("backup")).unwrap().len() < 2_800_000, "it was compressed");
}

impl Packed {
    fn unwrap_unpacked(&self) -> Unpacked {
        self.unpack().unwrap()
    }
}

#[test]
fn another_sites_key_opens_nothing() {
    let packed = Packed { identity: identity(), ..Packed::new() };
    assert!(matches!(packed.unpack(), Err(BackupError::Locked)));
}

#[test]
fn every_changed_byte_and_every_cut_is_noticed() {
    let packed = Packed::new();
    let whole = fs::read(packed.path("backup")).unwrap();
    for place in [0, 60, 200, whole.len() / 2, whole.len() - 20, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        fs::write(packed.path("backup"), &changed).unwrap();
        assert!(packed.unpack().is_err(), "byte {place}");
    }
    for length in [0, 50, 300, 64 * 1024, whole.len() / 2, whole.len() - 1] {
        fs::write(packed.path("backup"), &whole[..length]).unwrap();
        assert!(packed.unpack().is_err(), "{length} bytes");
    }
    let mut longer = whole.clone();
    longer.extend([0; 64]);
    fs::write(packed.path("backup"), &longer).unwrap();
    assert!(packed.unpack().is_err(), "more than there was");
    fs::write(packed.path("backup"), &whole).unwrap();
    assert!(packed.unpack().is_ok());
}

#[test]
fn nothing_of_what_is_in_it_can_be_read_without_the_key() {
    let packed = Packed::new();
    let sealed = fs::read(packed.path("backup")).unwrap();
    for word in ["manifest", "vakhta.sqlite3", "a desk", "0.1.0", "a0a0a0a0"] {
        assert!(!sealed.windows(word.len()).any(|bytes| bytes == word.as_bytes()), "{word}");
    }
}

#[test]
fn a_task_that_is_stopped_is_said_to_be() {
    let packed = Packed::new();
    let watch = Watch::default();
    watch.stop();
    let got = unpack(&packed.path("backup"), &packed.identity, None, &watch);
    assert!(matches!(got, Err(BackupError::Cancelled)), "{got:?}");
}

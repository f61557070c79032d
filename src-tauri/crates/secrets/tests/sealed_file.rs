//! The sealed file as its user and an attacker see it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::path::Path;

use tempfile::TempDir;
use vakhta_app::secret::{SecretText, Secrets};
use vakhta_secrets::{OpenOptions, SEALED_FILE, SealedFile};

fn text(secret: &str) -> SecretText {
    SecretText::new(secret.into())
}

fn passphrase(words: &str) -> OpenOptions {
    OpenOptions { passphrase: Some(text(words)), ..OpenOptions::default() }
}

fn keys_in(folder: &Path) -> OpenOptions {
    OpenOptions { key_folder: Some(folder.into()), ..OpenOptions::default() }
}

fn file(data: &TempDir) -> String {
    std::fs::read_to_string(data.path().join(SEALED_FILE)).unwrap()
}

#[test]
fn secrets_come_back_after_a_restart_and_are_gone_when_removed() {
    let data = tempfile::tempdir().unwrap();
    let secrets = SealedFile::create(data.path(), &passphrase("open")).unwrap();
    assert_eq!(secrets.get("device/1").unwrap(), None);
    secrets.put("device/1", &text("пароль")).unwrap();
    secrets.put("device/2", &text("")).unwrap();
    secrets.put("device/1", &text("пароль-2")).unwrap();
    drop(secrets);

    let secrets = SealedFile::open(data.path(), &passphrase("open")).unwrap();
    assert_eq!(secrets.get("device/1").unwrap(), Some(text("пароль-2")));
    assert_eq!(secrets.get("device/2").unwrap(), Some(text("")));
    secrets.remove("device/1").unwrap();
    secrets.remove("device/1").unwrap();
    drop(secrets);
    let secrets = SealedFile::open(data.path(), &passphrase("open")).unwrap();
    assert_eq!(secrets.get("device/1").unwrap(), None);
}

#[test]
fn a_wrong_or_missing_passphrase_is_told_at_opening() {
    let data = tempfile::tempdir().unwrap();
    SealedFile::create(data.path(), &passphrase("open")).unwrap();
    let wrong = SealedFile::open(data.path(), &passphrase("opem")).err().unwrap().to_string();
    assert!(wrong.contains("does not fit") && !wrong.contains("opem"), "{wrong}");
    let missing = SealedFile::open(data.path(), &OpenOptions::default()).err().unwrap().to_string();
    assert!(missing.contains("VAKHTA_PASSPHRASE"), "{missing}");
}

#[test]
fn a_systemd_credential_opens_what_the_same_passphrase_sealed() {
    let data = tempfile::tempdir().unwrap();
    let credentials = tempfile::tempdir().unwrap();
    std::fs::write(credentials.path().join("vakhta-passphrase"), "open\n").unwrap();
    let options = OpenOptions { credentials: Some(credentials.path().into()), ..OpenOptions::default() };
    let secrets = SealedFile::create(data.path(), &options).unwrap();
    assert!(secrets.place().contains("systemd credential"), "{}", secrets.place());
    secrets.put("a", &text("b")).unwrap();
    let secrets = SealedFile::open(data.path(), &passphrase("open")).unwrap();
    assert_eq!(secrets.get("a").unwrap(), Some(text("b")));
}

#[test]
fn a_copy_of_the_data_folder_alone_opens_nothing() {
    let data = tempfile::tempdir().unwrap();
    let keys = tempfile::tempdir().unwrap();
    let secrets = SealedFile::create(data.path(), &keys_in(keys.path())).unwrap();
    secrets.put("a", &text("b")).unwrap();
    assert!(secrets.place().contains("key file"), "{}", secrets.place());

    let elsewhere = tempfile::tempdir().unwrap();
    let error = SealedFile::open(data.path(), &keys_in(elsewhere.path())).err().unwrap().to_string();
    assert!(error.contains("key file"), "{error}");
    let secrets = SealedFile::open(data.path(), &keys_in(keys.path())).unwrap();
    assert_eq!(secrets.get("a").unwrap(), Some(text("b")));
}

#[test]
fn the_file_holds_no_secret_in_plain() {
    let data = tempfile::tempdir().unwrap();
    let secrets = SealedFile::create(data.path(), &passphrase("correct horse")).unwrap();
    secrets.put("device/1", &text("hik-12345")).unwrap();
    let content = file(&data);
    assert!(content.contains("device/1"));
    assert!(!content.contains("hik-12345") && !content.contains("correct horse"));
    assert!(!content.contains("aGlrLTEyMzQ1"), "nor in base64");
}

#[test]
fn a_changed_byte_anywhere_is_noticed_at_opening() {
    let data = tempfile::tempdir().unwrap();
    let secrets = SealedFile::create(data.path(), &passphrase("open")).unwrap();
    secrets.put("device/1", &text("hik-12345")).unwrap();
    let good: serde_json::Value = serde_json::from_str(&file(&data)).unwrap();
    let entry = &good["entries"]["device/1"];

    let mut wrong = Vec::new();
    for (pointer, value) in [
        ("/entries/device~11/sealed", flip(&entry["sealed"])),
        ("/entries/device~11/nonce", flip(&entry["nonce"])),
        ("/entries", serde_json::json!({ "device/2": entry })),
        ("/entries", serde_json::json!({})),
        ("/check/sealed", flip(&good["check"]["sealed"])),
        ("/kdf/salt", flip(&good["kdf"]["salt"])),
        ("/kdf/passes", 3.into()),
        ("/kdf/memory_kib", u32::MAX.into()),
        ("/id", "../../etc/passwd".into()),
        ("/format", 2.into()),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        std::fs::write(data.path().join(SEALED_FILE), bad.to_string()).unwrap();
        if SealedFile::open(data.path(), &passphrase("open")).is_ok() {
            wrong.push(pointer);
        }
    }
    assert!(wrong.is_empty(), "opened with a change in {wrong:?}");
    std::fs::write(data.path().join(SEALED_FILE), good.to_string()).unwrap();
    SealedFile::open(data.path(), &passphrase("open")).unwrap();
}

fn flip(base64: &serde_json::Value) -> serde_json::Value {
    let text = base64.as_str().unwrap();
    let first = if text.starts_with('A') { "B" } else { "A" };
    format!("{first}{}", &text[1..]).into()
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_file_and_the_key() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;

    let data = tempfile::tempdir().unwrap();
    let keys = tempfile::tempdir().unwrap();
    let folder = keys.path().join("vakhta").join("keys");
    let secrets = SealedFile::create(data.path(), &keys_in(&folder)).unwrap();
    secrets.put("a", &text("b")).unwrap();
    let sealed = data.path().join(SEALED_FILE);
    assert_eq!(mode(&sealed), 0o600);
    assert_eq!(mode(&folder), 0o700);
    for key in std::fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&key.unwrap().path()), 0o600);
    }

    std::fs::set_permissions(&sealed, std::fs::Permissions::from_mode(0o644)).unwrap();
    SealedFile::open(data.path(), &keys_in(&folder)).unwrap();
    assert_eq!(mode(&sealed), 0o600);
}

#[cfg(unix)]
#[test]
fn what_could_not_be_written_is_not_remembered() {
    let data = tempfile::tempdir().unwrap();
    let secrets = SealedFile::create(data.path(), &passphrase("open")).unwrap();
    // A folder in the way of the part file stops even root.
    std::fs::create_dir(data.path().join("secrets.sealed.new")).unwrap();
    assert!(secrets.put("a", &text("b")).is_err());
    assert_eq!(secrets.get("a").unwrap(), None);
    std::fs::remove_dir(data.path().join("secrets.sealed.new")).unwrap();
    secrets.put("a", &text("b")).unwrap();
    assert_eq!(secrets.get("a").unwrap(), Some(text("b")));
}

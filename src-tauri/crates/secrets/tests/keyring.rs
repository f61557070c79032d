//! The keyring as it is: a GNOME Keyring on a session bus of the test's own.
//!
//! The test starts itself once more inside `dbus-run-session`. Where the tools are missing it
//! says so and passes, except where `CI=true`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vakhta_app::secret::{Sealer, SecretText, Secrets};
use vakhta_secrets::{OpenOptions, Place, SEALED_FILE, SITE_KEY, SiteSealer, kit, open};

const INSIDE: &str = "VAKHTA_TEST_INSIDE_SESSION";

/// `true` in the process that has a keyring; else runs `test` in one that does.
fn inside_session(test: &str, unlock: bool) -> bool {
    if env::var_os(INSIDE).is_some() {
        return true;
    }
    let missing: Vec<_> =
        ["dbus-run-session", "gnome-keyring-daemon"].into_iter().filter(|tool| !on_path(tool)).collect();
    if !missing.is_empty() {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "{missing:?} missing; cargo xtask setup");
        println!("left out: {missing:?} missing; cargo xtask setup installs them");
        return false;
    }
    let home = tempfile::tempdir().unwrap();
    let daemon = "printf pw | gnome-keyring-daemon --unlock --components=secrets >&2";
    let lock = "dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
                org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >&2";
    let first = if unlock { daemon.to_owned() } else { format!("{daemon} && {lock}") };
    let script = format!("{first} && exec \"$0\" --exact {test} --nocapture");
    let status = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", &script])
        .arg(env::current_exe().unwrap())
        .env(INSIDE, "1")
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "inside the session: {status}");
    false
}

fn on_path(tool: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(tool).is_file()))
}

fn text(secret: &str) -> SecretText {
    SecretText::new(secret.into())
}

fn open_keyring(data: &Path) -> std::sync::Arc<dyn Secrets> {
    open(data, &OpenOptions::default()).unwrap()
}

#[test]
fn secrets_rest_in_the_keyring() {
    if !inside_session("secrets_rest_in_the_keyring", true) {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let secrets = open_keyring(data.path());
    assert!(secrets.place().contains("keyring"), "{}", secrets.place());
    assert!(!data.path().join(SEALED_FILE).exists());
    assert_eq!(secrets.get("probe").unwrap(), None, "the probe is removed");

    secrets.put("device/1", &text("пароль")).unwrap();
    secrets.put("device/1", &text("пароль-2")).unwrap();
    let sealer = SiteSealer::open(&*secrets).unwrap();
    let sealed = sealer.seal(None, b"a", b"b").unwrap();
    drop(secrets);

    // From a thread of an async runtime too, where the library itself would panic.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let secrets = runtime.block_on(async {
        let secrets = open_keyring(data.path());
        assert_eq!(secrets.get("device/1").unwrap(), Some(text("пароль-2")));
        secrets
    });
    let sealer = SiteSealer::existing(&*secrets).unwrap().unwrap();
    assert_eq!(sealer.open(None, b"a", &sealed).unwrap(), b"b");

    let neighbour = tempfile::tempdir().unwrap();
    assert_eq!(open_keyring(neighbour.path()).get("device/1").unwrap(), None, "folders share nothing");

    secrets.remove("device/1").unwrap();
    secrets.remove("device/1").unwrap();
    assert_eq!(secrets.get("device/1").unwrap(), None);
    for file in std::fs::read_dir(data.path()).unwrap() {
        let content = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(!content.contains("пароль"));
    }
}

#[test]
fn a_kit_brings_back_what_the_keyring_has_lost() {
    if !inside_session("a_kit_brings_back_what_the_keyring_has_lost", true) {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let secrets = open_keyring(data.path());
    secrets.put("device/1", &text("пароль")).unwrap();
    let sealer = SiteSealer::open(&*secrets).unwrap();
    assert_eq!(sealer.rotate(&*secrets).unwrap(), 2);
    let sealed = sealer.seal(None, b"a", b"b").unwrap();
    let kit = kit::make(data.path(), &*secrets).unwrap();
    assert!(kit::keep(data.path(), &*secrets, &["device/1".to_owned()]).unwrap());

    // Its entries are gone; then the folder has forgotten the keyring as well.
    for name in [SITE_KEY, "device/1"] {
        secrets.remove(name).unwrap();
    }
    for forget in [false, true] {
        if forget {
            std::fs::remove_file(data.path().join("secrets.place")).unwrap();
        }
        kit::recover(data.path(), &kit.code, &OpenOptions::default()).unwrap();
        let secrets = open_keyring(data.path());
        assert!(secrets.place().contains("keyring"), "{}", secrets.place());
        assert_eq!(secrets.get("device/1").unwrap(), Some(text("пароль")));
        let sealer = SiteSealer::existing(&*secrets).unwrap().unwrap();
        assert_eq!(sealer.open(None, b"a", &sealed).unwrap(), b"b");
    }
}

#[test]
fn a_locked_keyring_is_told_within_the_time_limit() {
    if !inside_session("a_locked_keyring_is_told_within_the_time_limit", false) {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let patience = Duration::from_millis(500);
    let options = OpenOptions { place: Some(Place::Keyring), patience, ..OpenOptions::default() };
    let error = open(data.path(), &options).err().unwrap().to_string();
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(error.contains("locked"), "{error}");
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "nothing is remembered of a failure");
}

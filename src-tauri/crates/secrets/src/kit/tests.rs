use std::collections::BTreeMap;
use std::sync::Arc;

use tempfile::TempDir;
use vakhta_app::secret::Sealer;

use super::recover::recover_with;
use super::*;
use crate::open;
use crate::options::{OpenOptions, Place};
use crate::sealed::{SEALED_FILE, SealedFile};
use crate::sealer::SiteSealer;
use crate::testing::InMemory;

struct Site {
    data: TempDir,
    keys: TempDir,
    other_keys: TempDir,
}

impl Site {
    fn new() -> Self {
        let new = || tempfile::tempdir().unwrap();
        Self { data: new(), keys: new(), other_keys: new() }
    }

    fn data(&self) -> &Path {
        self.data.path()
    }

    fn options(&self) -> OpenOptions {
        OpenOptions { key_folder: Some(self.keys.path().into()), ..OpenOptions::default() }
    }

    /// The key file of before is not there.
    fn elsewhere(&self) -> OpenOptions {
        OpenOptions { key_folder: Some(self.other_keys.path().into()), ..OpenOptions::default() }
    }

    fn sealed(&self) -> SealedFile {
        let secrets = SealedFile::create(self.data(), &self.options()).unwrap();
        for (name, secret) in [("device/1", "hik-12345"), ("device/2", "пароль")] {
            secrets.put(name, &text(secret)).unwrap();
        }
        secrets
    }

    /// All files with what is in them.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let files = std::fs::read_dir(self.data()).unwrap().map(|entry| entry.unwrap());
        files
            .map(|file| {
                (file.file_name().into_string().unwrap(), std::fs::read(file.path()).unwrap_or_default())
            })
            .collect()
    }

    fn names_of_lost(&self) -> Vec<String> {
        self.files().into_keys().filter(|name| name.contains(".lost-")).collect()
    }
}

fn text(text: &str) -> SecretText {
    SecretText::new(text.into())
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn devices() -> Vec<String> {
    names(&["device/1", "device/2", "device/none"])
}

fn absent(_: &str) -> Result<Arc<dyn Secrets>, SecretError> {
    Err(crate::unavailable("there is no session bus"))
}

/// A keyring in memory, the same for every id.
fn in_memory(ring: &Arc<InMemory>) -> impl Fn(&str) -> Result<Arc<dyn Secrets>, SecretError> {
    let ring = ring.clone();
    move |_| Ok(ring.clone() as Arc<dyn Secrets>)
}

fn made(data: &Path, secrets: &dyn Secrets) -> Kit {
    let kit = draw(secrets).unwrap();
    kit.take_effect(data, secrets, &devices()).unwrap();
    kit
}

#[test]
fn a_lost_key_file_is_recovered_with_the_kit_alone() {
    let site = Site::new();
    let secrets = site.sealed();
    let sealer = SiteSealer::open(&secrets).unwrap();
    let person = sealer.new_key().unwrap();
    let phone = sealer.seal(Some(&person), b"phone", b"+7").unwrap();
    let kit = made(site.data(), &secrets);
    drop(secrets);
    let before = std::fs::read(site.data().join(SEALED_FILE)).unwrap();
    assert!(SealedFile::open(site.data(), &site.elsewhere()).is_err());

    recover_with(site.data(), &kit.code, &site.elsewhere(), absent).unwrap();
    let secrets = SealedFile::open(site.data(), &site.elsewhere()).unwrap();
    assert_eq!(secrets.get("device/1").unwrap(), Some(text("hik-12345")));
    assert_eq!(secrets.get("device/2").unwrap(), Some(text("пароль")));
    assert_eq!(secrets.get("device/none").unwrap(), None);
    let sealer = SiteSealer::existing(&secrets).unwrap().unwrap();
    assert_eq!(sealer.open(Some(&person), b"phone", &phone).unwrap(), b"+7");
    let lost = site.names_of_lost();
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert!(lost[0].starts_with("secrets.sealed.lost-"), "{lost:?}");
    assert_eq!(site.files()[&lost[0]], before);
    // And the kit goes on serving.
    assert!(keep(site.data(), &secrets, &devices()).unwrap());
    drop(secrets);

    let files = site.files();
    recover_with(site.data(), &kit.code, &site.elsewhere(), absent).unwrap();
    assert_eq!(site.files(), files, "once more changes nothing");
}

#[test]
fn a_place_that_opens_gets_back_only_what_it_lacks() {
    let site = Site::new();
    let secrets = site.sealed();
    let sealer = SiteSealer::open(&secrets).unwrap();
    let kit = made(site.data(), &secrets);
    sealer.rotate(&secrets).unwrap();
    let ring = secrets.get(SITE_KEY).unwrap();
    secrets.put("device/1", &text("newer")).unwrap();
    secrets.remove("device/2").unwrap();
    drop(secrets);
    recover_with(site.data(), &kit.code, &site.options(), absent).unwrap();
    let secrets = SealedFile::open(site.data(), &site.options()).unwrap();
    assert_eq!(secrets.get("device/1").unwrap(), Some(text("newer")));
    assert_eq!(secrets.get("device/2").unwrap(), Some(text("пароль")));
    assert_eq!(secrets.get(SITE_KEY).unwrap(), ring);
    assert_eq!(site.names_of_lost(), [""; 0]);

    // A key that is damaged is kept aside and replaced, and one that is older too.
    secrets.put(SITE_KEY, &text("9:damaged")).unwrap();
    drop(secrets);
    recover_with(site.data(), &kit.code, &site.options(), absent).unwrap();
    let secrets = SealedFile::open(site.data(), &site.options()).unwrap();
    assert_eq!(secrets.get("site-key.lost").unwrap(), Some(text("9:damaged")));
    let first = secrets.get(SITE_KEY).unwrap().unwrap();
    sealer_and_keep(&secrets, site.data());
    let two = secrets.get(SITE_KEY).unwrap();
    secrets.put(SITE_KEY, &first).unwrap();
    drop(secrets);
    recover_with(site.data(), &kit.code, &site.options(), absent).unwrap();
    assert_eq!(SealedFile::open(site.data(), &site.options()).unwrap().get(SITE_KEY).unwrap(), two);
}

fn sealer_and_keep(secrets: &dyn Secrets, data: &Path) {
    SiteSealer::existing(secrets).unwrap().unwrap().rotate(secrets).unwrap();
    assert!(keep(data, secrets, &devices()).unwrap());
}

#[test]
fn another_site_key_is_not_overwritten() {
    let site = Site::new();
    let secrets = site.sealed();
    SiteSealer::open(&secrets).unwrap();
    let kit = made(site.data(), &secrets);
    secrets.remove(SITE_KEY).unwrap();
    SiteSealer::open(&secrets).unwrap();
    drop(secrets);
    let files = site.files();
    let error = recover_with(site.data(), &kit.code, &site.options(), absent).unwrap_err().to_string();
    assert!(error.contains("another site key"), "{error}");
    assert_eq!(site.files(), files);
}

#[test]
fn lost_entries_of_a_keyring_come_back_and_a_lost_keyring_is_replaced_by_a_file() {
    let site = Site::new();
    let ring = Arc::new(InMemory::default());
    let secrets = open::choose(site.data(), &site.options(), in_memory(&ring)).unwrap();
    secrets.put("device/1", &text("hik-12345")).unwrap();
    SiteSealer::open(&*secrets).unwrap();
    let kit = made(site.data(), &*secrets);
    let key = ring.text(SITE_KEY);

    // The keyring answers and has forgotten everything.
    let empty = Arc::new(InMemory::default());
    recover_with(site.data(), &kit.code, &site.options(), in_memory(&empty)).unwrap();
    assert_eq!((empty.text(SITE_KEY), empty.text("device/1")), (key.clone(), Some("hik-12345".into())));
    assert_eq!(site.names_of_lost(), [""; 0]);

    // It is not there any more.
    let marker = std::fs::read(site.data().join("secrets.place")).unwrap();
    recover_with(site.data(), &kit.code, &site.options(), absent).unwrap();
    let secrets = open::choose(site.data(), &site.options(), absent).unwrap();
    assert_eq!(secrets.get(SITE_KEY).unwrap().map(|text| text.reveal().to_owned()), key);
    let lost = site.names_of_lost();
    assert!(lost.len() == 1 && lost[0].starts_with("secrets.place.lost-"), "{lost:?}");
    assert_eq!(site.files()[&lost[0]], marker);
}

#[test]
fn a_lost_key_file_where_there_is_a_keyring_goes_to_the_keyring() {
    let site = Site::new();
    let secrets = site.sealed();
    SiteSealer::open(&secrets).unwrap();
    let kit = made(site.data(), &secrets);
    let ring = Arc::new(InMemory::default());
    // A keyring that does not keep what it is given is none.
    ring.cuts.store(true, std::sync::atomic::Ordering::Relaxed);
    let demanded = OpenOptions { place: Some(Place::Keyring), ..site.elsewhere() };
    let files = site.files();
    assert!(recover_with(site.data(), &kit.code, &demanded, in_memory(&ring)).is_err());
    assert_eq!(site.files(), files);

    let ring = Arc::new(InMemory::default());
    recover_with(site.data(), &kit.code, &site.elsewhere(), in_memory(&ring)).unwrap();
    let secrets = open::choose(site.data(), &site.elsewhere(), in_memory(&ring)).unwrap();
    assert_eq!(secrets.place(), "memory");
    assert_eq!(secrets.get("device/2").unwrap(), Some(text("пароль")));
    let lost = site.names_of_lost();
    assert!(lost.len() == 1 && lost[0].starts_with("secrets.sealed.lost-"), "{lost:?}");
}

#[test]
fn a_folder_that_came_without_its_place_gets_one() {
    let site = Site::new();
    let secrets = InMemory::with(&[("device/1", "hik-12345")]);
    SiteSealer::open(&secrets).unwrap();
    let kit = made(site.data(), &secrets);
    // What an interrupted try has left is in nobody's way.
    std::fs::write(site.data().join("secrets.sealed.recovered"), "half").unwrap();
    recover_with(site.data(), &kit.code, &site.options(), absent).unwrap();
    let back = SealedFile::open(site.data(), &site.options()).unwrap();
    assert_eq!(back.get("device/1").unwrap(), Some(text("hik-12345")));
    let there: Vec<_> = site.files().into_keys().collect();
    assert_eq!(there, [KIT_FILE, SEALED_FILE]);
}

#[test]
fn a_new_place_that_cannot_be_written_leaves_the_old_one() {
    let site = Site::new();
    let secrets = site.sealed();
    SiteSealer::open(&secrets).unwrap();
    let kit = made(site.data(), &secrets);
    std::fs::create_dir(site.data().join("secrets.sealed.recovered")).unwrap();
    let files = site.files();
    assert!(recover_with(site.data(), &kit.code, &site.elsewhere(), absent).is_err());
    assert_eq!(site.files(), files);
    assert!(SealedFile::open(site.data(), &site.options()).is_ok());
}

#[test]
fn a_damaged_old_file_is_kept_aside_as_it_was() {
    let site = Site::new();
    let secrets = site.sealed();
    SiteSealer::open(&secrets).unwrap();
    let kit = made(site.data(), &secrets);
    std::fs::write(site.data().join(SEALED_FILE), "{").unwrap();
    std::fs::write(site.data().join("secrets.place"), "{").unwrap();
    recover_with(site.data(), &kit.code, &site.options(), absent).unwrap();
    let lost = site.names_of_lost();
    assert_eq!(lost.len(), 2, "{lost:?}");
    assert!(lost.iter().all(|name| site.files()[name] == b"{"));
    assert!(
        SiteSealer::existing(&*open::choose(site.data(), &site.options(), absent).unwrap())
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_wrong_code_a_mistyped_one_and_a_missing_file_are_told_and_change_nothing() {
    let site = Site::new();
    let secrets = site.sealed();
    SiteSealer::open(&secrets).unwrap();
    let kit = made(site.data(), &secrets);
    let other = draw(&secrets).unwrap();
    let files = site.files();
    let error = |code: &SecretText| {
        recover_with(site.data(), code, &site.elsewhere(), absent).unwrap_err().to_string()
    };
    let wrong = error(&other.code);
    assert!(wrong.contains(&kit.id) && wrong.contains("not of the recovery kit"), "{wrong}");
    let mut typed: Vec<&str> = kit.code.reveal().split('-').collect();
    typed[2] = typed[3];
    let mistyped = error(&text(&typed.join("-")));
    assert!(mistyped.ends_with("mistyped: group 3"), "{mistyped}");
    assert_eq!(site.files(), files);

    std::fs::remove_file(site.data().join(KIT_FILE)).unwrap();
    let missing = error(&kit.code);
    assert!(missing.contains("there is no recovery.sealed"), "{missing}");
    assert_eq!(site.files().len(), files.len() - 1);
}

#[test]
fn a_file_that_was_cut_or_changed_anywhere_is_told_and_changes_nothing() {
    let site = Site::new();
    let secrets = InMemory::with(&[("device/1", "hik-12345")]);
    SiteSealer::open(&secrets).unwrap();
    let kit = made(site.data(), &secrets);
    let good = std::fs::read(site.data().join(KIT_FILE)).unwrap();
    let held = good.windows(6).position(|part| part == b"\"held\"").unwrap();
    let refused = |bytes: &[u8], what: &str| {
        std::fs::write(site.data().join(KIT_FILE), bytes).unwrap();
        let error =
            recover_with(site.data(), &kit.code, &site.options(), absent).expect_err(what).to_string();
        assert!(!error.contains("hik-12345") && !error.contains(kit.code.reveal()), "{error}");
        assert_eq!(site.files().len(), 1, "{what}");
    };
    for cut in 0..good.len() {
        refused(&good[..cut], &format!("cut at {cut}"));
    }
    // What holds the key for the running program is not needed here.
    for place in 0..held {
        let mut changed = good.clone();
        changed[place] ^= 1;
        refused(&changed, &format!("changed at {place}"));
    }
    refused(&vec![b' '; 9 << 20], "far too long");
    std::fs::write(site.data().join(KIT_FILE), &good).unwrap();
    recover_with(site.data(), &kit.code, &site.options(), absent).unwrap();
}

#[test]
fn a_kit_is_kept_up_to_date_without_its_paper() {
    let site = Site::new();
    let secrets = InMemory::with(&[("device/1", "old")]);
    let sealer = SiteSealer::open(&secrets).unwrap();
    assert!(!keep(site.data(), &secrets, &devices()).unwrap(), "there is no kit");
    assert_eq!(status(site.data()).unwrap(), None);
    let kit = made(site.data(), &secrets);
    assert_eq!(status(site.data()).unwrap(), Some(KitStatus { id: kit.id.clone(), made: kit.made }));
    let files = site.files();
    assert!(keep(site.data(), &secrets, &devices()).unwrap());
    assert_eq!(site.files(), files, "nothing has changed");

    secrets.put("device/1", &text("new")).unwrap();
    secrets.put("device/2", &text("second")).unwrap();
    for expected in [2, 3] {
        sealer.rotate(&secrets).unwrap();
        assert!(keep(site.data(), &secrets, &devices()).unwrap());
        assert_eq!(sealed::read(site.data()).unwrap().unwrap().held_under(), expected);
    }
    let entries = opened(site.data(), &kit.code).unwrap();
    let held: Vec<_> = entries.iter().map(|(name, text)| (name.as_str(), text.reveal())).collect();
    let ring = secrets.text(SITE_KEY).unwrap();
    assert_eq!(held, [("device/1", "new"), ("device/2", "second"), (SITE_KEY, ring.as_str())]);
    assert!(keep(site.data(), &secrets, &names(&["device/2"])).unwrap());
    assert_eq!(opened(site.data(), &kit.code).unwrap().len(), 2);

    // What the place has lost, the kit does not lose.
    secrets.remove("device/2").unwrap();
    assert!(keep(site.data(), &secrets, &devices()).unwrap());
    assert_eq!(opened(site.data(), &kit.code).unwrap()["device/2"], text("second"));

    let files = site.files();
    let other = InMemory::default();
    SiteSealer::open(&other).unwrap();
    let error = keep(site.data(), &other, &devices()).unwrap_err().to_string();
    assert!(error.contains("another site key"), "{error}");
    assert_eq!(site.files(), files);
}

#[test]
fn a_kit_takes_effect_when_it_is_confirmed_and_the_one_before_is_good_until_then() {
    let site = Site::new();
    let secrets = InMemory::default();
    assert!(draw(&secrets).is_err(), "there is nothing to save");
    SiteSealer::open(&secrets).unwrap();
    let first = made(site.data(), &secrets);
    let second = draw(&secrets).unwrap();
    assert_ne!(first.id, second.id);
    assert!(opened(site.data(), &first.code).is_ok());

    let last = second.code.reveal().rsplit('-').next().unwrap().to_owned();
    assert!(second.is_confirmed_by(&format!(" {} ", last.to_lowercase())));
    let other = first.code.reveal().rsplit('-').next().unwrap();
    for no in ["", "-", other, &last[1..], second.code.reveal()] {
        assert!(!second.is_confirmed_by(no), "{no}");
    }
    second.take_effect(site.data(), &secrets, &[]).unwrap();
    assert!(opened(site.data(), &second.code).is_ok());
    assert!(opened(site.data(), &first.code).is_err());
}

#[test]
fn a_kit_that_is_made_takes_effect_at_once_and_holds_what_the_one_before_held() {
    let site = Site::new();
    let secrets = InMemory::with(&[("device/1", "hik-12345"), ("device/2", "second")]);
    assert!(make(site.data(), &secrets).is_err());
    assert!(site.files().is_empty());
    SiteSealer::open(&secrets).unwrap();
    let first = make(site.data(), &secrets).unwrap();
    assert_eq!(opened(site.data(), &first.code).unwrap().len(), 1);
    assert!(keep(site.data(), &secrets, &names(&["device/1"])).unwrap());
    secrets.remove("device/1").unwrap();
    let second = make(site.data(), &secrets).unwrap();
    let entries = opened(site.data(), &second.code).unwrap();
    assert_eq!(entries.keys().collect::<Vec<_>>(), ["device/1", SITE_KEY]);
    assert!(opened(site.data(), &first.code).is_err());
    // A damaged file is replaced by a kit of the site's keys.
    std::fs::write(site.data().join(KIT_FILE), "{").unwrap();
    assert!(status(site.data()).is_err() && keep(site.data(), &secrets, &devices()).is_err());
    let third = make(site.data(), &secrets).unwrap();
    assert_eq!(opened(site.data(), &third.code).unwrap().len(), 1);
}

#[test]
fn neither_the_file_nor_debug_shows_a_secret() {
    let site = Site::new();
    let secrets = InMemory::with(&[("device/1", "hik-12345")]);
    SiteSealer::open(&secrets).unwrap();
    let kit = made(site.data(), &secrets);
    let shown = format!("{kit:?} {:?} {:?}", status(site.data()), read(kit.code.reveal()));
    let file = String::from_utf8(site.files()[KIT_FILE].clone()).unwrap();
    for hidden in ["hik-12345", kit.code.reveal(), &secrets.text(SITE_KEY).unwrap()] {
        assert!(!shown.contains(hidden) && !file.contains(hidden));
    }
    assert!(shown.contains(&kit.id));
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new();
    let secrets = InMemory::default();
    SiteSealer::open(&secrets).unwrap();
    let _ = made(site.data(), &secrets);
    let mode = std::fs::metadata(site.data().join(KIT_FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

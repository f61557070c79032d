use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{ServerName, UnixTime};
use vakhta_app::secret::SecretText;
use vakhta_secrets::{OpenOptions, Place};

use super::server::RENEWED;
use super::*;

struct Site {
    folder: tempfile::TempDir,
    secrets: Arc<dyn Secrets>,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let passphrase = Some(SecretText::new("a passphrase".into()));
        let options = OpenOptions { place: Some(Place::Sealed), passphrase, ..OpenOptions::default() };
        let secrets = vakhta_secrets::open(folder.path(), &options).unwrap();
        Self { folder, secrets }
    }

    fn authority(&self, names: &[Name], anew: bool, now: Timestamp) -> (Authority, bool) {
        Authority::of(self.folder.path(), self.secrets.as_ref(), names, anew, now).unwrap()
    }

    fn certificate(&self, authority: &Authority, names: &[Name], now: Timestamp) -> ServerCertificate {
        ServerCertificate::of(authority, self.secrets.as_ref(), names, now).unwrap()
    }
}

fn names(texts: &[&str]) -> Vec<Name> {
    texts.iter().map(|text| Name::read(text).unwrap()).collect()
}

fn now() -> Timestamp {
    "2026-11-27T09:00:00Z".parse().unwrap()
}

/// What a browser says that trusts the authority.
fn believed(
    authority: &Authority,
    certificate: &ServerCertificate,
    name: &str,
    now: Timestamp,
) -> Result<(), rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.about.certificate.0.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
    let shown = certificate.certified(&provider).unwrap();
    let name = ServerName::try_from(name).unwrap();
    let now = UnixTime::since_unix_epoch(Duration::from_secs(now.as_second().try_into().unwrap()));
    verifier.unwrap().verify_server_cert(&shown.cert[0], &[], &name, &[], now).map(drop)
}

#[test]
fn a_certificate_is_believed_for_its_names_while_it_is_good() {
    let site = Site::new();
    let asked = names(&["desk", "desk.bank.kz", "192.168.1.5", "fd00::5"]);
    let (authority, made) = site.authority(&asked, false, now());
    assert!(made);
    let certificate = site.certificate(&authority, &asked, now());
    for name in ["desk", "desk.bank.kz", "192.168.1.5", "fd00::5"] {
        assert_eq!(believed(&authority, &certificate, name, now()), Ok(()), "{name}");
    }
    assert!(believed(&authority, &certificate, "other.bank.kz", now()).is_err());
    // A workstation that is a little late; and one that comes long after.
    assert_eq!(believed(&authority, &certificate, "desk", now() - SignedDuration::from_hours(20)), Ok(()));
    let later = now() + SignedDuration::from_hours(91 * 24);
    assert!(believed(&authority, &certificate, "desk", later).is_err());
    let other = Site::new();
    let (stranger, _) = other.authority(&asked, false, now());
    assert!(believed(&stranger, &certificate, "desk", now()).is_err());
}

#[test]
fn an_authority_cannot_vouch_for_the_rest_of_the_world() {
    let site = Site::new();
    let (authority, _) = site.authority(&names(&["desk.bank.kz"]), false, now());
    // What a thief of the key would make.
    let stolen = site.certificate(&authority, &names(&["example.org"]), now());
    assert!(believed(&authority, &stolen, "example.org", now()).is_err());
    let stolen = site.certificate(&authority, &names(&["8.8.8.8"]), now());
    assert!(believed(&authority, &stolen, "8.8.8.8", now()).is_err());
    assert!(!authority.vouches_for(&names(&["example.org"])[0]));
}

#[test]
fn both_stay_until_there_is_a_reason() {
    let site = Site::new();
    let asked = names(&["desk", "10.0.0.5"]);
    let (authority, _) = site.authority(&asked, false, now());
    let first = site.certificate(&authority, &asked, now());
    let (again, made) = site.authority(&asked, false, now());
    assert!(!made && again.fingerprint() == authority.fingerprint());
    let weeks = now() + SignedDuration::from_hours(59 * 24);
    let shown = |certificate: &ServerCertificate| {
        let provider = rustls::crypto::ring::default_provider();
        certificate.certified(&provider).unwrap().cert[0].clone()
    };
    assert_eq!(shown(&site.certificate(&again, &asked, weeks)), shown(&first));
    // It ends within a month; other names; a clock that was ahead when it was made; another authority.
    let soon = now() + SignedDuration::from_hours(61 * 24);
    let renewed = site.certificate(&again, &asked, soon);
    assert!(renewed.until() > soon + RENEWED);
    assert_eq!(shown(&site.certificate(&again, &asked, soon)), shown(&renewed));
    assert!(renewed.is_due(now()));
    let fewer = site.certificate(&again, &asked[..1], soon);
    assert!(believed(&again, &fewer, "10.0.0.5", soon).is_err());
    let (other, made) = site.authority(&asked, true, soon);
    assert!(made && other.fingerprint() != authority.fingerprint());
    let of_other = site.certificate(&other, &asked[..1], soon);
    assert_eq!(believed(&other, &of_other, "desk", soon), Ok(()));
}

#[test]
fn the_certificate_lies_where_an_administrator_finds_it_and_no_key_does() {
    let site = Site::new();
    // As many names as a large site may want: what rests must fit into a keyring's entry.
    let many: Vec<String> = (0..8).map(|i| format!("desk-{i}.branch.bank.example.kz")).collect();
    let asked = names(&many.iter().map(String::as_str).collect::<Vec<_>>());
    let (authority, _) = site.authority(&asked, false, now());
    site.certificate(&authority, &asked, now());
    let view = authority.view(site.folder.path());
    assert_eq!(std::fs::read_to_string(&view.path).unwrap(), view.pem);
    assert_eq!(view.fingerprint.len(), 32 * 3 - 1);
    std::fs::write(&view.path, "something else").unwrap();
    site.authority(&asked, false, now());
    assert_eq!(std::fs::read_to_string(&view.path).unwrap(), view.pem);

    for name in [AUTHORITY, "tls-server"] {
        let rests = site.secrets.get(name).unwrap().unwrap();
        assert!(rests.reveal().len() < 2_560, "{name}: {}", rests.reveal().len());
        let key = rests.reveal().split(' ').next().unwrap().to_owned();
        for file in [view.path.clone().into(), site.folder.path().join("secrets.sealed")] {
            let bytes = std::fs::read(&file).unwrap();
            assert!(!bytes.windows(key.len()).any(|window| window == key.as_bytes()), "{}", file.display());
        }
    }
}

#[test]
fn an_end_that_is_near_is_said() {
    let site = Site::new();
    let (authority, _) = site.authority(&[], false, now());
    let after = |days: i64| authority.lifetime().warning(now() + SignedDuration::from_hours(24 * days));
    assert_eq!(after(0), None);
    assert_eq!(after(3400), None);
    assert!(after(3500).unwrap().contains("ends soon"));
    assert!(after(3654).unwrap().contains("has ended"));
    assert!(after(-2).unwrap().contains("clock"));
}

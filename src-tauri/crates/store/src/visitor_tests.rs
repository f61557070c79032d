//! Visitors with the real SQLite and the real sealer: found by number, sealed everywhere, forgotten.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use vakhta_app::refusal::{ErrorCode, Problem};
use vakhta_app::request::{IdentityChange, Personal, VisitDraft};
use vakhta_app::secret::{Sealer, SecretText};
use vakhta_app::visitors::{self, VisitorTx};
use vakhta_app::visits::{self, DeskAction};
use vakhta_domain::identity::{Identity, IdentityKind};
use vakhta_domain::ids::VisitId;
use vakhta_domain::visit::Profile;
use vakhta_secrets::{OpenOptions, Place, SiteSealer};

use crate::{Store, WriteError};

const PHONE: &str = "+7 701 000 00 42";
const DOCUMENT: &str = "N 10203040";

struct Site {
    store: Store,
    sealer: Arc<SiteSealer>,
    secrets: Arc<dyn vakhta_app::secret::Secrets>,
    folder: tempfile::TempDir,
}

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions {
        place: Some(Place::Sealed),
        passphrase: Some(SecretText::new("for these tests".into())),
        ..OpenOptions::default()
    };
    let secrets = vakhta_secrets::open(folder.path(), &options).unwrap();
    let sealer = Arc::new(SiteSealer::open(secrets.as_ref()).unwrap());
    let store = Store::open(folder.path(), sealer.clone()).unwrap();
    Site { store, sealer, secrets, folder }
}

fn draft(visitor: &str) -> VisitDraft {
    VisitDraft {
        visitor: visitor.into(),
        host: "Ким Д.".into(),
        purpose: Some("about the roof".into()),
        person_no: None,
        card_no: None,
        document: None,
        iin: None,
        phone: None,
        from: Some(now()),
        until: Some(now() + SignedDuration::from_hours(8)),
        profile: Profile::Single,
    }
}

impl Site {
    async fn plan(&self, draft: VisitDraft) -> Result<VisitId, WriteError> {
        self.store.write(now(), move |tx| visits::add(tx, &draft, now(), "user/x")).await
    }

    fn found(&self, text: &str) -> Vec<VisitId> {
        self.store.search(text, 50, now()).unwrap().into_iter().map(|visit| visit.id).collect()
    }

    fn visitor(&self, visit: VisitId) -> vakhta_app::view::VisitorView {
        self.store.visit_detail(visit, now()).unwrap().unwrap().visitor
    }

    /// Whether any file of the folder has these bytes.
    fn holds(&self, text: &str) -> bool {
        files(self.folder.path()).iter().any(|bytes| contains(bytes, text.as_bytes()))
    }
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else {
            all.push(std::fs::read(path).unwrap());
        }
    }
    all
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[tokio::test]
async fn whoever_has_a_number_is_found_by_it_and_by_the_end_of_a_phone() {
    let site = site();
    let other = VisitDraft { phone: Some(Personal("+7 701 000 00 43".into())), ..draft("Other One") };
    site.plan(other).await.unwrap();
    let visit = VisitDraft {
        document: Some(Personal(DOCUMENT.into())),
        phone: Some(Personal(PHONE.into())),
        ..draft("Пётр Иванов")
    };
    let visit = site.plan(visit).await.unwrap();
    for text in [PHONE, "87010000042", "8 (701) 000-00-42", "0042", "n10203040", "N 1020 3040"] {
        assert_eq!(site.found(text), [visit], "{text}");
    }
    for text in ["42", "10203041", "7010000044", "0044"] {
        assert_eq!(site.found(text), [], "{text}");
    }
    let masked: Vec<String> = site.visitor(visit).identity.into_iter().map(|one| one.masked).collect();
    assert_eq!(masked, ["•••040", "•••0042"]);
    site.store.close().await;
    for secret in ["10203040", "7010000042", "0000042"] {
        assert!(!site.holds(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_person_is_known_by_document_and_never_by_name_alone() {
    let site = site();
    let with = |name: &str, document: Option<&str>| VisitDraft {
        document: document.map(|text| Personal(text.into())),
        ..draft(name)
    };
    let first = site.plan(with("Анна Ли", Some(DOCUMENT))).await.unwrap();
    let again = site.plan(with("анна  ли", Some("n-10203040"))).await.unwrap();
    let namesake = site.plan(with("Анна Ли", None)).await.unwrap();
    let married = site.plan(with("Анна Ким", Some(DOCUMENT))).await.unwrap();
    let who = |visit| site.visitor(visit).id;
    assert_eq!(who(first), who(again));
    assert_ne!(who(first), who(namesake));
    // The same document and another name: a human has to say.
    assert_ne!(who(first), who(married));
}

#[tokio::test]
async fn what_is_not_a_number_is_refused_by_its_field() {
    let site = site();
    let wrong = VisitDraft { iin: Some(Personal("900101300121".into())), ..draft("A B") };
    let Err(WriteError::Refused(refusal)) = site.plan(wrong).await else { panic!("it was taken") };
    assert_eq!((refusal.field.as_deref(), refusal.problem), (Some("iin"), Some(Problem::Mistyped)));
    assert!(!refusal.message.contains("900101"));
    let wrong = VisitDraft { phone: Some(Personal("no phone".into())), ..draft("A B") };
    let Err(WriteError::Refused(refusal)) = site.plan(wrong).await else { panic!("it was taken") };
    assert_eq!((refusal.field.as_deref(), refusal.problem), (Some("phone"), Some(Problem::Malformed)));
}

#[tokio::test]
async fn what_is_known_of_a_visitor_is_replaced_and_taken_away() {
    let site = site();
    let visit = VisitDraft { phone: Some(Personal(PHONE.into())), ..draft("A B") };
    let visit = site.plan(visit).await.unwrap();
    let visitor = site.visitor(visit).id;
    let change = |value: Option<&str>| IdentityChange {
        visitor,
        kind: IdentityKind::Phone,
        value: value.map(|text| Personal(text.into())),
    };
    let new = change(Some("+7 702 000 00 01"));
    site.store.write(now(), move |tx| visitors::change(tx, &new, "user/x")).await.unwrap();
    assert_eq!((site.found("0042"), site.found("0001")), (vec![], vec![visit]));
    let row = site.store.visitor(visitor).unwrap().unwrap();
    assert_eq!(site.store.open_identity(&row).unwrap()[0].reveal(), "+77020000001");
    let gone = change(None);
    site.store.write(now(), move |tx| visitors::change(tx, &gone, "user/x")).await.unwrap();
    assert_eq!(site.found("0001"), []);
    assert_eq!(site.visitor(visit).identity, []);
}

#[tokio::test]
async fn whoever_is_erased_is_named_nowhere_and_the_journal_stays_whole() {
    let site = site();
    let visit = VisitDraft {
        document: Some(Personal(DOCUMENT.into())),
        person_no: Some("77012".into()),
        ..draft("Erasmus Vanished")
    };
    let visit = site.plan(visit).await.unwrap();
    let visitor = site.visitor(visit).id;
    let erase = move |tx: &mut crate::WriteTx<'_>| visitors::erase(tx, visitor, now(), "user/x");
    let Err(WriteError::Refused(refusal)) = site.store.write(now(), erase).await else {
        panic!("a visit of theirs is not over")
    };
    assert_eq!(refusal.code, ErrorCode::WrongState);
    site.store
        .write(now(), move |tx| visits::act(tx, visit, DeskAction::Cancel, now(), "user/x"))
        .await
        .unwrap();
    site.store.write(now(), erase).await.unwrap();
    site.store.checkpoint().await.unwrap();
    for word in ["Erasmus", "Vanished", "erasmus", "77012", "about the roof"] {
        assert!(!site.holds(word), "{word}");
    }
    assert_eq!((site.found("Erasmus"), site.found(DOCUMENT)), (vec![], vec![]));
    let detail = site.store.visit_detail(visit, now()).unwrap().unwrap();
    assert!(detail.visitor.erased && detail.visit.visitor.is_empty());
    assert_eq!(detail.visit.host, "Ким Д.");
    let report = site.store.verify_journal(None).unwrap();
    assert!(report.whole, "{report:?}");
    assert_eq!(
        site.store.erased().unwrap().into_iter().map(|person| person.visitor).collect::<Vec<_>>(),
        [visitor]
    );
    // Nobody is erased twice, and nothing is added to who is gone.
    assert!(site.store.write(now(), erase).await.is_err());
    let more = IdentityChange { visitor, kind: IdentityKind::Phone, value: Some(Personal(PHONE.into())) };
    assert!(site.store.write(now(), move |tx| visitors::change(tx, &more, "user/x")).await.is_err());
}

#[tokio::test]
async fn under_a_new_site_key_everything_opens_and_nothing_needs_the_old_one() {
    let site = site();
    let visit = VisitDraft { phone: Some(Personal(PHONE.into())), ..draft("A B") };
    let visit = site.plan(visit).await.unwrap();
    let visitor = site.visitor(visit).id;
    assert_eq!(site.sealer.rotate(site.secrets.as_ref()).unwrap(), 2);
    let rewrap = |tx: &mut crate::WriteTx<'_>| tx.rewrap_visitors(0);
    assert_eq!(site.store.write(now(), rewrap).await.unwrap(), (1, None));
    assert_eq!(site.store.write(now(), rewrap).await.unwrap(), (0, None));
    assert_eq!(site.found("0042"), [visit], "indexes stay");
    assert_eq!(site.visitor(visit).identity[0].masked, "•••0042");
    let phone = Identity::new(IdentityKind::Phone, "+7 702 000 00 02").unwrap();
    site.store.write(now(), move |tx| tx.set_identity(visitor, &phone, "user/x")).await.unwrap();
    assert_eq!(site.found("0002"), [visit]);
    assert_eq!(site.sealer.newest(), 2);
    let _: &dyn Sealer = site.sealer.as_ref();
}

#[tokio::test]
async fn a_journal_whose_end_was_cut_off_is_noticed_by_the_head_that_was_kept() {
    let site = site();
    site.plan(draft("A B")).await.unwrap();
    site.plan(draft("C D")).await.unwrap();
    let kept = site.store.journal_head().unwrap().unwrap();
    assert_eq!(site.store.contradicted(&kept).unwrap(), None);
    site.plan(draft("E F")).await.unwrap();
    assert!(site.store.verify_journal(Some(kept.clone())).unwrap().whole);
    site.store.close().await;
    let file = rusqlite::Connection::open(site.folder.path().join("vakhta.sqlite3")).unwrap();
    file.execute_batch("DROP TRIGGER op_is_never_deleted; DELETE FROM op WHERE seq > 2;").unwrap();
    drop(file);
    let store = Store::open(site.folder.path(), site.sealer.clone()).unwrap();
    assert!(store.verify_journal(None).unwrap().whole, "a chain alone does not show it");
    let report = store.verify_journal(Some(kept.clone())).unwrap();
    assert!(report.broken.unwrap().contains("cut off"));
    // Whoever goes on writing does not hide it.
    let again = draft("G H");
    store.write(now(), move |tx| visits::add(tx, &again, now(), "user/x")).await.unwrap();
    store.write(now(), move |tx| visits::add(tx, &draft("I J"), now(), "user/x")).await.unwrap();
    assert!(store.contradicted(&kept).unwrap().unwrap().contains("another than the one"));
}

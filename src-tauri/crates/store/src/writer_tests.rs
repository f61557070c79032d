//! What a full disk does to a group of jobs.

use std::sync::{Arc, mpsc};

use jiff::{SignedDuration, Timestamp};
use vakhta_app::request::{PageRequest, VisitDraft};
use vakhta_app::visits;
use vakhta_domain::visit::Profile;
use vakhta_secrets::{OpenOptions, Place, SiteSealer};

use crate::Store;

fn draft(visitor: &str, now: Timestamp) -> VisitDraft {
    VisitDraft {
        visitor: visitor.into(),
        host: "Host".into(),
        purpose: None,
        person_no: None,
        card_no: None,
        document: None,
        iin: None,
        phone: None,
        from: Some(now),
        until: Some(now + SignedDuration::from_hours(1)),
        profile: Profile::Single,
    }
}

/// SQLite rolls everything back when a statement finds no room. The jobs behind it in the group
/// must not be committed on their own, on top of operations that are gone.
#[tokio::test]
async fn no_room_in_one_job_leaves_the_chain_whole() {
    let folder = tempfile::tempdir().unwrap();
    let options = OpenOptions {
        place: Some(Place::Sealed),
        passphrase: Some(vakhta_app::secret::SecretText::new("for these tests".into())),
        ..OpenOptions::default()
    };
    let secrets = vakhta_secrets::open(folder.path(), &options).unwrap();
    let store = Store::open(folder.path(), Arc::new(SiteSealer::open(secrets.as_ref()).unwrap())).unwrap();
    let now = Timestamp::now();
    store.write(now, move |tx| visits::add(tx, &draft("Before", now), now, "desk")).await.unwrap();

    // The first job holds the writer until the others wait behind it; from then on there is room
    // for little.
    let (go, wait) = mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let first = tokio::spawn({
        let store = store.clone();
        async move {
            let hold = move |tx: &mut crate::WriteTx<'_>| {
                let _ = begun.send(());
                let _ = wait.recv();
                tx.sql(|connection| {
                    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
                    connection.pragma_update(None, "max_page_count", pages + 10)
                })
            };
            store.write(now, hold).await
        }
    });
    has_begun.await.unwrap();
    let small = store.write(now, move |tx| visits::add(tx, &draft("Small", now), now, "desk"));
    let big = store.write(now, move |tx| tx.set_setting("big", &"x".repeat(1_000_000)));
    let behind = store.write(now, move |tx| visits::add(tx, &draft("Behind", now), now, "desk"));
    let release = async move { go.send(()).unwrap() };
    let (small, big, behind, ()) = tokio::join!(small, big, behind, release);
    first.await.unwrap().unwrap();
    // Whoever was told that it is written finds it, and nobody else's is there.
    let told = 1 + usize::from(small.is_ok()) + usize::from(behind.is_ok());
    let all = store.visits(PageRequest { after: 0, limit: 10 }, now).unwrap();
    assert_eq!(all.len(), told);
    let report = store.verify_journal(None).unwrap();
    assert!(report.whole, "{:?}", report.broken);
    assert!(big.unwrap_err().to_string().contains("full"));

    let lift = |tx: &mut crate::WriteTx<'_>| {
        tx.sql(|connection| connection.pragma_update(None, "max_page_count", 1_000_000))
    };
    store.write(now, lift).await.unwrap();
    store.write(now, move |tx| visits::add(tx, &draft("After", now), now, "desk")).await.unwrap();
    assert!(store.verify_journal(None).unwrap().whole);
}

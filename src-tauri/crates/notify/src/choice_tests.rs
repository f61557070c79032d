use jiff::ToSpan;
use vakhta_domain::ids::{IncidentId, VisitId};

use super::*;
use crate::announcement::Language;

const RU: Wishes = Wishes { language: Language::Russian, refused: true, incidents: true };
const EN: Wishes = Wishes { language: Language::English, ..RU };

fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn visit(number: u128) -> VisitId {
    VisitId(uuid::Uuid::from_u128(number))
}

fn item(what: Happening) -> FeedItem {
    FeedItem { seq: 1, written: now(), what }
}

fn refused(number: u128, at: Timestamp) -> PassageView {
    PassageView {
        row: 1,
        device: "Турникет 1".into(),
        serial: Some(7),
        epoch: 1,
        major: 5,
        minor: 8,
        meaning: Some("Refused: pass expired".into()),
        at,
        certainty: "measured".into(),
        device_time: None,
        received: at,
        live: true,
        direction: "in".into(),
        reader_no: Some(1),
        door_no: Some(1),
        person_no: None,
        card_no: None,
        verdict: "refused".into(),
        visit: Some(visit(number)),
        visitor: Some("Иванов Иван Петрович".into()),
        picture: None,
    }
}

fn passage(number: u128, at: Timestamp) -> FeedItem {
    item(Happening::Passage(Box::new(refused(number, at))))
}

fn an_incident(number: u128, at: Timestamp) -> IncidentView {
    IncidentView {
        row: 1,
        id: IncidentId(uuid::Uuid::from_u128(number)),
        kind: "exit_without_entry".into(),
        severity: "high".into(),
        status: "new".into(),
        at,
        count: 1,
        late: false,
        visit: None,
        visitor: Some("Ли".into()),
        device: Some("Выход".into()),
        withdrawn: None,
        previous: None,
    }
}

fn incident(view: IncidentView) -> FeedItem {
    item(Happening::Incident(Box::new(view)))
}

#[test]
fn a_refusal_of_somebody_expected_is_told() {
    let told = Announcer::default().take(&passage(1, now()), RU, now()).unwrap();
    assert_eq!(told.title, "Не пропущен: Иванов Иван Петрович");
    assert_eq!(told.body, "Турникет 1: срок пропуска истёк");
    assert_eq!(told.route, format!("#/desk?visit={}", visit(1)));
    assert_eq!(told.urgency, Urgency::Normal);
    let told = Announcer::default().take(&passage(1, now()), EN, now()).unwrap();
    assert_eq!(told.title, "Not let in: Иванов Иван Петрович");
    assert_eq!(told.body, "Турникет 1: pass expired");
    assert_eq!(told.buttons[0].label, "Open");
}

#[test]
fn a_stranger_a_grant_and_what_nobody_wants_are_not_told() {
    let mut announcer = Announcer::default();
    let mut stranger = refused(1, now());
    stranger.visit = None;
    let mut granted = refused(1, now());
    granted.verdict = "granted".into();
    for view in [stranger, granted] {
        assert_eq!(announcer.take(&item(Happening::Passage(Box::new(view))), RU, now()), None);
    }
    let none = Wishes { refused: false, incidents: false, ..RU };
    assert_eq!(announcer.take(&passage(1, now()), none, now()), None);
    assert_eq!(announcer.take(&incident(an_incident(1, now())), none, now()), None);
    assert!(!announcer.is_pending());
}

#[test]
fn an_incident_is_told_once_however_often_it_is_shown() {
    let mut announcer = Announcer::default();
    let told = announcer.take(&incident(an_incident(1, now())), RU, now()).unwrap();
    assert_eq!((told.title.as_str(), told.body.as_str()), ("Выход без отметки о входе", "Ли · Выход"));
    assert_eq!(told.urgency, Urgency::Critical);
    assert_eq!(announcer.take(&incident(an_incident(1, now())), RU, now()), None);
    let withdrawn = IncidentView { withdrawn: Some("entered after all".into()), ..an_incident(2, now()) };
    assert_eq!(announcer.take(&incident(withdrawn), RU, now()), None);
}

#[test]
fn an_incident_of_a_kind_that_is_new_has_words_too() {
    let view = IncidentView { kind: "door_held_open".into(), ..an_incident(1, now()) };
    let told = Announcer::default().take(&incident(view.clone()), EN, now()).unwrap();
    assert_eq!(told.title, "Incident: door held open");
    assert_eq!(Announcer::default().take(&incident(view), RU, now()).unwrap().title, "Происшествие");
}

#[test]
fn an_incident_takes_the_place_of_the_refusal_that_caused_it() {
    let mut announcer = Announcer::default();
    let first = announcer.take(&passage(1, now()), RU, now()).unwrap();
    let view = IncidentView { visit: Some(visit(1)), ..an_incident(9, now()) };
    assert_eq!(announcer.take(&incident(view), RU, now()).unwrap().key, first.key);
}

#[test]
fn what_is_old_or_late_is_counted_and_summed_up_once() {
    let mut announcer = Announcer::default();
    let old = now() - 11.minutes();
    assert_eq!(announcer.take(&passage(1, old), RU, now()), None);
    let mut late = refused(2, now());
    late.live = false;
    assert_eq!(announcer.take(&item(Happening::Passage(Box::new(late))), RU, now()), None);
    assert_eq!(announcer.take(&incident(an_incident(1, old)), RU, now()), None);
    assert_eq!(announcer.summaries(false, RU, now()), []);
    let summaries = announcer.summaries(true, RU, now());
    assert_eq!(summaries.len(), 1);
    assert_eq!(summaries[0].body, "2 отказа в проходе и 1 происшествие");
    assert_eq!(announcer.summaries(true, RU, now()), []);
}

#[test]
fn a_storm_is_folded() {
    let mut announcer = Announcer::default();
    let told: Vec<_> =
        (0..50).filter_map(|number| announcer.take(&passage(number, now()), RU, now())).collect();
    assert_eq!(told.len(), 5);
    let summaries = announcer.summaries(true, RU, now());
    assert_eq!(summaries[0].body, "Ещё 45 отказов в проходе");
    // Not anew for each of them, but the last word is right.
    assert_eq!(announcer.take(&passage(51, now()), RU, now()), None);
    assert_eq!(announcer.summaries(true, RU, now()), []);
    assert!(announcer.is_pending());
    let later = now() + 2.seconds();
    assert_eq!(announcer.summaries(true, RU, later)[0].body, "Ещё 46 отказов в проходе");
    assert!(!announcer.is_pending());
    // Calm again.
    let calm = now() + 30.seconds();
    assert!(announcer.take(&passage(60, calm), RU, calm).is_some());
}

//! Notifications as they are shown: against a server of the test's own on a session bus.
//!
//! The test starts itself once more inside `dbus-run-session`. Where the tool is missing it says
//! so and passes, except where `CI=true`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]
#![allow(missing_docs, reason = "of what zbus makes of the server")]

use std::collections::HashMap;
use std::env;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use vakhta_notify::{Announcement, Button, Desktop, Identity, Urgency};
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;

const INSIDE: &str = "VAKHTA_TEST_INSIDE_SESSION";
const PATH: &str = "/org/freedesktop/Notifications";

/// `true` in the process that has a bus; else runs `test` in one that does.
fn inside_session(test: &str) -> bool {
    if env::var_os(INSIDE).is_some() {
        return true;
    }
    let on_path = |tool: &str| {
        env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(tool).is_file()))
    };
    if !on_path("dbus-run-session") {
        assert_ne!(env::var("CI").as_deref(), Ok("true"), "dbus-run-session missing; cargo xtask setup");
        println!("left out: dbus-run-session missing; cargo xtask setup installs it");
        return false;
    }
    let status = Command::new("dbus-run-session")
        .arg("--")
        .arg(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .env_remove("DISPLAY")
        .status()
        .unwrap();
    assert!(status.success(), "inside the session: {status}");
    false
}

#[derive(Clone, Debug)]
struct Shown {
    id: u32,
    replaces: u32,
    title: String,
    body: String,
    actions: Vec<String>,
}

/// What a desktop's notification server does, and no more.
struct Server {
    shown: Arc<Mutex<Vec<Shown>>>,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".into(), "body-markup".into(), "actions".into()]
    }

    #[expect(clippy::too_many_arguments, reason = "the protocol's")]
    fn notify(
        &self,
        _app: String,
        replaces: u32,
        _icon: String,
        title: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _expires: i32,
    ) -> u32 {
        let mut shown = self.shown.lock().unwrap();
        let id = if replaces > 0 { replaces } else { u32::try_from(shown.len()).unwrap() + 1 };
        shown.push(Shown { id, replaces, title, body, actions });
        id
    }

    fn close_notification(&self, _id: u32) {}

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;
}

async fn server() -> (zbus::Connection, Arc<Mutex<Vec<Shown>>>) {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let connection = zbus::connection::Builder::session()
        .unwrap()
        .name("org.freedesktop.Notifications")
        .unwrap()
        .serve_at(PATH, Server { shown: Arc::clone(&shown) })
        .unwrap()
        .build()
        .await
        .unwrap();
    (connection, shown)
}

fn announcement(number: u32) -> Announcement {
    Announcement {
        key: format!("visit/{number}"),
        title: "Не пропущен: Иванов".into(),
        body: "Рога & <копыта>".into(),
        urgency: Urgency::Normal,
        route: format!("#/desk?visit={number}"),
        buttons: vec![Button { id: "open", label: "Открыть" }],
    }
}

fn desktop() -> (Desktop, mpsc::UnboundedReceiver<String>) {
    let (send, opened) = mpsc::unbounded_channel();
    let identity = Identity { name: "Вахта".into(), icon: "vakhta".into(), app_id: "org.vakhta".into() };
    (Desktop::new(identity, move |route| drop(send.send(route))), opened)
}

/// Clicks until somebody hears it: who shows a notification listens only a moment later.
async fn click(
    server: &zbus::Connection,
    id: u32,
    action: &str,
    opened: &mut mpsc::UnboundedReceiver<String>,
) -> String {
    let emitter = SignalEmitter::new(server, PATH).unwrap();
    let clicking = async {
        let mut again = tokio::time::interval(Duration::from_millis(20));
        loop {
            again.tick().await;
            Server::action_invoked(&emitter, id, action).await.unwrap();
        }
    };
    tokio::select! {
        () = async { tokio::time::timeout(Duration::from_secs(10), clicking).await.unwrap() } => unreachable!(),
        route = opened.recv() => route.unwrap(),
    }
}

#[tokio::test]
async fn a_click_leads_to_the_visit() {
    if !inside_session("a_click_leads_to_the_visit") {
        return;
    }
    let (server, shown) = server().await;
    let (mut desktop, mut opened) = desktop();
    desktop.show(&announcement(1)).await.unwrap();
    desktop.show(&announcement(2)).await.unwrap();
    let first = shown.lock().unwrap()[0].clone();
    assert_eq!(first.title, "Не пропущен: Иванов");
    assert_eq!(first.body, "Рога &amp; &lt;копыта&gt;", "this server reads markup");
    assert_eq!(first.actions, ["default", "Вахта", "open", "Открыть"]);
    assert_eq!(click(&server, 2, "open", &mut opened).await, "#/desk?visit=2");
    assert_eq!(click(&server, 1, "default", &mut opened).await, "#/desk?visit=1");
}

#[tokio::test]
async fn the_same_key_takes_the_same_place() {
    if !inside_session("the_same_key_takes_the_same_place") {
        return;
    }
    let (server, shown) = server().await;
    let (mut desktop, mut opened) = desktop();
    desktop.show(&announcement(1)).await.unwrap();
    desktop.show(&Announcement { route: "#/desk?incident=7".into(), ..announcement(1) }).await.unwrap();
    let second = shown.lock().unwrap()[1].clone();
    assert_eq!((second.replaces, second.id), (1, 1));
    assert_eq!(click(&server, 1, "open", &mut opened).await, "#/desk?incident=7");
}

#[tokio::test]
async fn of_many_the_newest_are_waited_for() {
    if !inside_session("of_many_the_newest_are_waited_for") {
        return;
    }
    let (server, _) = server().await;
    let (mut desktop, mut opened) = desktop();
    for number in 1..=9 {
        desktop.show(&announcement(number)).await.unwrap();
    }
    // The first is given up; the ninth and the second are not.
    let emitter = SignalEmitter::new(&server, PATH).unwrap();
    Server::action_invoked(&emitter, 1, "open").await.unwrap();
    assert_eq!(click(&server, 9, "open", &mut opened).await, "#/desk?visit=9");
    assert_eq!(click(&server, 2, "open", &mut opened).await, "#/desk?visit=2");
    assert!(opened.try_recv().is_err());
}

#[tokio::test]
async fn a_desktop_without_a_server_is_an_error_and_may_get_one() {
    if !inside_session("a_desktop_without_a_server_is_an_error_and_may_get_one") {
        return;
    }
    let (mut desktop, _opened) = desktop();
    desktop.show(&announcement(1)).await.unwrap_err();
    let (_server, shown) = server().await;
    desktop.show(&announcement(1)).await.unwrap();
    assert_eq!(shown.lock().unwrap().len(), 1);
}

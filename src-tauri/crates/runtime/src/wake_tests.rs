use super::*;

fn reading(monotonic: u64, wall: u64) -> Reading {
    // Far from the beginning of both clocks, so that they can be set back.
    static BEGUN: std::sync::OnceLock<(Instant, SystemTime)> = std::sync::OnceLock::new();
    let (instant, time) = *BEGUN.get_or_init(|| (Instant::now(), SystemTime::now()));
    Reading { monotonic: instant + Duration::from_secs(monotonic), wall: time + Duration::from_secs(wall) }
}

#[test]
fn a_tick_in_time_is_no_sleep() {
    assert_eq!(slept(reading(100, 100), reading(102, 102)), None);
    assert_eq!(slept(reading(100, 100), reading(105, 105)), None, "a busy machine is late");
}

#[test]
fn a_clock_that_stood_still_is_a_sleep() {
    assert_eq!(slept(reading(100, 100), reading(102, 3_702)), Some(Duration::from_secs(3_600)));
}

#[test]
fn a_tick_that_comes_much_too_late_is_a_sleep() {
    assert_eq!(slept(reading(100, 100), reading(3_702, 3_702)), Some(Duration::from_secs(3_600)));
}

#[test]
fn a_clock_that_is_set_back_is_no_sleep() {
    assert_eq!(slept(reading(100, 7_200), reading(102, 0)), None);
}

#[cfg(target_os = "linux")]
mod logind {
    use std::env;
    use std::process::Command;

    use tokio::sync::mpsc;
    use zbus::object_server::SignalEmitter;

    const INSIDE: &str = "VAKHTA_TEST_INSIDE_SESSION";
    const PATH: &str = "/org/freedesktop/login1";

    struct Manager;

    #[zbus::interface(name = "org.freedesktop.login1.Manager")]
    impl Manager {
        #[zbus(signal)]
        async fn prepare_for_sleep(emitter: &SignalEmitter<'_>, start: bool) -> zbus::Result<()>;
    }

    /// A bus of the test's own, with a manager of logins that does no more than tell.
    #[tokio::test]
    async fn waking_is_told_and_falling_asleep_is_not() {
        if env::var_os(INSIDE).is_none() {
            let on_path = |folder: std::path::PathBuf| folder.join("dbus-run-session").is_file();
            if !env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(on_path)) {
                assert_ne!(env::var("CI").as_deref(), Ok("true"), "dbus-run-session is missing");
                println!("left out: dbus-run-session is missing; cargo xtask setup installs it");
                return;
            }
            let test = "wake::tests::logind::waking_is_told_and_falling_asleep_is_not";
            let status = Command::new("dbus-run-session")
                .arg("--")
                .arg(env::current_exe().unwrap())
                .args(["--exact", test])
                .env(INSIDE, "1")
                .status()
                .unwrap();
            assert!(status.success(), "inside the session: {status}");
            return;
        }
        let system = zbus::connection::Builder::session()
            .unwrap()
            .name("org.freedesktop.login1")
            .unwrap()
            .serve_at(PATH, Manager)
            .unwrap()
            .build()
            .await
            .unwrap();
        let bus = zbus::Connection::session().await.unwrap();
        let (tell, mut told) = mpsc::channel(16);
        let watching = super::super::logind::watch(&bus, tell);
        // Who has just begun to watch may miss the first: told until it is heard.
        let telling = async {
            let emitter = SignalEmitter::new(&system, PATH).unwrap();
            let mut again = tokio::time::interval(std::time::Duration::from_millis(20));
            loop {
                again.tick().await;
                Manager::prepare_for_sleep(&emitter, true).await.unwrap();
                if told.try_recv().is_ok() {
                    return;
                }
                Manager::prepare_for_sleep(&emitter, false).await.unwrap();
            }
        };
        let limit = std::time::Duration::from_secs(10);
        tokio::select! {
            ended = watching => panic!("the watch ended: {ended:?}"),
            heard = tokio::time::timeout(limit, telling) => heard.unwrap(),
        }
    }
}

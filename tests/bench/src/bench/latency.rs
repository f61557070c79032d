//! From the moment at which a device logs a passage until it is committed and can be read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::ensure;
use vakhta_app::command::Command;
use vakhta_app::request::{DeviceDraft, PageRequest, Password};
use vakhta_domain::passage::ReaderDirection;
use vakhta_runtime::access::Caller;
use vakhta_runtime::core::Core;
use vakhta_runtime::dispatch::carry_out;

use super::Setting;
use crate::account::Known;
use crate::child::PASSWORD;
use crate::emitter::{Devices, Emitter};
use crate::place::Place;
use crate::table::{Row, millis, percentile};

const DEVICES: usize = 3;
const RATE: f64 = 50.0;

type Times = Arc<Mutex<HashMap<String, Instant>>>;

pub(super) async fn rows(setting: Setting<'_>) -> anyhow::Result<Vec<Row>> {
    let lasting = Duration::from_secs(setting.choose(8, 30));
    let place = Place::fresh()?;
    let core = {
        let (data, secrets) = (place.data().to_owned(), place.secrets());
        tokio::task::spawn_blocking(move || Core::open_with(&data, &secrets)).await??
    };
    core.begin().await?;
    let devices = Devices::start(DEVICES, Duration::from_secs(10)).await?;
    for Known { name, device } in devices.known() {
        let draft = DeviceDraft {
            name: name.clone(),
            url: device.url(),
            user: "admin".into(),
            direction: ReaderDirection::In,
            password: Password(PASSWORD.into()),
        };
        carry_out(&core, &Caller::Owner, Command::DeviceAdd(draft)).await?;
    }
    devices.listened_to(Duration::from_secs(20)).await?;

    let emitted: Times = Arc::default();
    let emitting = tokio::spawn(emit(devices.handles(), Arc::clone(&emitted), lasting));
    let expected = (RATE * lasting.as_secs_f64()) as usize;
    let mut commits = core.store.commits();
    let mut took = Vec::with_capacity(expected);
    let mut after = 0;
    let until = Instant::now() + lasting + Duration::from_secs(20);
    while took.len() < expected && Instant::now() < until {
        // A commit, or soon: the last one may have come before we began to wait.
        let _ = tokio::time::timeout(Duration::from_millis(200), commits.changed()).await;
        let page =
            core.blocking(move |core| core.store.passages(PageRequest { after, limit: 5_000 })).await??;
        let now = Instant::now();
        let emitted = emitted.lock().unwrap_or_else(PoisonError::into_inner);
        for passage in page {
            after = passage.row;
            let at = passage.person_no.as_ref().and_then(|person| emitted.get(person));
            took.extend(at.map(|at| now.duration_since(*at)));
        }
    }
    emitting.await?;
    core.end().await;
    ensure!(took.len() == expected, "{} of {expected} passages came", took.len());
    let (p50, p99) = (percentile(&mut took, 50), percentile(&mut took, 99));
    let most = took.last().copied().unwrap_or_default();
    Ok(vec![Row::new(
        "passage → durable and readable, 50 events/s from 3 devices",
        "drawn: p50 < 20 ms, p99 < 150 ms",
        format!("p50 {}, p99 {}, most {}", millis(p50), millis(p99), millis(most)),
    )])
}

async fn emit(devices: Vec<isapi_sim::Handle>, times: Times, lasting: Duration) {
    let mut emitters: Vec<Emitter> = (0..devices.len()).map(Emitter::of).collect();
    let begun = tokio::time::Instant::now();
    let count = (RATE * lasting.as_secs_f64()) as usize;
    for index in 0..count {
        tokio::time::sleep_until(begun + Duration::from_secs_f64(index as f64 / RATE)).await;
        let at = index % devices.len();
        if let (Some(emitter), Some(device)) = (emitters.get_mut(at), devices.get(at)) {
            let pass = emitter.next();
            // Before it is logged: what is read at once must be known.
            times.lock().unwrap_or_else(PoisonError::into_inner).insert(emitter.person(), Instant::now());
            device.pass(pass);
        }
    }
}

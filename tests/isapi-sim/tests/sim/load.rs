//! Many devices, many events.

use std::time::{Duration, Instant};

use isapi_sim::Simulator;

use crate::client::{Client, LIMIT, start};

/// Reads a stream until it has told of `count` events; gives the serials.
async fn serials(client: &mut Client, count: usize) -> Vec<u64> {
    let mut found = Vec::with_capacity(count);
    while found.len() < count {
        client.until("\"serialNo\":\t").await;
        let digits = client.until(",").await;
        found.push(digits.trim_end_matches(',').parse().unwrap());
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_of_ten_thousand_arrives_whole_and_in_order() {
    let sim = start(&["heartbeat=none"]).await;
    let mut client = Client::to(&sim).await;
    client.stream().await;
    assert!(sim.wait_streams(1, LIMIT).await);
    let begin = Instant::now();
    let emitted = sim.burst(10_000, 0.0).await;
    assert_eq!(emitted, 1..=10_000);
    // The stream is read only now: the device must not wait for slow clients.
    let told = serials(&mut client, 10_000).await;
    assert_eq!(told, emitted.collect::<Vec<_>>());
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

/// One device: a stream that is read, searches meanwhile, 50 events a second.
async fn one_device(sim: Simulator, events: u32) {
    let mut stream = Client::to(&sim).await;
    stream.stream().await;
    assert!(sim.wait_streams(1, LIMIT).await);
    let reading = tokio::spawn(async move { serials(&mut stream, events as usize).await });
    let searcher = sim.handle();
    let mut client = Client::to(&sim).await;
    let searching = async {
        while searcher.stats().emitted < u64::from(events) {
            client.page(0, ",\"beginSerialNo\":1").await;
        }
    };
    let (emitted, ()) = tokio::join!(sim.burst(events, 50.0), searching);
    assert_eq!(reading.await.unwrap(), emitted.collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_devices_keep_fifty_events_a_second() {
    let begin = Instant::now();
    let mut devices = tokio::task::JoinSet::new();
    for _ in 0..20 {
        devices.spawn(one_device(start(&["heartbeat=0.5"]).await, 75));
    }
    while let Some(done) = devices.join_next().await {
        done.unwrap();
    }
    // 75 events at 50 a second are 1.5 s; with searches as fast as they go.
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

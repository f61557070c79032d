//! Many devices at once. The minute-long version is `cargo xtask torture`.

use crate::desk::Desk;
use crate::device::start;

const DEVICES: usize = 20;
const RATE: f64 = 50.0;
const SECONDS: u32 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn twenty_devices_of_fifty_events_a_second_lose_nothing() {
    let mut desk = Desk::running().await;
    let mut devices = Vec::new();
    for number in 0..DEVICES {
        let config = isapi_sim::Config::default().serial_number(format!("LOAD-{number}"));
        let device = start(config, &[]).await;
        desk.add_device(&device, &format!("Gate {number}"), "in").await;
        devices.push(device);
    }
    let bursts: Vec<_> = devices
        .iter()
        .map(|device| {
            let handle = device.handle();
            tokio::spawn(async move { handle.burst(SECONDS * RATE as u32, RATE).await })
        })
        .collect();
    for burst in bursts {
        burst.await.expect("a burst ends");
    }
    for (number, device) in devices.iter().enumerate() {
        desk.all_once(&format!("Gate {number}"), device).await;
        assert_eq!(device.stats().refusals, 0);
    }
    desk.verify().await;
}

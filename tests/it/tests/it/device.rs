//! Devices as tests want them.

use isapi_sim::{Config, Kind, Pass, Simulator};

use crate::desk::Desk;

/// A turnstile with these faults, and a heartbeat every half minute as real ones have: more often
/// would wake the reading of the log and hide that something else did not.
pub async fn turnstile(faults: &[&str]) -> Simulator {
    start(Config::default(), faults).await
}

pub async fn start(config: Config, faults: &[&str]) -> Simulator {
    let config = faults.iter().fold(config, |config, fault| config.fault(*fault));
    Simulator::start(config).await.expect("a simulator starts")
}

/// The way out.
pub async fn way_out(faults: &[&str]) -> Simulator {
    start(Config::kind(Kind::TurnstileOut).serial_number("WAY-OUT"), faults).await
}

/// A grant of somebody whom nobody expects.
pub fn stranger() -> Pass {
    Pass::granted().person("9001").card("0099009001")
}

/// One device for each set of faults on one desk: some history, then events one by one, each
/// waited for, then a burst. Everything must be there once. Gives the devices, which stop when
/// they are dropped.
pub async fn bear(desk: &mut Desk, sets: &[&[&str]]) -> Vec<(String, Simulator)> {
    let mut devices = Vec::new();
    for faults in sets {
        let device = turnstile(faults).await;
        device.burst(45, 0.0).await;
        let name = faults.join(" ");
        desk.add_device(&device, &name, "in").await;
        devices.push((name, device));
    }
    for (name, device) in &devices {
        for _ in 0..3 {
            let serial = device.pass(stranger());
            desk.feed().passage(name, serial).await;
        }
        device.burst(40, 0.0).await;
    }
    for (name, device) in &devices {
        desk.all_once(name, device).await;
        assert_eq!(device.stats().refusals, 0, "{name}: no login was refused");
    }
    desk.verify().await;
    devices
}

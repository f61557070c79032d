//! What a simulated device is at start.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The kinds of device there are presets for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// The terminal that people pass on their way in: reader 1.
    #[default]
    TurnstileIn,
    /// The terminal that people pass on their way out: reader 2.
    TurnstileOut,
    /// A door station with a call button: reader 1, doorbell events 5/37.
    DoorStation,
}

/// Names and numbers that follow from a [`Kind`].
pub(crate) struct Preset {
    pub name: &'static str,
    pub model: &'static str,
    pub device_type: &'static str,
    pub firmware: &'static str,
    pub reader: u32,
}

impl Kind {
    /// Every kind with the name it has on the command line.
    pub const ALL: [(&'static str, Kind); 3] = [
        ("turnstile-in", Kind::TurnstileIn),
        ("turnstile-out", Kind::TurnstileOut),
        ("door-station", Kind::DoorStation),
    ];

    pub(crate) fn preset(self) -> Preset {
        match self {
            Kind::TurnstileIn => Preset {
                name: "Turnstile IN",
                model: "DS-K1T671M",
                device_type: "ACS",
                firmware: "V3.2.30",
                reader: 1,
            },
            Kind::TurnstileOut => Preset {
                name: "Turnstile OUT",
                model: "DS-K1T671M",
                device_type: "ACS",
                firmware: "V3.2.30",
                reader: 2,
            },
            Kind::DoorStation => Preset {
                name: "Door station",
                model: "DS-KV6113-WPE1",
                device_type: "VIS",
                firmware: "V2.2.53",
                reader: 1,
            },
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = String;
    fn from_str(name: &str) -> Result<Kind, String> {
        Kind::ALL
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, k)| *k)
            .ok_or_else(|| format!("no such kind: {name:?} (turnstile-in, turnstile-out, door-station)"))
    }
}

/// Settings of a simulator. [`Config::default`] is a working turnstile on a free loopback port.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the device listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the control interface listens; `None` for no control interface. Loopback only.
    pub control: Option<SocketAddr>,
    /// Preset for model, name, readers.
    pub kind: Kind,
    /// `deviceName`; the preset's when `None`.
    pub name: Option<String>,
    /// The only account.
    pub user: String,
    /// Its password.
    pub password: String,
    /// `serialNumber` of the device info.
    pub serial_number: String,
    /// Time zone in the vendor's spelling: `CST-3:00:00` is UTC+3.
    pub time_zone: String,
    /// How far the device's clock is ahead of the real one, in seconds.
    pub clock_offset_s: i64,
    /// Time between heartbeats on a stream.
    pub heartbeat: Duration,
    /// Serial of the first event.
    pub first_serial: u64,
    /// Wrong passwords before the account locks.
    pub lock_tries: u32,
    /// How long it stays locked.
    pub lock_time: Duration,
    /// Faults at start, as `name` or `name=value`.
    pub faults: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            control: None,
            kind: Kind::default(),
            name: None,
            user: "admin".into(),
            password: "12345678a".into(),
            serial_number: "DS-K1T671M20210819V030230ENF12345678".into(),
            time_zone: "CST-3:00:00".into(),
            clock_offset_s: 0,
            heartbeat: Duration::from_secs(30),
            first_serial: 1,
            lock_tries: 5,
            lock_time: Duration::from_secs(1800),
            faults: Vec::new(),
        }
    }
}

impl Config {
    /// The default with another kind.
    pub fn kind(kind: Kind) -> Config {
        Config { kind, ..Config::default() }
    }

    /// Adds a fault at start, as `name` or `name=value`.
    #[must_use]
    pub fn fault(mut self, fault: impl Into<String>) -> Config {
        self.faults.push(fault.into());
        self
    }

    /// Sets `serialNumber`.
    #[must_use]
    pub fn serial_number(mut self, value: impl Into<String>) -> Config {
        self.serial_number = value.into();
        self
    }

    /// Sets the heartbeat interval.
    #[must_use]
    pub fn heartbeat(mut self, every: Duration) -> Config {
        self.heartbeat = every;
        self
    }

    pub(crate) fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(self.kind.preset().name)
    }
}

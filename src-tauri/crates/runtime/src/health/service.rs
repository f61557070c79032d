//! The service manager is told that Vakhta runs, and again and again that it still does: systemd starts a
//! service anew that falls silent. Elsewhere nobody listens.

use vakhta_app::health::HealthLevel;

/// The way to the service manager.
#[derive(Debug)]
pub(super) struct Service {
    #[cfg(target_os = "linux")]
    told: bool,
}

#[cfg(target_os = "linux")]
impl Service {
    pub(super) fn begin() -> Self {
        Self { told: false }
    }

    /// It lives. A writer that hangs is what a new start may mend; a device that is away, a disk that is full
    /// and a database that is damaged are not.
    pub(super) fn lives(&mut self, answers: bool, level: HealthLevel) {
        use sd_notify::NotifyState;
        let status = format!("how it is: {level:?}").to_lowercase();
        let mut states = vec![NotifyState::Status(&status)];
        if !self.told {
            states.push(NotifyState::Ready);
            self.told = true;
        }
        if answers {
            states.push(NotifyState::Watchdog);
        }
        if let Err(why) = sd_notify::notify(&states) {
            tracing::debug!(%why, "the service manager does not listen");
        }
    }
}

/// Services of Windows are watched by their manager, which starts one anew that has ended.
#[cfg(not(target_os = "linux"))]
impl Service {
    pub(super) fn begin() -> Self {
        Self {}
    }

    pub(super) fn lives(&mut self, _answers: bool, _level: HealthLevel) {}
}

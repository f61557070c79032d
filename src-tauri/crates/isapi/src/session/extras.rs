//! The clock and the pictures of a session's device.

use tokio::time::Instant;
use vakhta_app::device::{DeviceInbox, EventPicture, drift_ms};
use vakhta_domain::passage::LogEntry;

use super::Session;
use crate::client::ClientError;
use crate::driver::{End, scatter};
use crate::probe::{is_still, measure};

impl<I: DeviceInbox> Session<'_, I> {
    pub(super) async fn measure(&mut self) -> Result<(), End> {
        self.next_measure = Instant::now() + scatter(self.settings.measure);
        if !is_still(self.client, &self.identity.hardware).await? {
            return self.swapped().await;
        }
        self.identity.clock = measure(self.client, || self.inbox.now()).await?;
        self.reporter.condition.drift_ms = self.identity.clock.drift.map(drift_ms);
        self.reporter.tell();
        Ok(())
    }

    /// Keeps the pictures whose events have been written down.
    pub(super) async fn keep_pictures(&mut self) -> Result<(), End> {
        let waiting = std::mem::take(&mut self.pictures);
        for (entry, jpeg) in waiting {
            let known = match entry.serial() {
                Some(serial) => self.cursor.met(serial),
                None => true,
            };
            if known {
                self.to_fetch.retain(|(wanted, _)| *wanted != entry);
                self.keep(entry, jpeg).await?;
            } else {
                self.pictures.push_back((entry, jpeg));
            }
        }
        Ok(())
    }

    pub(super) async fn fetch_picture(&mut self) -> Result<(), End> {
        let Some((entry, url)) = self.to_fetch.pop_front() else { return Ok(()) };
        match self.client.picture(&url).await {
            Ok(jpeg) => self.keep(entry, jpeg).await,
            Err(
                why @ (ClientError::Refused { .. } | ClientError::Unreachable(_) | ClientError::Broken(_)),
            ) => Err(why.into()),
            Err(why) => {
                tracing::warn!(device = %self.device, %why, "a picture could not be fetched");
                Ok(())
            }
        }
    }

    pub(super) async fn keep(&self, entry: LogEntry, jpeg: Vec<u8>) -> Result<(), End> {
        let picture = EventPicture { device: self.device, epoch: self.epoch, entry, jpeg };
        self.inbox.keep_picture(picture).await.map_err(|why| End::NotWritten(why.to_string()))
    }
}

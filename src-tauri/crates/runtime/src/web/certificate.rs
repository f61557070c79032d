//! The certificate that is shown now. Another takes its place while connections are open.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::Context;
use jiff::Timestamp;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;
use vakhta_app::secret::Secrets;

use crate::authority::{Authority, Lifetime, Name, ServerCertificate};
use crate::core::Core;
use crate::local::stopped;

/// As the background task is listed.
const TASK: &str = "certificate";
/// How often it is looked whether it is time; also after the machine has slept.
const LOOKED: Duration = Duration::from_secs(600);

/// What is shown to whoever connects.
#[derive(Debug)]
pub(super) struct Shown {
    names: Vec<Name>,
    provider: Arc<CryptoProvider>,
    current: RwLock<Current>,
}

#[derive(Debug)]
struct Current {
    certificate: ServerCertificate,
    certified: Arc<CertifiedKey>,
    authority: Lifetime,
}

impl Current {
    fn of(
        authority: &Authority,
        secrets: &dyn Secrets,
        names: &[Name],
        provider: &CryptoProvider,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let certificate = ServerCertificate::of(authority, secrets, names, now)?;
        let certified = Arc::new(certificate.certified(provider)?);
        Ok(Self { certificate, certified, authority: authority.lifetime() })
    }
}

impl Shown {
    /// Begins with a certificate of this authority. Blocks.
    pub(super) fn begin(
        authority: &Authority,
        secrets: &dyn Secrets,
        names: Vec<Name>,
        provider: Arc<CryptoProvider>,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let current = RwLock::new(Current::of(authority, secrets, &names, &provider, now)?);
        Ok(Self { names, provider, current })
    }

    /// Replaces it when it is time; in words, how things are. Blocks.
    pub(super) fn renew(&self, secrets: &dyn Secrets, now: Timestamp) -> anyhow::Result<String> {
        let due = self.read(|current| current.certificate.is_due(now));
        if due {
            let authority = Authority::existing(secrets)?;
            let authority = authority.context("the authority is not among the secrets any more")?;
            let next = Current::of(&authority, secrets, &self.names, &self.provider, now)?;
            *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
            tracing::info!("a new certificate is shown");
        }
        Ok(self.read(|current| {
            let good = format!("good until {}", current.certificate.until().strftime("%Y-%m-%d"));
            current.authority.warning(now).map_or(good.clone(), |warning| format!("{good}; {warning}"))
        }))
    }

    fn read<T>(&self, look: impl FnOnce(&Current) -> T) -> T {
        look(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.read(|current| Arc::clone(&current.certified)))
    }
}

/// Sees to it that a good certificate is shown until `stop` turns true.
pub(super) async fn keep_good(shown: Arc<Shown>, core: Arc<Core>, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(LOOKED);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stopped(&mut stop) => return,
        }
        let look = Arc::clone(&shown);
        let looked = core.blocking(move |core| look.renew(core.secrets.as_ref(), core.now())).await;
        let words = match looked {
            Ok(Ok(words)) => words,
            Ok(Err(why)) => {
                tracing::error!(why = format!("{why:#}"), "the certificate could not be renewed");
                format!("could not be renewed: {why:#}")
            }
            Err(_) => return,
        };
        core.tasks.note(TASK, core.now(), words);
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use vakhta_app::secret::SecretText;
    use vakhta_secrets::{OpenOptions, Place};

    use super::*;

    #[test]
    fn it_is_replaced_in_time_while_it_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let passphrase = Some(SecretText::new("a passphrase".into()));
        let options = OpenOptions { place: Some(Place::Sealed), passphrase, ..OpenOptions::default() };
        let secrets = vakhta_secrets::open(folder.path(), &options).unwrap();
        let now: Timestamp = "2026-11-27T09:00:00Z".parse().unwrap();
        let after = |days: i64| now + SignedDuration::from_hours(24 * days);
        let names = vec![Name::read("desk.local").unwrap()];
        let (authority, _) = Authority::of(folder.path(), secrets.as_ref(), &names, false, now).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let shown = Shown::begin(&authority, secrets.as_ref(), names, provider, now).unwrap();
        let certificate = || shown.read(|current| current.certified.cert[0].clone());

        let first = certificate();
        assert_eq!(shown.renew(secrets.as_ref(), after(59)).unwrap(), "good until 2027-02-25");
        assert_eq!(certificate(), first);
        assert_eq!(shown.renew(secrets.as_ref(), after(60)).unwrap(), "good until 2027-04-26");
        assert_ne!(certificate(), first);
        let words = shown.renew(secrets.as_ref(), after(3600)).unwrap();
        assert!(words.contains("ends soon"), "{words}");

        // What was shown stays when there is nothing to make another one with.
        let last = certificate();
        secrets.remove(crate::authority::AUTHORITY).unwrap();
        assert!(shown.renew(secrets.as_ref(), after(3660)).is_err());
        assert_eq!(certificate(), last);
    }
}

//! The certificate that this machine shows, and when it is replaced.
//!
//! It is good for 90 days, because nothing but its end takes a stolen one back, and replaced 30
//! days before that: a machine that is switched off for a month still begins with a good one.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use vakhta_app::secret::Secrets;

use super::{Authority, CLOCKS_DIFFER, Certificate, Name, called, kept, params, signs};

/// The name of its key among the secrets.
const SERVER: &str = "tls-server";
const VALID: SignedDuration = SignedDuration::from_hours(90 * 24);
/// This long before its end a certificate is replaced.
pub(super) const RENEWED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What is known of a server's certificate besides its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct About {
    certificate: Certificate,
    names: Vec<Name>,
    /// The fingerprint of the authority that made it, hex.
    authority: String,
    from: Timestamp,
    until: Timestamp,
}

/// A certificate of this machine with its key.
#[derive(Debug)]
pub struct ServerCertificate {
    key: KeyPair,
    about: About,
}

impl ServerCertificate {
    /// The one that was kept, where it is good for these names and for a while; else a new one,
    /// which is kept. Blocks.
    ///
    /// # Errors
    /// When secrets cannot be read.
    pub fn of(
        authority: &Authority,
        secrets: &dyn Secrets,
        names: &[Name],
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let kept = kept::get(secrets, SERVER).unwrap_or_else(|why| {
            // Nothing is lost with it.
            tracing::warn!(%why, "the kept certificate is not used");
            None
        });
        if let Some((key, about)) = kept {
            let certificate = Self { key, about };
            if certificate.is_of(authority, names) && !certificate.is_due(now) {
                return Ok(certificate);
            }
        }
        let certificate = Self::issue(authority, names, now)?;
        if let Err(why) = kept::put(secrets, SERVER, &certificate.key, &certificate.about) {
            tracing::warn!(%why, "the certificate is not kept; the next start makes another");
        }
        Ok(certificate)
    }

    fn issue(authority: &Authority, names: &[Name], now: Timestamp) -> anyhow::Result<Self> {
        // A key for each: a stolen one ends with its certificate.
        let key = KeyPair::generate()?;
        let (from, until) = (now - CLOCKS_DIFFER, now + VALID);
        let mut params = params("Vakhta", from, until)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        params.subject_alt_names = names.iter().map(Name::in_certificate).collect::<Result<_, _>>()?;
        let mut issuer = CertificateParams::default();
        issuer.distinguished_name = Default::default();
        issuer.distinguished_name.push(rcgen::DnType::CommonName, called(&authority.about.id));
        issuer.key_usages = signs();
        let issuer = Issuer::new(issuer, &authority.key);
        let certificate = Certificate(params.signed_by(&key, &issuer)?.into());
        let authority = authority.fingerprint().to_string();
        Ok(Self { key, about: About { certificate, names: names.to_vec(), authority, from, until } })
    }

    fn is_of(&self, authority: &Authority, names: &[Name]) -> bool {
        self.about.authority == authority.fingerprint().to_string() && self.about.names == names
    }

    /// Whether it is to be replaced; also when a clock that was wrong has been put right.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        now < self.about.from || self.about.until - RENEWED <= now
    }

    /// When it ends.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.about.until
    }

    /// For a TLS server. The authority's own certificate is not among what is shown: who trusts it
    /// has it.
    ///
    /// # Errors
    /// When key and certificate do not belong together.
    pub fn certified(&self, provider: &CryptoProvider) -> anyhow::Result<CertifiedKey> {
        let key = PrivatePkcs8KeyDer::from(self.key.serialize_der());
        CertifiedKey::from_der(vec![self.about.certificate.0.clone()], key.into(), provider)
            .context("the certificate cannot be used")
    }
}

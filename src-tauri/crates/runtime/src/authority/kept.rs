//! How a private key rests among the secrets, with what is known of it: the key, PKCS #8 in
//! base64, a space, and the rest in JSON. The certificate rests with its key, so that the two
//! cannot part.

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::KeyPair;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use vakhta_app::secret::{SecretText, Secrets};
use zeroize::Zeroizing;

/// A certificate as JSON has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Certificate(pub CertificateDer<'static>);

impl TryFrom<String> for Certificate {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(Self(BASE64.decode(text)?.into()))
    }
}

impl From<Certificate> for String {
    fn from(certificate: Certificate) -> Self {
        BASE64.encode(&certificate.0)
    }
}

impl Certificate {
    /// For files.
    pub fn pem(&self) -> String {
        let text = BASE64.encode(&self.0);
        let mut pem = "-----BEGIN CERTIFICATE-----\n".to_owned();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, more) = rest.split_at(rest.len().min(64));
            pem.push_str(line);
            pem.push('\n');
            rest = more;
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        pem
    }
}

/// Keeps a key, durable when this returns.
pub fn put<T: Serialize>(secrets: &dyn Secrets, name: &str, key: &KeyPair, about: &T) -> anyhow::Result<()> {
    let about = serde_json::to_string(about)?;
    // With room from the start: a text that grows leaves its beginnings behind in memory.
    let mut text = String::with_capacity(key.serialized_der().len() * 2 + about.len());
    BASE64.encode_string(key.serialized_der(), &mut text);
    text.push(' ');
    text.push_str(&about);
    secrets.put(name, &SecretText::new(text)).with_context(|| format!("the secret “{name}”"))
}

/// `None` where none was kept.
pub fn get<T: DeserializeOwned>(secrets: &dyn Secrets, name: &str) -> anyhow::Result<Option<(KeyPair, T)>> {
    let Some(text) = secrets.get(name).with_context(|| format!("the secret “{name}”"))? else {
        return Ok(None);
    };
    let read = || {
        let (key, about) = text.reveal().split_once(' ')?;
        let key = Zeroizing::new(BASE64.decode(key).ok()?);
        let key = KeyPair::try_from(&PrivatePkcs8KeyDer::from(key.as_slice())).ok()?;
        Some((key, serde_json::from_str(about).ok()?))
    };
    // What exactly is wrong might say something of the secret.
    let found = read().with_context(|| format!("the secret “{name}” cannot be read; restore it"))?;
    Ok(Some(found))
}

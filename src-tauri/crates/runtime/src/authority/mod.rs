//! The authority of a data folder: its own certificates show browsers on other machines that they
//! speak to this Vakhta. Made once; its key rests among the secrets, its certificate also in
//! `tls/authority.pem`, from where an administrator installs it on workstations.
//!
//! It vouches for little ([`name`]), for servers alone, and makes no further authorities.

mod kept;
mod name;
mod server;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    SerialNumber,
};
use serde::{Deserialize, Serialize};
use vakhta_app::secret::Secrets;
use vakhta_app::view::AuthorityView;
use vakhta_domain::operation::Hash;

use crate::folder::{create_private, write_private};
pub use kept::Certificate;
pub use name::{Name, NoName, machine_name};
pub use server::ServerCertificate;

/// The name of the authority's key among the secrets.
pub const AUTHORITY: &str = "tls-authority";
/// Its certificate, in the data folder.
const FOLDER: &str = "tls";
const FILE: &str = "authority.pem";

/// Until it ends every workstation has to be told of another one: seldom enough.
const VALID: SignedDuration = SignedDuration::from_hours(3653 * 24);
/// Before it ends this is said at every start, and in `vakhtad status`.
const WARNED: SignedDuration = SignedDuration::from_hours(180 * 24);
/// Workstations without a network's clock run late: to them what was made now is not good yet.
pub(crate) const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(24);

/// One at a time makes an authority, or two would be made for one folder.
static MAKING: Mutex<()> = Mutex::new(());

/// What is known of an authority besides its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct About {
    /// Tells authorities apart in a list; no secret.
    id: String,
    certificate: Certificate,
    /// What it was made for.
    names: Vec<Name>,
    from: Timestamp,
    until: Timestamp,
}

/// An authority with its key.
#[derive(Debug)]
pub struct Authority {
    key: KeyPair,
    about: About,
}

impl Authority {
    /// The folder's, made for `names` where there is none yet or `anew` demands it, and kept. The
    /// flag tells whether it was made. Writes its certificate where that is not there. Blocks.
    ///
    /// # Errors
    /// When secrets or the folder cannot be read or written.
    pub fn of(
        folder: &Path,
        secrets: &dyn Secrets,
        names: &[Name],
        anew: bool,
        now: Timestamp,
    ) -> anyhow::Result<(Self, bool)> {
        let _one = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
        let found = if anew { None } else { Self::existing(secrets)? };
        let made = found.is_none();
        let authority = match found {
            Some(authority) => authority,
            None => {
                if !anew && path(folder).exists() {
                    tracing::warn!("the key of the authority that was here is lost: another one is made");
                }
                let authority = Self::make(names, now)?;
                kept::put(secrets, AUTHORITY, &authority.key, &authority.about)?;
                authority
            }
        };
        authority.publish(folder)?;
        Ok((authority, made))
    }

    /// The one that rests among the secrets; `None` where none was made. Blocks.
    ///
    /// # Errors
    /// When secrets cannot be read.
    pub fn existing(secrets: &dyn Secrets) -> anyhow::Result<Option<Self>> {
        Ok(kept::get(secrets, AUTHORITY)?.map(|(key, about)| Self { key, about }))
    }

    fn make(names: &[Name], now: Timestamp) -> anyhow::Result<Self> {
        let mut id = [0; 4];
        getrandom::fill(&mut id)?;
        let key = KeyPair::generate()?;
        let names = name::beyond_inside(names);
        let (from, until) = (now - CLOCKS_DIFFER, now + VALID);
        let mut params = params(&called(&hex::encode_upper(id)), from, until)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = signs();
        params.name_constraints = Some(name::constraints(&names));
        let certificate = Certificate(params.self_signed(&key)?.into());
        let about = About { id: hex::encode_upper(id), certificate, names, from, until };
        Ok(Self { key, about })
    }

    fn publish(&self, folder: &Path) -> anyhow::Result<()> {
        let path = path(folder);
        let pem = self.about.certificate.pem();
        if std::fs::read(&path).is_ok_and(|found| found == pem.as_bytes()) {
            return Ok(());
        }
        create_private(&folder.join(FOLDER))
            .and_then(|()| write_private(&path, pem.as_bytes()))
            .with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Whether browsers that trust it take its word for a name.
    #[must_use]
    pub fn vouches_for(&self, name: &Name) -> bool {
        name::vouches_for(&self.about.names, name)
    }

    /// SHA-256 of its certificate.
    #[must_use]
    pub fn fingerprint(&self) -> Hash {
        Hash::of(&self.about.certificate.0)
    }

    /// From when to when it is good.
    #[must_use]
    pub fn lifetime(&self) -> Lifetime {
        Lifetime { from: self.about.from, until: self.about.until }
    }

    /// For whoever installs it.
    #[must_use]
    pub fn view(&self, folder: &Path) -> AuthorityView {
        let digits: Vec<String> = self.fingerprint().0.iter().map(|byte| format!("{byte:02X}")).collect();
        AuthorityView {
            path: path(folder).display().to_string(),
            pem: self.about.certificate.pem(),
            fingerprint: digits.join(":"),
            name: called(&self.about.id),
            vouches_for: name::in_words(&self.about.names),
            from: self.about.from,
            until: self.about.until,
        }
    }
}

/// From when to when an authority is good.
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    from: Timestamp,
    until: Timestamp,
}

impl Lifetime {
    /// What is wrong with it, or soon will be.
    #[must_use]
    pub fn warning(self, now: Timestamp) -> Option<String> {
        let words = match () {
            () if now < self.from => "the authority is not good yet: is this machine's clock right?",
            () if self.until <= now => "the authority has ended, and no browser believes it any more",
            () if self.until - WARNED <= now => "the authority ends soon",
            () => return None,
        };
        let until = self.until.strftime("%Y-%m-%d");
        Some(format!("{words} (good until {until}; another one: vakhtad authority --anew)"))
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(FOLDER).join(FILE)
}

fn called(id: &str) -> String {
    format!("Vakhta authority {id}")
}

fn signs() -> Vec<KeyUsagePurpose> {
    vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign]
}

/// What all certificates here have in common.
fn params(called: &str, from: Timestamp, until: Timestamp) -> anyhow::Result<CertificateParams> {
    let mut serial = [0; 16];
    getrandom::fill(&mut serial)?;
    // A number must not begin with zeros, and not be negative.
    serial[0] = serial[0] & 0x7f | 0x40;
    let mut params = CertificateParams::default();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let since = |at: Timestamp| std::time::Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0));
    params.not_before = epoch + since(from);
    params.not_after = epoch + since(until);
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name = Default::default();
    params.distinguished_name.push(DnType::CommonName, called);
    // Of an authority too: Windows then believes it about servers alone, and not about programs.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}

#[cfg(test)]
mod tests;

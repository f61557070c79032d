//! HTTP Digest as the devices speak it (RFC 7616, RFC 2617 and what comes near them).
//!
//! Values in, header value out; nonces are counted, and refusals thought about, elsewhere.
//! See [`choose`] for what is picked of an answer with status 401.

mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

use md5::Md5;
use sha2::{Digest, Sha256};

use parse::Raw;

/// A user name and its password. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Login name on the device.
    pub user: String,
    /// In plain text: Digest needs it for every realm anew.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// What a device wants for a login, in our order of preference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// A digest challenge that can be answered.
    Digest(Challenge),
    /// Basic and no digest that we know: old units. It gives the password away, so whether to
    /// answer is the caller's decision.
    Basic,
}

/// A digest challenge that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// As the device spelt it; echoed only if it was there.
    algorithm_word: Option<String>,
    qop: Option<Qop>,
    stale: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Algorithm {
    hash: Hash,
    session: bool,
}

/// From the weaker to the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hash {
    Md5,
    Sha256,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Qop {
    Auth,
    AuthInt,
}

impl Qop {
    fn word(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }
}

/// The strongest challenge that can be answered, of all `WWW-Authenticate` values of an answer.
/// A value may hold several challenges. Of equals the first one wins, as the device ordered them.
#[must_use]
pub fn choose(headers: &[&str]) -> Option<Challenge> {
    let mut best: Option<Challenge> = None;
    for challenge in headers.iter().flat_map(|value| parse::challenges(value)).filter_map(usable) {
        if best.as_ref().is_none_or(|best| challenge.algorithm.hash > best.algorithm.hash) {
            best = Some(challenge);
        }
    }
    best
}

/// As [`choose`], but tells a device that knows Basic alone from one without any challenge:
/// the latter is what devices send for a worn-out nonce.
#[must_use]
pub fn offered(headers: &[&str]) -> Option<Offer> {
    if let Some(challenge) = choose(headers) {
        return Some(Offer::Digest(challenge));
    }
    let basic = headers
        .iter()
        .flat_map(|value| parse::challenges(value))
        .any(|raw| raw.scheme.eq_ignore_ascii_case("basic"));
    basic.then_some(Offer::Basic)
}

fn usable(raw: Raw) -> Option<Challenge> {
    if !raw.scheme.eq_ignore_ascii_case("digest") {
        return None;
    }
    let nonce = raw.get("nonce").filter(|nonce| !nonce.is_empty())?.to_owned();
    // What no header can say back can only be answered wrongly, and that costs a login try.
    let unspeakable = |name| raw.get(name).is_some_and(|value| value.contains(is_unspeakable));
    if ["nonce", "realm", "opaque"].into_iter().any(unspeakable) {
        return None;
    }
    let algorithm_word = raw.get("algorithm").filter(|word| !word.is_empty());
    Some(Challenge {
        nonce,
        realm: raw.get("realm").unwrap_or_default().to_owned(),
        opaque: raw.get("opaque").filter(|opaque| !opaque.is_empty()).map(str::to_owned),
        algorithm: algorithm_word.map_or(Some(PLAIN), algorithm)?,
        algorithm_word: algorithm_word.map(str::to_owned),
        qop: qop(raw.get("qop").unwrap_or_default())?,
        stale: raw.get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
    })
}

/// No header may have it in its value.
fn is_unspeakable(c: char) -> bool {
    c.is_ascii_control() && c != '\t'
}

/// What a challenge without an algorithm means.
const PLAIN: Algorithm = Algorithm { hash: Hash::Md5, session: false };

fn algorithm(word: &str) -> Option<Algorithm> {
    let word = word.to_ascii_lowercase();
    let (name, session) = match word.strip_suffix("-sess") {
        Some(name) => (name, true),
        None => (word.as_str(), false),
    };
    let hash = match name {
        "md5" => Hash::Md5,
        "sha-256" | "sha256" => Hash::Sha256,
        _ => return None,
    };
    Some(Algorithm { hash, session })
}

/// The protection to use: `Some(None)` for the old form without any, `None` when the device
/// wants only what we do not know. A guess would cost one of its few login tries.
fn qop(list: &str) -> Option<Option<Qop>> {
    let mut words = list.split([',', ' ', '\t']).filter(|word| !word.is_empty()).peekable();
    if words.peek().is_none() {
        return Some(None);
    }
    let mut integrity = false;
    for word in words {
        if word.eq_ignore_ascii_case("auth") {
            return Some(Some(Qop::Auth));
        }
        integrity |= word.eq_ignore_ascii_case("auth-int");
    }
    integrity.then_some(Some(Qop::AuthInt))
}

impl Challenge {
    /// The device says that only the nonce was too old: the credentials were right.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// What the device calls itself to whoever logs in.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The value of the `Authorization` header for one request.
    ///
    /// `target` is the request target byte for byte, with its query; `nc` counts the uses of
    /// this nonce from 1; `body` matters only where the device insists on `auth-int`.
    #[must_use]
    pub fn answer(
        &self,
        credentials: &Credentials,
        method: &str,
        target: &str,
        nc: u32,
        cnonce: &str,
        body: &[u8],
    ) -> String {
        let nc = format!("{nc:08x}");
        let secret = self.secret(credentials, cnonce);
        let request = self.request(method, target, body);
        let response = match self.qop {
            Some(qop) => self.hash(&[&secret, &self.nonce, &nc, cnonce, qop.word(), &request]),
            None => self.hash(&[&secret, &self.nonce, &request]),
        };
        let mut value = Value::new();
        value.quoted("username", &credentials.user);
        value.quoted("realm", &self.realm);
        value.quoted("nonce", &self.nonce);
        value.quoted("uri", target);
        if let Some(word) = &self.algorithm_word {
            value.bare("algorithm", word);
        }
        value.quoted("response", &response);
        if let Some(qop) = self.qop {
            value.bare("qop", qop.word());
            value.bare("nc", &nc);
        }
        if self.qop.is_some() || self.algorithm.session {
            value.quoted("cnonce", cnonce);
        }
        if let Some(opaque) = &self.opaque {
            value.quoted("opaque", opaque);
        }
        value.0
    }

    /// `A1` of the RFC, hashed.
    fn secret(&self, credentials: &Credentials, cnonce: &str) -> String {
        let plain = self.hash(&[&credentials.user, &self.realm, &credentials.password]);
        if self.algorithm.session { self.hash(&[&plain, &self.nonce, cnonce]) } else { plain }
    }

    /// `A2` of the RFC, hashed.
    fn request(&self, method: &str, target: &str, body: &[u8]) -> String {
        match self.qop {
            Some(Qop::AuthInt) => self.hash(&[method, target, &self.hash_bytes(body)]),
            _ => self.hash(&[method, target]),
        }
    }

    fn hash(&self, parts: &[&str]) -> String {
        self.hash_bytes(parts.join(":").as_bytes())
    }

    fn hash_bytes(&self, bytes: &[u8]) -> String {
        match self.algorithm.hash {
            Hash::Md5 => hex::encode(Md5::digest(bytes)),
            Hash::Sha256 => hex::encode(Sha256::digest(bytes)),
        }
    }
}

/// A header value under construction.
struct Value(String);

impl Value {
    fn new() -> Self {
        Self("Digest ".to_owned())
    }

    fn bare(&mut self, name: &str, value: &str) {
        if !self.0.ends_with(' ') {
            self.0.push_str(", ");
        }
        self.0.push_str(name);
        self.0.push('=');
        self.0.push_str(value);
    }

    fn quoted(&mut self, name: &str, value: &str) {
        let mut text = String::with_capacity(value.len() + 2);
        text.push('"');
        // A line end would let a device's words become headers of ours.
        for c in value.chars().filter(|c| !is_unspeakable(*c)) {
            if matches!(c, '"' | '\\') {
                text.push('\\');
            }
            text.push(c);
        }
        text.push('"');
        self.bare(name, &text);
    }
}

//! Digest access authentication, the server's side. Pure functions.

use md5::{Digest, Md5};
use sha2::Sha256;

use crate::faults::Challenges;

/// What a client sent in its Authorization header.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub username: String,
    pub realm: String,
    pub nonce: String,
    pub uri: String,
    pub response: String,
    pub algorithm: Option<String>,
    pub qop: Option<String>,
    pub nc: Option<String>,
    pub cnonce: Option<String>,
    pub opaque: Option<String>,
    /// `qop` or `nc` came in quotes, which devices do not accept.
    pub quoted_tokens: bool,
}

/// Reads `Digest a="b", c=d`; quotes may hold commas and escapes.
pub(crate) fn parse(header: &str) -> Option<Credentials> {
    let (scheme, rest) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("digest") {
        return None;
    }
    let mut out = Credentials::default();
    let mut chars = rest.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace() || *c == ',').is_some() {}
        if chars.peek().is_none() {
            break;
        }
        let mut key = String::new();
        loop {
            match chars.next()? {
                '=' => break,
                c => key.push(c),
            }
        }
        let quoted = chars.next_if_eq(&'"').is_some();
        let mut value = String::new();
        loop {
            match chars.next() {
                Some('\\') if quoted => value.push(chars.next()?),
                Some('"') if quoted => break,
                None if quoted => return None,
                Some(',') if !quoted => break,
                None => break,
                Some(c) => value.push(c),
            }
        }
        let key = key.trim().to_ascii_lowercase();
        let value = if quoted { value } else { value.trim().to_owned() };
        if quoted && (key == "qop" || key == "nc") {
            out.quoted_tokens = true;
        }
        match key.as_str() {
            "username" => out.username = value,
            "realm" => out.realm = value,
            "nonce" => out.nonce = value,
            "uri" => out.uri = value,
            "response" => out.response = value,
            "algorithm" => out.algorithm = Some(value),
            "qop" => out.qop = Some(value),
            "nc" => out.nc = Some(value),
            "cnonce" => out.cnonce = Some(value),
            "opaque" => out.opaque = Some(value),
            _ => {}
        }
    }
    (!out.nonce.is_empty() && !out.response.is_empty()).then_some(out)
}

fn md5(text: &str) -> String {
    hex::encode(Md5::digest(text.as_bytes()))
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// The response that these credentials should carry, or `None` for what the device cannot do.
pub(crate) fn expected(credentials: &Credentials, method: &str, password: &str) -> Option<String> {
    let algorithm = credentials.algorithm.as_deref().unwrap_or("MD5").to_ascii_uppercase();
    let (hash, session): (fn(&str) -> String, bool) = match algorithm.as_str() {
        "MD5" => (md5, false),
        "MD5-SESS" => (md5, true),
        "SHA-256" => (sha256, false),
        _ => return None,
    };
    let Credentials { username, realm, nonce, uri, .. } = credentials;
    let mut secret = hash(&format!("{username}:{realm}:{password}"));
    if session {
        secret = hash(&format!("{secret}:{nonce}:{}", credentials.cnonce.as_deref()?));
    }
    let request = hash(&format!("{method}:{uri}"));
    match credentials.qop.as_deref() {
        None => Some(hash(&format!("{secret}:{nonce}:{request}"))),
        Some("auth") => {
            let (nc, cnonce) = (credentials.nc.as_deref()?, credentials.cnonce.as_deref()?);
            Some(hash(&format!("{secret}:{nonce}:{nc}:{cnonce}:auth:{request}")))
        }
        Some(_) => None,
    }
}

/// Whether the algorithm is one that was offered.
pub(crate) fn offered(challenges: Challenges, algorithm: Option<&str>) -> bool {
    let algorithm = algorithm.unwrap_or("MD5").to_ascii_uppercase();
    match challenges {
        Challenges::Md5 | Challenges::Md5Explicit | Challenges::Md5NoQop | Challenges::Md5QopList => {
            algorithm == "MD5"
        }
        Challenges::Md5Sess => algorithm == "MD5-SESS",
        Challenges::Sha256 | Challenges::Sha256NoQop => algorithm == "SHA-256",
        Challenges::Both | Challenges::BothJoined | Challenges::BothReversed => {
            algorithm == "MD5" || algorithm == "SHA-256"
        }
    }
}

/// The values of the `WWW-Authenticate` headers, in order.
pub(crate) fn challenges(
    kind: Challenges,
    realm: &str,
    nonce: &str,
    stale: bool,
    extras: bool,
) -> Vec<String> {
    let one = |qop: &str, algorithm: &str| {
        let mut text = String::from("Digest ");
        if !qop.is_empty() {
            text += &format!("qop=\"{qop}\", ");
        }
        text += &format!("realm=\"{realm}\", nonce=\"{nonce}\"");
        if !algorithm.is_empty() {
            text += &format!(", algorithm={algorithm}");
        }
        if extras {
            text += ", domain=\"::\", opaque=\"\"";
        }
        text + &format!(", stale=\"{}\"", if stale { "TRUE" } else { "FALSE" })
    };
    match kind {
        Challenges::Md5 => vec![one("auth", "")],
        Challenges::Md5Explicit => vec![one("auth", "MD5")],
        Challenges::Md5NoQop => vec![one("", "")],
        Challenges::Md5Sess => vec![one("auth", "MD5-sess")],
        Challenges::Md5QopList => vec![one("auth,auth-int", "MD5")],
        Challenges::Sha256 => vec![one("auth", "SHA-256")],
        Challenges::Sha256NoQop => vec![one("", "SHA-256")],
        Challenges::Both => vec![one("auth", "SHA-256"), one("auth", "MD5")],
        Challenges::BothReversed => vec![one("auth", "MD5"), one("auth", "SHA-256")],
        Challenges::BothJoined => vec![format!("{}, {}", one("auth", "MD5"), one("auth", "SHA-256"))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7616, section 3.9.1.
    fn mufasa(algorithm: &str) -> Credentials {
        Credentials {
            username: "Mufasa".into(),
            realm: "http-auth@example.org".into(),
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v".into(),
            uri: "/dir/index.html".into(),
            algorithm: Some(algorithm.into()),
            qop: Some("auth".into()),
            nc: Some("00000001".into()),
            cnonce: Some("f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ".into()),
            ..Credentials::default()
        }
    }

    #[test]
    fn rfc_7616_vectors() {
        let response = |a| expected(&mufasa(a), "GET", "Circle of Life").unwrap();
        assert_eq!(response("MD5"), "8ca523f5e9506fed4657c9700eebdbec");
        assert_eq!(response("SHA-256"), "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
    }

    #[test]
    fn headers_with_commas_and_escapes_in_quotes() {
        let c = parse(r#"Digest username="a,\"b", realm="r", nonce="n", uri="/x?a=1,2", nc=00000001, qop=auth, response="00""#)
            .unwrap();
        assert_eq!(
            (c.username.as_str(), c.uri.as_str(), c.nc.as_deref()),
            ("a,\"b", "/x?a=1,2", Some("00000001"))
        );
        assert!(!c.quoted_tokens);
        assert!(parse(r#"Digest nonce="n", response="r", qop="auth""#).unwrap().quoted_tokens);
        assert!(parse("Basic YTpi").is_none());
        assert!(parse("Digest nonce=\"n").is_none());
    }
}

//! Where the page is served: how its address is written, and whom a browser may mean by it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, StatusCode, header};

use crate::authority::Name;

/// The page's address, under each of its names.
#[derive(Debug)]
pub(super) struct Address {
    /// The first is what people are told.
    names: Vec<Name>,
    port: u16,
    secure: bool,
}

impl Address {
    /// On this machine alone, without TLS.
    pub(super) fn loopback(bound: SocketAddr) -> Self {
        let mut names = vec![Name::Address(bound.ip())];
        names.extend(own_names().filter(|name| *name != Name::Address(bound.ip())));
        Self { names, port: bound.port(), secure: false }
    }

    /// By TLS, under the names of the certificate.
    pub(super) fn secure(names: Vec<Name>, port: u16) -> Self {
        Self { names, port, secure: true }
    }

    /// Served by TLS.
    pub(super) fn is_secure(&self) -> bool {
        self.secure
    }

    /// What people open.
    pub(super) fn page(&self) -> String {
        self.written(if self.secure { "https" } else { "http" })
    }

    /// The feed for programs.
    pub(super) fn feed(&self) -> String {
        self.written(if self.secure { "wss" } else { "ws" }) + "live"
    }

    fn written(&self, scheme: &str) -> String {
        let name = self.names.first().map(Name::in_url).unwrap_or_default();
        format!("{scheme}://{name}:{}/", self.port)
    }

    /// Cookies know no ports: each port's has a name of its own. By TLS the name also says that
    /// nobody else of the same domain can have set it.
    pub(super) fn cookie_name(&self) -> String {
        format!("{}vakhta-{}", if self.secure { "__Host-" } else { "" }, self.port)
    }

    /// Host first: a name that somebody else's DNS points at this machine is not ours. Then Origin.
    pub(super) fn stranger(&self, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let host = text(header::HOST).filter(|host| self.is_host(host));
        let Some(host) = host else {
            return Some((StatusCode::MISDIRECTED_REQUEST, "not a name of this machine\n"));
        };
        let scheme = if self.secure { "https://" } else { "http://" };
        let origin = text(header::ORIGIN).and_then(|origin| origin.strip_prefix(scheme));
        let foreign = headers.contains_key(header::ORIGIN) && origin != Some(host);
        foreign.then_some((StatusCode::FORBIDDEN, "not from another site's page\n"))
    }

    fn is_host(&self, host: &str) -> bool {
        // Browsers leave out the port that goes without saying.
        let usual = if self.secure { 443 } else { 80 };
        self.names
            .iter()
            .map(Name::in_url)
            .any(|name| host == format!("{name}:{}", self.port) || (self.port == usual && host == name))
    }
}

/// What a browser on this machine may call it.
pub(super) fn own_names() -> impl Iterator<Item = Name> {
    [
        Name::Address(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        Name::Host("localhost".to_owned()),
        Name::Address(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ]
    .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(address: &Address, host: &str, origin: Option<&str>) -> Option<u16> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        address.stranger(&headers).map(|(status, _)| status.as_u16())
    }

    #[test]
    fn the_host_is_looked_at_first_and_then_the_origin() {
        let address = Address::loopback("127.0.0.1:8137".parse().unwrap());
        for host in ["127.0.0.1:8137", "localhost:8137", "[::1]:8137"] {
            assert_eq!(judged(&address, host, None), None);
            assert_eq!(judged(&address, host, Some(&format!("http://{host}"))), None);
            for foreign in ["http://evil.example", &format!("https://{host}"), "null"] {
                assert_eq!(judged(&address, host, Some(foreign)), Some(403));
            }
        }
        assert_eq!(judged(&address, "127.0.0.1:8137", Some("http://127.0.0.1:8138")), Some(403));
        assert_eq!(judged(&address, "127.0.0.1:8137", Some("http://localhost:8137")), Some(403));
        for host in ["127.0.0.1", "127.0.0.1:80", "evil.example:8137", "localhost.evil.example:8137"] {
            assert_eq!(judged(&address, host, None), Some(421), "{host}");
            assert_eq!(judged(&address, host, Some("http://127.0.0.1:8137")), Some(421), "{host}");
        }
    }

    #[test]
    fn by_tls_the_names_are_those_of_the_certificate() {
        let names = ["desk.local", "fd00::5"].map(|name| Name::read(name).unwrap());
        let address = Address::secure(names.to_vec(), 8443);
        assert_eq!(address.page(), "https://desk.local:8443/");
        assert_eq!(address.feed(), "wss://desk.local:8443/live");
        assert_eq!(judged(&address, "desk.local:8443", Some("https://desk.local:8443")), None);
        assert_eq!(judged(&address, "[fd00::5]:8443", None), None);
        assert_eq!(judged(&address, "desk.local:8443", Some("http://desk.local:8443")), Some(403));
        assert_eq!(judged(&address, "desk.local", None), Some(421));
        assert_eq!(judged(&address, "127.0.0.1:8443", None), Some(421));
        let usual = Address::secure(names.to_vec(), 443);
        assert_eq!(judged(&usual, "desk.local", Some("https://desk.local")), None);
    }
}

//! What a browser may call this machine, and for which of these an authority vouches.
//!
//! An authority that a workstation trusts could otherwise vouch for any site of the world, and its
//! key rests on a desk. So it is made for what can be nobody else's: names and addresses that mean
//! something inside one network alone, the machine's own name, and what was named when it was made.

use std::fmt;
use std::net::IpAddr;

use rcgen::{CidrSubnet, GeneralSubtree, NameConstraints, SanType};
use rustls::pki_types::DnsName;
use serde::{Deserialize, Serialize};

/// Addresses that are routed inside a network only.
const PRIVATE: [&str; 9] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
];

/// Ends of names that are in no public registry: RFC 6761, 6762 (appendix G too) and 8375, and
/// `internal`, which was set aside for this.
const INSIDE: [&str; 9] =
    ["localhost", "local", "lan", "internal", "home.arpa", "intranet", "private", "corp", "home"];

/// A host name, or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Name {
    /// As it stands in a certificate: lower case, other alphabets in their ASCII form, no dot at
    /// the end.
    Host(String),
    /// Of one interface.
    Address(IpAddr),
}

/// What somebody wrote is neither.
#[derive(Debug, thiserror::Error)]
#[error("“{0}” is neither the name of a machine nor an address")]
pub struct NoName(String);

impl Name {
    /// Reads a name as people write it.
    ///
    /// # Errors
    /// When no browser could call a machine so; a name with `*` is none.
    pub fn read(text: &str) -> Result<Self, NoName> {
        let wrong = || NoName(text.to_owned());
        let bare = text.trim();
        let unbracketed = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare);
        if let Ok(address) = unbracketed.parse::<IpAddr>() {
            return Self::address(address).ok_or_else(wrong);
        }
        match url::Host::parse(bare.trim_end_matches('.')).map_err(|_| wrong())? {
            url::Host::Domain(host) => match DnsName::try_from(host.as_str()) {
                Ok(_) => Ok(Self::Host(host)),
                Err(_) => Err(wrong()),
            },
            url::Host::Ipv4(address) => Self::address(address.into()).ok_or_else(wrong),
            url::Host::Ipv6(address) => Self::address(address.into()).ok_or_else(wrong),
        }
    }

    /// One that a browser can be sent to: not “all of them”, not a group.
    #[must_use]
    pub fn address(address: IpAddr) -> Option<Self> {
        let address = address.to_canonical();
        (!address.is_unspecified() && !address.is_multicast()).then_some(Self::Address(address))
    }

    /// As it stands in an address bar and in `Host`, without a port.
    #[must_use]
    pub fn in_url(&self) -> String {
        match self {
            Self::Address(IpAddr::V6(address)) => format!("[{address}]"),
            other => other.to_string(),
        }
    }

    pub(super) fn in_certificate(&self) -> Result<SanType, rcgen::Error> {
        Ok(match self {
            Self::Host(host) => SanType::DnsName(host.as_str().try_into()?),
            Self::Address(address) => SanType::IpAddress(*address),
        })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => f.write_str(host),
            Self::Address(address) => address.fmt(f),
        }
    }
}

impl TryFrom<String> for Name {
    type Error = NoName;

    fn try_from(text: String) -> Result<Self, NoName> {
        Self::read(&text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.to_string()
    }
}

/// As this machine calls itself; `None` where browsers could not.
#[must_use]
pub fn machine_name() -> Option<Name> {
    let name = gethostname::gethostname().into_string().ok()?;
    Name::read(&name).ok()
}

/// Whether a name can be nobody else's, wherever it is asked for.
fn is_inside(name: &Name) -> bool {
    match name {
        Name::Host(host) => INSIDE.iter().any(|end| is_under(host, end)),
        Name::Address(address) => private().any(|subnet| holds(&subnet, *address)),
    }
}

/// Whether an authority that was made for `names` vouches for `name`.
pub(super) fn vouches_for(names: &[Name], name: &Name) -> bool {
    let named = |own: &Name| match (own, name) {
        (Name::Host(own), Name::Host(host)) => is_under(host, own),
        (own, name) => own == name,
    };
    is_inside(name) || names.iter().any(named)
}

/// What an authority has to be made for, so that it vouches for these.
pub(super) fn beyond_inside(names: &[Name]) -> Vec<Name> {
    names.iter().filter(|name| !is_inside(name)).cloned().collect()
}

/// What an authority that was made for `names` vouches for, for people to read.
pub(super) fn in_words(names: &[Name]) -> Vec<String> {
    let ends = INSIDE.iter().map(|end| format!("*.{end}"));
    names.iter().map(Name::to_string).chain(ends).chain(PRIVATE.iter().map(ToString::to_string)).collect()
}

/// The same for those who check certificates.
pub(super) fn constraints(names: &[Name]) -> NameConstraints {
    let named = names.iter().map(|name| match name {
        Name::Host(host) => GeneralSubtree::DnsName(host.clone()),
        Name::Address(address) => {
            let whole = if address.is_ipv4() { 32 } else { 128 };
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(*address, whole))
        }
    });
    let ends = INSIDE.iter().map(|end| GeneralSubtree::DnsName((*end).to_owned()));
    let addresses = private().map(GeneralSubtree::IpAddress);
    NameConstraints {
        permitted_subtrees: named.chain(ends).chain(addresses).collect(),
        excluded_subtrees: Vec::new(),
    }
}

fn private() -> impl Iterator<Item = CidrSubnet> {
    PRIVATE.iter().filter_map(|subnet| subnet.parse().ok())
}

fn holds(subnet: &CidrSubnet, address: IpAddr) -> bool {
    match (subnet, address) {
        (CidrSubnet::V4(net, mask), IpAddr::V4(address)) => masked(&address.octets(), mask) == *net,
        (CidrSubnet::V6(net, mask), IpAddr::V6(address)) => masked(&address.octets(), mask) == *net,
        _ => false,
    }
}

fn masked<const N: usize>(address: &[u8; N], mask: &[u8; N]) -> [u8; N] {
    std::array::from_fn(|i| address[i] & mask[i])
}

fn is_under(host: &str, end: &str) -> bool {
    host.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::read(text).unwrap()
    }

    #[test]
    fn names_come_into_one_form() {
        for (text, form, url) in [
            ("Desk.Bank.KZ.", "desk.bank.kz", "desk.bank.kz"),
            ("пост.рф", "xn--n1abhe.xn--p1ai", "xn--n1abhe.xn--p1ai"),
            ("DESK_1", "desk_1", "desk_1"),
            ("192.168.1.5", "192.168.1.5", "192.168.1.5"),
            ("[FD00::0005]", "fd00::5", "[fd00::5]"),
            ("::ffff:10.0.0.1", "10.0.0.1", "10.0.0.1"),
        ] {
            assert_eq!(
                (name(text).to_string().as_str(), name(text).in_url().as_str()),
                (form, url),
                "{text}"
            );
        }
        for text in ["", "*.bank.kz", "0.0.0.0", "::", "224.0.0.1", "a b", "desk:8443", "https://desk", "-x"]
        {
            assert!(Name::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_authority_vouches_for_what_is_inside_and_what_it_was_made_for() {
        let made_for = [name("desk"), name("desk.bank.kz"), name("203.0.113.7")];
        for inside in ["post.local", "localhost", "10.1.2.3", "172.31.255.255", "fd12::1", "fe80::1", "::1"] {
            assert!(vouches_for(&[], &name(inside)), "{inside}");
        }
        for own in ["desk", "a.desk", "desk.bank.kz", "203.0.113.7"] {
            assert!(vouches_for(&made_for, &name(own)), "{own}");
            assert!(!vouches_for(&[], &name(own)), "{own}");
        }
        for foreign in ["bank.kz", "mydesk", "notlocal", "203.0.113.8", "172.32.0.1", "2001:db8::1", "other"]
        {
            assert!(!vouches_for(&made_for, &name(foreign)), "{foreign}");
        }
        let subtrees = constraints(&made_for).permitted_subtrees;
        assert_eq!(subtrees.len(), made_for.len() + INSIDE.len() + PRIVATE.len(), "each was read");
    }
}

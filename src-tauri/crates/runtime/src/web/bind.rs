//! Taking an address, and what browsers may call it.

use std::io;
use std::net::SocketAddr;

use anyhow::Context;
use tokio::net::TcpListener;

use super::address::own_names;
use crate::authority::{Authority, Name, machine_name};

/// An address that was taken.
#[derive(Debug)]
pub struct Listening {
    pub(super) listener: TcpListener,
    /// Beyond this machine, where there is TLS only.
    pub(super) names: Option<Names>,
}

/// What browsers on other machines may call this one.
#[derive(Debug)]
pub(super) struct Names {
    /// As somebody wishes it; the first is what people are told.
    wanted: Vec<Name>,
    /// What is true besides.
    besides: Vec<Name>,
}

/// Takes an address. One of other machines too is served by TLS, under these names as well.
///
/// # Errors
/// When the address cannot be had or a name is none, in words that say what to do.
pub async fn bind(address: SocketAddr, names: &[String]) -> anyhow::Result<Listening> {
    let names = if address.ip().to_canonical().is_loopback() {
        anyhow::ensure!(
            names.is_empty(),
            "--name: {address} is served to browsers of this machine, which call it localhost; names are for an \
             address that others reach, for example --listen 0.0.0.0:8443"
        );
        None
    } else {
        Some(Names::new(address, names)?)
    };
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("--listen {address} cannot be had"));
    match listener {
        Ok(listener) => Ok(Listening { listener, names }),
        Err(why) => {
            let kind = why.downcast_ref().map(io::Error::kind);
            Err(match kind.and_then(|kind| advice(kind, address)) {
                Some(advice) => why.context(advice),
                None => why,
            })
        }
    }
}

fn advice(kind: io::ErrorKind, address: SocketAddr) -> Option<String> {
    match kind {
        io::ErrorKind::AddrInUse => {
            Some(format!("another program listens on port {}; choose another port", address.port()))
        }
        io::ErrorKind::AddrNotAvailable => Some(format!(
            "this machine has no address {}; `ip address` (Windows: `ipconfig`) lists those that it has, and \
             0.0.0.0 means all of them",
            address.ip()
        )),
        io::ErrorKind::PermissionDenied if cfg!(unix) && address.port() < 1024 => Some(format!(
            "port {} is for the system's own services; choose one from 1024 on, for example 8443, or give \
             vakhtad the right to it (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE)",
            address.port()
        )),
        io::ErrorKind::PermissionDenied => Some(format!(
            "the system does not give port {} away; choose another one (on Windows `netsh interface ipv4 show \
             excludedportrange tcp` lists those that are set aside)",
            address.port()
        )),
        _ => None,
    }
}

impl Names {
    fn new(address: SocketAddr, given: &[String]) -> anyhow::Result<Self> {
        let mut wanted = given
            .iter()
            .map(|name| Name::read(name).map_err(|why| anyhow::anyhow!("--name: {why}")))
            .collect::<anyhow::Result<Vec<Name>>>()?;
        let mut besides: Vec<Name> = machine_name().into_iter().collect();
        match Name::address(address.ip()) {
            Some(listened) => wanted.push(listened),
            None if address.ip().is_unspecified() => besides.extend(own_names()),
            None => anyhow::bail!("--listen {address}: a group of machines has no page"),
        }
        Ok(Self { wanted, besides })
    }

    /// What an authority is made for where there is none yet.
    pub(super) fn all(&self) -> Vec<Name> {
        let mut all: Vec<Name> = Vec::new();
        for name in self.wanted.iter().chain(&self.besides) {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        all
    }

    /// What goes into a certificate of this authority.
    ///
    /// # Errors
    /// When it does not vouch for a name that somebody wishes.
    pub(super) fn of(&self, authority: &Authority) -> anyhow::Result<Vec<Name>> {
        let foreign = self.wanted.iter().find(|name| !authority.vouches_for(name));
        if let Some(foreign) = foreign {
            let wanted: Vec<String> = self.wanted.iter().map(|name| format!(" --name {name}")).collect();
            anyhow::bail!(
                "{foreign}: the authority of this folder was not made for that name, and browsers would not \
                 believe it. Make another one, which every workstation must then be told to trust (vakhtad \
                 authority --anew{}), or leave the name out",
                wanted.concat()
            );
        }
        let (known, unknown): (Vec<Name>, _) =
            self.all().into_iter().partition(|name| authority.vouches_for(name));
        for name in unknown {
            tracing::warn!(
                %name,
                "browsers cannot use this name: the authority was made when the machine had another one \
                 (vakhtad authority --anew)"
            );
        }
        Ok(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refused(address: &str, names: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        format!("{:#}", bind(address.parse().unwrap(), &names).await.unwrap_err())
    }

    #[tokio::test]
    async fn what_cannot_be_had_is_said_with_what_to_do() {
        let taken = bind("127.0.0.1:0".parse().unwrap(), &[]).await.unwrap();
        let address = taken.listener.local_addr().unwrap().to_string();
        assert!(refused(&address, &[]).await.contains("choose another port"));
        // Set aside for documentation: nobody has it.
        assert!(refused("192.0.2.1:8443", &[]).await.contains("lists those that it has"));
        assert!(refused("127.0.0.1:0", &["desk"]).await.contains("localhost"));
        assert!(refused("0.0.0.0:0", &["*.desk"]).await.contains("*.desk"));
        assert!(refused("224.0.0.1:8443", &[]).await.contains("group"));
        let words = advice(io::ErrorKind::PermissionDenied, "0.0.0.0:443".parse().unwrap());
        assert!(words.unwrap().contains("choose"));
    }

    #[tokio::test]
    async fn beyond_this_machine_there_are_names_and_the_first_is_what_was_wished() {
        assert!(bind("[::1]:0".parse().unwrap(), &[]).await.is_ok_and(|on| on.names.is_none()));
        let on = bind("0.0.0.0:0".parse().unwrap(), &["Post.Local".to_owned()]).await.unwrap();
        let all = on.names.unwrap().all();
        assert_eq!(all[0], Name::Host("post.local".into()));
        assert!(all.contains(&Name::Host("localhost".into())));
        let specific = Names::new("10.0.0.5:8443".parse().unwrap(), &[]).unwrap().all();
        assert_eq!(specific[0], Name::read("10.0.0.5").unwrap());
        assert!(!specific.contains(&Name::Host("localhost".into())));
    }
}

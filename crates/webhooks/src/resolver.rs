//! Names, looked up once and checked before anything is connected to.

use crate::address::is_public;
use crate::target::Policy;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

/// The addresses of a name, as the machine's resolver gives them.
pub(crate) type Lookup =
    Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>> + Send + Sync>;

/// What the client connects to: it has no other way to an address of a name.
pub(crate) struct Resolver {
    pub(crate) policy: Arc<Policy>,
    pub(crate) lookup: Lookup,
}

/// A name with a private address. Which one it is is nothing for whoever chose the name.
#[derive(Debug, thiserror::Error)]
#[error("the host is not public: its name stands for an address that cannot be reached from everywhere")]
pub(crate) struct NotPublic;

/// Asks the machine's resolver.
pub(crate) fn system_lookup() -> Lookup {
    Arc::new(|host| Box::pin(async move { Ok(tokio::net::lookup_host((host.as_str(), 0)).await?.collect()) }))
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, lookup) = (Arc::clone(&self.policy), Arc::clone(&self.lookup));
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let addresses = lookup(host.clone()).await?;
            checked(&policy, &host, addresses)
        })
    }
}

/// All of the addresses, or none: a name that stands for a public and a private one is a trick.
fn checked(
    policy: &Policy,
    host: &str,
    addresses: Vec<SocketAddr>,
) -> Result<Addrs, Box<dyn Error + Send + Sync>> {
    // The port was checked with the URL.
    let is_allowed =
        policy.private_target(host, None) || addresses.iter().all(|address| is_public(address.ip()));
    if is_allowed { Ok(Box::new(addresses.into_iter())) } else { Err(NotPublic.into()) }
}

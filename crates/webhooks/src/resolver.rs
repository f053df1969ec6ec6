//! Names, looked up once and checked before anything is connected to.

use crate::address::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

/// The addresses of a name, as the machine's resolver gives them.
pub(crate) type Lookup =
    Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>> + Send + Sync>;

/// What a client connects to: it has no other way to an address of a name.
pub(crate) struct Resolver {
    /// For a client that is asked for nothing but what the operator named.
    pub(crate) any_address: bool,
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
        let (any_address, lookup) = (self.any_address, Arc::clone(&self.lookup));
        Box::pin(async move { checked(any_address, lookup(name.as_str().to_owned()).await?) })
    }
}

/// All of the addresses, or none: a name that stands for a public and a private one is a trick.
fn checked(any_address: bool, addresses: Vec<SocketAddr>) -> Result<Addrs, Box<dyn Error + Send + Sync>> {
    if any_address || addresses.iter().all(|address| is_public(address.ip())) {
        Ok(Box::new(addresses.into_iter()))
    } else {
        Err(NotPublic.into())
    }
}

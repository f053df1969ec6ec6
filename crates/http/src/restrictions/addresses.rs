//! Addresses that a widget does not let in.

use ipnet::{IpNet, Ipv4Net};
use std::net::IpAddr;

/// `blocked_ips`: addresses, and networks as `192.0.2.0/24`.
pub(crate) struct BlockedAddresses<'a> {
    networks: Vec<IpNet>,
    /// Entries that are neither.
    pub(crate) unread: Vec<&'a str>,
}

impl<'a> BlockedAddresses<'a> {
    pub(crate) fn read(entries: &'a [String]) -> Self {
        let mut blocked = Self { networks: Vec::new(), unread: Vec::new() };
        for entry in entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty()) {
            match network(entry) {
                Some(network) => blocked.networks.push(network),
                None => blocked.unread.push(entry),
            }
        }
        blocked
    }

    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }
}

fn network(entry: &str) -> Option<IpNet> {
    let network = entry.parse::<IpNet>().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from)).ok()?;
    let IpNet::V6(v6) = network else { return Some(network) };
    // An IPv4 address in IPv6's writing is that IPv4 address, and so is a network of them.
    let mapped = v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(96));
    Some(mapped.and_then(|(v4, prefix)| Ipv4Net::new(v4, prefix).ok()).map_or(network, IpNet::V4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_of_both_kinds_are_blocked() {
        let entries = [
            " 192.0.2.7 ",
            "198.51.100.9/24",
            "2001:db8:1::/48",
            "2001:db8:2::7",
            "::ffff:203.0.113.5",
            "::ffff:203.0.112.0/120",
            "",
            "not-an-address",
            "10.0.0.0/33",
        ];
        let entries = entries.map(str::to_owned);
        let blocked = BlockedAddresses::read(&entries);
        assert_eq!(blocked.unread, ["not-an-address", "10.0.0.0/33"]);
        let is_blocked = |address: &str| blocked.contain(address.parse().unwrap());
        for address in [
            "192.0.2.7",
            "198.51.100.0",
            "198.51.100.255",
            "2001:db8:1:ffff::1",
            "2001:db8:2::7",
            "203.0.113.5",
            "203.0.112.200",
        ] {
            assert!(is_blocked(address), "{address}");
        }
        for address in ["192.0.2.8", "198.51.101.0", "2001:db8:2::8", "203.0.113.6", "10.0.0.1", "::1"] {
            assert!(!is_blocked(address), "{address}");
        }
    }
}

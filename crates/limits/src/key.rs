//! Whose calls are counted together.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The network that one caller has: an IPv4 address, or the first 64 bits of an IPv6 address, which is what one
/// connection to the Internet gets at the least, with all addresses below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl Network {
    /// The network of an address. An IPv4 address in IPv6's writing is that IPv4 address.
    ///
    /// ```
    /// use frontdesk_limits::Network;
    /// let of = |address: &str| Network::of(address.parse().unwrap());
    /// assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
    /// assert_ne!(of("2001:db8:1:2::"), of("2001:db8:1:3::"));
    /// assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
    /// ```
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }
}

/// What is counted, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// Messages of visitors at an address.
    AddressMessages(Network),
    /// All public calls from an address.
    AddressCalls(Network),
    /// Wrong keys for the administration from an address.
    AddressFailedKeys(Network),
    /// Messages of a conversation, by its widget's id and the id that its visitor knows.
    ConversationMessages {
        /// The widget's id.
        widget: i32,
        /// The conversation's public id, which need not exist.
        conversation: i64,
    },
    /// Messages to a widget, by its id.
    WidgetMessages(i32),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddressMessages(Network(address)) => write!(f, "messages:{address}"),
            Self::AddressCalls(Network(address)) => write!(f, "calls:{address}"),
            Self::AddressFailedKeys(Network(address)) => write!(f, "failed-keys:{address}"),
            Self::ConversationMessages { widget, conversation } => {
                write!(f, "conversation:{widget}:{conversation}")
            }
            Self::WidgetMessages(widget) => write!(f, "widget:{widget}"),
        }
    }
}

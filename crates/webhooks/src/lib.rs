//! The way of events to clients' webhooks.
//!
//! * [`Webhooks`]: claims what is due from the database's outbox, sends it, and stores what became of it;
//! * `sender`: one attempt at a delivery, within ten seconds;
//! * `signature`: how a receiver knows that an event is ours;
//! * `schedule`: when an event that did not arrive is sent again;
//! * `target`, `address`, `resolver`: where nothing may be sent. A client chooses the address, and this process stands
//!   behind the firewall that the client stands before: so only public addresses are connected to. The addresses that a
//!   name stands for are looked up once for each connection, checked, and connected to; no second look-up can bring
//!   others. Redirects are not followed, and proxies of the environment are not used.
//!
//! Nothing in this crate knows what an event says, or SQL.

mod address;
mod figures;
mod message;
mod resolver;
mod schedule;
mod sender;
mod signature;
mod target;
mod webhooks;

pub use schedule::{FIRST_DELAY, LONGEST_DELAY, next_attempt};
pub use sender::Attempt;
pub use signature::{Signature, sign};
pub use target::{HTTP_PORTS, HTTPS_PORTS, MAX_URL_CHARS, Policy, PrivateTarget, TargetError};
pub use webhooks::{Now, Random, Tested, Webhooks};

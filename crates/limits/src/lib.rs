//! How much callers may ask, before anything that they ask for costs something.
//!
//! * [`Rate`]: so many at once, and as many again in a window of time;
//! * [`Key`]: whose calls are counted together: an address, a conversation, a widget;
//! * [`Limits`]: the limits of the public API, asked by name;
//! * [`SharedLimits`]: counts in Redis, for all processes together.
//!
//! The rule is GCRA, the generic cell rate algorithm: of each key one time is stored, that at which everything
//! is free again. A call moves it on by the window divided by the most; one that would move it further than a
//! window from now is refused, and moves nothing. So there is no edge between two windows at which twice as much
//! gets through, and whoever waits for a part of the window gets that part of the calls.
//!
//! In memory the crate `governor` counts; in Redis a script does by the same rule. While Redis is away, as
//! [`frontdesk_redis`] decides, each process counts for itself.
//! Nothing in this crate knows about HTTP, widgets' settings or credits.

#![warn(missing_debug_implementations)]

mod key;
mod limits;
mod memory;
mod rate;
mod shared;

pub use key::{Key, Network};
pub use limits::{Exceeded, Limits, Rates};
pub use memory::Now;
pub use rate::{Rate, Standing};
pub use shared::SharedLimits;

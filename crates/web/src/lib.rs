//! The visitor's widget as it is served, and the lines that put it on a site.
//!
//! * `widget/`: its source, plain JavaScript; `dist/`: its current build, committed, so that building this crate takes no
//!   Node.js; `releases/`: builds of earlier releases;
//! * `asset`: a file in the encodings that browsers take, compressed when the crate is built;
//! * [`build`](Build): the files of a version, by which pinned tags name them;
//! * [`embed`](Embed): tags and policy for a site;
//! * [`legacy`](loader_as): the same widget under the global name of an older script.
//!
//! Nothing in this crate knows HTTP, a database or a setting.

mod asset;
mod build;
mod embed;
mod legacy;

pub use asset::{Asset, Encoding};
pub use build::{Build, builds, current, find};
pub use embed::{BackendUrl, BackendUrlError, Embed, escaped};
pub use legacy::loader_as;

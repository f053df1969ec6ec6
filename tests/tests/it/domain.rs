//! The crate that other services link: what is public is written down, every public item has an example, and
//! what is packaged is whole.

mod examples;
mod package;
mod rustdoc;
mod snapshot;

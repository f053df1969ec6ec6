//! The crate as its users see it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bases;
mod bounds;
mod confidence;
mod languages;
mod properties;
mod ranking;
mod regression;
mod spelling;

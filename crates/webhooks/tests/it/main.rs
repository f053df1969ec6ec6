//! Real deliveries to a receiver on this machine, from real databases.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod delivery;
mod vectors;
mod world;

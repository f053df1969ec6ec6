//! Tests of the domain from outside, as a service that links it sees it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod audit;
mod credits;

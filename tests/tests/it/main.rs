//! End-to-end tests, in one binary: one link, one PostgreSQL server for all of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod aimock;
mod answers;
mod audit;
mod credits;
mod demo;
mod domain;
mod failover;
mod faults;
mod guide;
mod harness;
mod layering;
mod migrate;
mod place;
mod streams;
mod tls;
mod worker;

//! End-to-end tests, in one binary: one link, one PostgreSQL server for all of them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod aimock;
mod answers;
mod audit;
mod compatible;
mod credits;
mod demo;
mod domain;
mod failover;
mod faults;
mod files;
mod guide;
mod harness;
mod keys;
mod layering;
mod migrate;
mod openapi;
mod place;
mod quotas;
mod streams;
mod tls;
mod unanswered;
mod upkeep;
mod webhooks;
mod worker;

//! The answer flow on real databases, with models that answer as a test says.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod admission;
mod credits;
mod desk;
mod explain;
mod flow;
mod idempotency;
mod knowledge;
mod scripted;
mod streams;

//! The real server on a free port, with a database of its own for each test.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod admin;
mod answers;
mod bulk;
mod client;
mod errors;
mod explain;
mod feedback;
mod files;
mod knowledge;
mod limits;
mod numbers;
mod openapi;
mod platform;
mod restrictions;
mod search;
mod streams;
mod unanswered;
mod webhooks;
mod world;

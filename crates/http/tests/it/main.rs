//! The real server on a free port, with a database of its own for each test.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod admin;
mod answers;
mod bulk;
mod client;
mod errors;
mod explain;
mod feedback;
mod files;
mod knowledge;
mod numbers;
mod platform;
mod search;
mod streams;
mod unanswered;
mod world;

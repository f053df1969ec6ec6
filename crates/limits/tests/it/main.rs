//! Rate limits in memory and on a real Redis.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod away;
mod same_answers;
mod support;

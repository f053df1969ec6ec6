//! What the benchmarks have in common.

pub(crate) mod fill;
pub(crate) mod visitors;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

//! The entries of a widget's knowledge base: what answers are made of, what administrators see, and changes.

pub(crate) mod active;
pub(crate) mod change;
pub(crate) mod counts;
pub(crate) mod page;
pub(crate) mod stored;

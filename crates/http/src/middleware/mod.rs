//! What happens around every handler.

pub(crate) mod cors;
pub(crate) mod request;

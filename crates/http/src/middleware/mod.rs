//! What happens around every handler.

pub(crate) mod admin;
pub(crate) mod cors;
pub(crate) mod record;
pub(crate) mod request;

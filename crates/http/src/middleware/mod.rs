//! What happens around every handler.

pub(crate) mod cors;
pub(crate) mod limits;
pub(crate) mod public;
pub(crate) mod record;
pub(crate) mod request;
pub(crate) mod security;
pub(crate) mod trace;

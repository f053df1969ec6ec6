//! One file per concern: its settings, and what is allowed for each.

pub(crate) mod admin;
pub(crate) mod database;
pub(crate) mod knowledge;
pub(crate) mod ledger;
pub(crate) mod limits;
pub(crate) mod metrics;
pub(crate) mod providers;
pub(crate) mod retention;
pub(crate) mod secret;
pub(crate) mod server;
pub(crate) mod telemetry;
pub(crate) mod traces;
pub(crate) mod webhooks;
pub(crate) mod widget;

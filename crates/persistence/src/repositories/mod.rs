//! Reads, the batched writes of the worker, and what administrators and voters change, by resource.

pub(crate) mod accounts;
pub(crate) mod analytics;
pub(crate) mod api_keys;
pub(crate) mod clients;
pub(crate) mod conversations;
pub(crate) mod feedback;
pub(crate) mod idempotency;
pub(crate) mod knowledge;
pub(crate) mod logs;
pub(crate) mod maintenance;
pub(crate) mod overview;
pub(crate) mod owners;
pub(crate) mod retention;
pub(crate) mod search;
pub(crate) mod unanswered;
pub(crate) mod unique;
pub(crate) mod usage;
pub(crate) mod webhooks;
pub(crate) mod widgets;

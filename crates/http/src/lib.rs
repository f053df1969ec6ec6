//! The HTTP API: what the widget scripts and the administrators call.
//!
//! * `routes`: every address on one screen, with who may call it;
//! * `access`: keys, roles, and whose the ids in a path are;
//! * `handlers`: one file per resource, handlers named `<verb>_<resource>`;
//! * `error`: the one place that turns an error into a status and a text for the client;
//! * `body`, `query`, `fields`, `parameters`, `text`, `reply`: what is read from requests and written into answers;
//! * `widget`: what the process was told about serving the widget, whose scripts come from [`frontdesk_web`];
//! * `openapi`: the OpenAPI document, made of the handlers;
//! * `sse`: answers in pieces;
//! * `wire`: answers to requests that cannot be read;
//! * `client_address`: where a request comes from, behind proxies;
//! * `idempotency`: the keys with which scripts may repeat calls; `contact`: e-mail addresses and telephone numbers;
//! * `restrictions`: which sites and addresses a widget lets in;
//! * `probe`: asks a running server for its health, as containers do;
//! * `metrics`: every metric, and what is looked up when somebody reads them;
//! * `connections`: the end of connections that only cost;
//! * `middleware`: request ids, the line per request in the log, and the public calls' guard
//!   (rate limits, restrictions, CORS).
//!
//! Nothing in this crate decides about credits, providers or answers: it reads a request, asks
//! [`frontdesk_chat::FrontDesk`] or the database, and writes down what it heard. No cause of an error
//! leaves the process; it goes to the log with the request's id.

mod access;
mod body;
mod client_address;
mod connections;
mod contact;
mod error;
mod fields;
mod handlers;
mod idempotency;
mod metrics;
mod middleware;
mod openapi;
mod parameters;
mod probe;
mod query;
mod reply;
mod restrictions;
mod routes;
mod server;
mod sse;
mod state;
mod text;
mod widget;
mod wire;

pub use access::{Access, ApiKeySecret};
pub use connections::Bounds;
pub use metrics::MetricsConfig;
pub use middleware::trace::FollowTrace;
pub use openapi::openapi;
pub use probe::{Health, ProbeError, probe};
pub use routes::{Call, calls};
pub use server::{Server, ServerConfig};
pub use widget::{LegacyScriptError, LegacyScripts, WidgetServing};

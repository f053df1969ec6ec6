//! The HTTP API: what the widget scripts and the administrators call.
//!
//! * `routes`: every address on one screen;
//! * `handlers`: one file per resource, handlers named `<verb>_<resource>`;
//! * `error`: the one place that turns an error into a status and a text for the client;
//! * `body`, `fields`, `text`, `reply`: what is read from requests and written into answers;
//! * `sse`: answers in pieces;
//! * `middleware`: request ids, the line per request in the log, access for administrators, CORS;
//! * `connections`: the end of connections that only cost.
//!
//! Nothing in this crate decides about credits, providers or answers: it reads a request, asks
//! [`frontdesk_chat::FrontDesk`] or the database, and writes down what it heard. No cause of an error
//! leaves the process; it goes to the log with the request's id.

mod body;
mod connections;
mod error;
mod fields;
mod handlers;
mod middleware;
mod reply;
mod routes;
mod server;
mod sse;
mod state;
mod text;

pub use connections::Bounds;
pub use server::{Server, ServerConfig};

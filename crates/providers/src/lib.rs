//! Adapters to language-model providers: Gemini, Groq, OpenAI, Claude and any server with OpenAI's API behind one
//! trait, [`ChatModel`].
//!
//! * [`chat`]: the trait, what is asked, what is answered, and how it fails.
//! * [`registry`]: all providers of a process, built from their keys and addresses.
//! * [`models`]: which model a configured name means today, when the name is retired or another provider's.
//! * [`estimate`]: an upper estimate of a prompt's tokens, before anything is sent.
//!
//! An adapter turns one request into one HTTP call and every outcome into the vocabulary of
//! [`frontdesk_domain::fallback::Failure`]. It decides nothing: whether to ask again, whom to ask next
//! and what to charge is the caller's. Nothing in this crate knows about widgets, credits or databases.
//!
//! Keys are held as secrets, travel in one header that is marked sensitive, never in an address, and are
//! struck out of whatever a provider answers before any of it is read.

#![warn(missing_debug_implementations)]

pub mod chat;
mod claude;
mod conversation;
mod dialect;
mod error;
pub mod estimate;
mod gate;
mod gemini;
mod groq;
#[cfg(test)]
mod hostile;
mod http;
mod limits;
pub mod models;
mod openai;
mod openai_wire;
mod profile;
mod reading;
pub mod registry;
mod stream;

pub use chat::{ChatModel, ChatReply, ChatRequest, Finish, Role, Turn};
pub use error::ProviderError;
pub use gate::{Call, Now, Permit, Prospects, Resilience, SharedQuotas};
pub use http::HttpConfig;
pub use models::ModelNames;
pub use profile::Compatibility;
pub use registry::{ConfigError, ProviderConfig, Providers};
pub use stream::{ReplySource, ReplyStream, StreamEnd, StreamEvent, WholeReply};

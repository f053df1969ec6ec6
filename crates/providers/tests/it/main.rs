//! The adapters against a local server that replays answers byte by byte.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod claude;
mod compatible;
mod estimates;
mod gate;
mod gemini;
mod groq;
mod names;
mod openai;
mod scripted;
mod secrets;
mod streams;
mod support;
mod transport;

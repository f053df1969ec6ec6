//! The real server on a free port, with a database of its own for each test.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod account_limits;
mod admin;
mod answers;
mod bulk;
mod client;
mod clients;
mod conversations;
mod demo;
mod errors;
mod explain;
mod feedback;
mod files;
mod knowledge;
mod limits;
mod logs;
mod numbers;
mod openapi;
mod overview;
mod platform;
mod restrictions;
mod search;
mod series;
mod streams;
mod tenants;
mod unanswered;
mod unreadable;
mod webhooks;
mod widget_script;
mod widgets;
mod world;

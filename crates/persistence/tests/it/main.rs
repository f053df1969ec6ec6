//! The contract of this crate, kept by both databases: each story is written once and told to each.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod accounts;
mod additive;
mod api_keys;
mod audit;
mod clients;
mod cycle;
mod faults;
mod feedback;
mod guide;
mod hand_made;
mod holds;
mod knowledge;
mod locks;
mod logs;
mod maintenance;
mod meanwhile;
mod migration_files;
mod migrations;
mod model;
mod overview;
mod parallel;
mod production;
mod proxy;
mod reads;
mod reset;
mod sessions;
mod sql_functions;
mod support;
mod takeover;
mod unanswered;
mod upkeep;
mod waits;
mod widgets;

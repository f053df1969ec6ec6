//! Servers and processes that tests need, all on this machine and gone when the test is.
//!
//! * [`postgres`]: a real PostgreSQL, started in well under a second, a database per test;
//! * [`redis`]: a real Redis;
//! * [`aimock`]: all four vendors' APIs as a third party understands them;
//! * [`schemathesis`]: a third party's checks of an HTTP API against its OpenAPI document;
//! * [`stub`]: language-model providers that answer, fail and hang as a test wants;
//! * [`process`]: the real binaries with nothing but the environment that a test gives them;
//! * [`clock`]: a clock for them that a test steps;
//! * [`front`]: a way to the api on which connections break and answers are others;
//! * [`http`]: a small blocking client;
//! * [`scratch`]: folders that vanish.
//!
//! What cannot be started or asked ends the test with a panic that says what is missing: a test has no use
//! for an error value there. Nothing in this crate knows a table, a route or another crate of the workspace.

pub mod aimock;
pub mod clock;
pub mod front;
pub mod http;
pub mod postgres;
pub mod process;
mod quantile;
pub mod redis;
pub mod schemathesis;
pub mod scratch;
pub mod stub;

pub use aimock::Aimock;
pub use clock::FakeClock;
pub use front::{Front, Passage, leads_to};
pub use postgres::{TempPg, client_program, psql, psql_file};
pub use process::{Api, Finished, Process};
pub use quantile::quantile;
pub use redis::TempRedis;
pub use scratch::ScratchDir;
pub use stub::{Reply, Stub};

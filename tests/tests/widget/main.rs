//! The visitors' widget in a real browser, in a test binary of its own: one ChromeDriver for all of them, and what the
//! WebDriver crate adds to `String` stays away from the other tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod browser;
mod conversation;
mod embedding;
mod failures;
mod hostile;
mod isolation;
mod looks;
mod privacy;
mod scene;
mod words;

//! Chromium, driven through ChromeDriver as a visitor's hands would and read as a screen reader reads it.
//!
//! A [`Browser`] says how a visitor's browser is set up, [`Browser::open`] starts one with a fresh profile on a page.
//! What is on the [`Page`] is found in the accessibility tree, by role and name: what is not there, nobody can use
//! without eyes, and no test depends on how the page is built. Clicks and keys are the browser's own input, so that
//! what is covered, hidden or switched off cannot be used.
//!
//! Whatever a page does wrong ends up in the browser's console: uncaught errors, rejections that nobody handles, what
//! the page's policy forbids, and requests that fail. When a page is dropped, anything there that the test has not
//! expected ([`Page::expect`]) fails it.

mod axe;
mod client;
mod console;
mod driver;
mod element;
mod harness;
mod page;
mod setup;
mod site;
mod tree;

pub(crate) use element::Element;
pub(crate) use page::Page;
pub(crate) use setup::Browser;
pub(crate) use site::Site;

use std::time::Duration;

/// Nothing that a test waits for takes longer, on a machine that has much else to do.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

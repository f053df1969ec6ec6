//! The third-party stand-in for language-model providers, `@copilotkit/aimock`: what nobody of this project wrote
//! shall understand the requests of this project, and be understood.

use crate::http;
use crate::process::{self, Process};
use serde_json::Value;
use std::path::Path;

/// A running server that speaks all four vendors' APIs and answers what its fixtures say.
pub struct Aimock {
    process: Process,
    url: String,
}

impl Aimock {
    /// Starts it on a free port with the fixtures of `tests/aimock`. What no fixture matches is an error.
    ///
    /// # Panics
    /// When it is not installed, which `tests/run --prepare` does, or does not come up.
    pub fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("aimock");
        let program = folder.join("node_modules/.bin/llmock");
        assert!(program.is_file(), "aimock is not installed: run tests/run --prepare");
        let fixtures = folder.join("fixtures.json").display().to_string();
        let options = ["--port", "0", "--fixtures", &fixtures, "--strict", "--validate-on-load"];
        let process = Process::spawn(&program, &options, &[]);
        let line = process.wait_for_line(|line| process::address_in(line).is_some());
        let url = process::address_in(&line).unwrap_or_default();
        Self { process, url }
    }

    /// `http://127.0.0.1:PORT`, without the path that a vendor's base URL has.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All requests so far in their order, as it understood them: `path`, `headers`, `body` in OpenAI's shape
    /// whatever the vendor's, and the `response`.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn journal(&self) -> Vec<Value> {
        let answer = http::get(&format!("{}/__aimock/journal", self.url));
        match answer.json {
            Value::Array(entries) => entries,
            other => panic!("no journal: {other}\n{}", self.process.stderr()),
        }
    }
}

//! A running API server.

use super::{Finished, Process, binary};
use crate::http::{self, Response};
use serde_json::Value;
use std::path::Path;

/// An `api serve` on a free port.
pub struct Api {
    process: Process,
    url: String,
}

impl Api {
    /// Starts the server and waits until it says where it listens. `environment` holds at least
    /// `DATABASE_URL`, or the server makes an SQLite file in its own folder. Rate limits are off unless it says
    /// otherwise: tests ask much from one address.
    ///
    /// # Panics
    /// When it does not come up, with all it has written.
    pub fn start(environment: &[(&str, &str)]) -> Self {
        Self::start_with(&["serve"], environment)
    }

    /// As [`Api::start`] with other arguments, such as `serve --demo`.
    ///
    /// # Panics
    /// As [`Api::start`].
    pub fn start_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_program(&binary("api"), arguments, environment)
    }

    /// As [`Api::start_with`] with another build of the program, such as that of
    /// [`binary_with_traces`](super::binary_with_traces).
    ///
    /// # Panics
    /// As [`Api::start`].
    pub fn start_program(program: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut variables = vec![("HOST", "127.0.0.1"), ("PORT", "0"), ("RATE_LIMITS", "off")];
        variables.extend_from_slice(environment);
        let process = Process::spawn(program, arguments, &variables);
        let line = process.wait_for_line(|line| address_in(line).is_some());
        let url = address_in(&line).unwrap_or_default();
        Self { process, url }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The process, for its output and for signals.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// A `GET` of a path.
    ///
    /// # Panics
    /// As [`http::send`].
    pub fn get(&self, path: &str) -> Response {
        http::get(&format!("{}{path}", self.url))
    }

    /// A `POST` of JSON to a path.
    ///
    /// # Panics
    /// As [`http::send`].
    pub fn post(&self, path: &str, body: &Value) -> Response {
        http::post(&format!("{}{path}", self.url), body)
    }

    /// Any request to a path.
    ///
    /// # Panics
    /// As [`http::send`].
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Response {
        http::send(method, &format!("{}{path}", self.url), headers, body)
    }

    /// Asks it to stop (SIGTERM) and waits for its end.
    ///
    /// # Panics
    /// When it does not end within a minute.
    pub fn terminate(self) -> Finished {
        self.process.terminate()
    }

    /// Waits for its end, after a signal.
    ///
    /// # Panics
    /// When it does not end within a minute.
    pub fn wait(self) -> Finished {
        self.process.wait()
    }

    /// Kills it (SIGKILL): a crash.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(self) -> Finished {
        self.process.kill()
    }
}

/// A server's own address in a line; port 0 is what it was asked for, not where it listens.
pub(crate) fn address_in(line: &str) -> Option<String> {
    let start = line.find("http://127.0.0.1:")?;
    let port = line[start..].strip_prefix("http://127.0.0.1:")?;
    let digits: String = port.chars().take_while(char::is_ascii_digit).collect();
    let port = digits.parse::<u16>().ok().filter(|&port| port != 0)?;
    Some(format!("http://127.0.0.1:{port}"))
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn the_address_is_found_wherever_it_stands_in_the_line() {
        let found = Some("http://127.0.0.1:4711".to_owned());
        assert_eq!(address_in("listening on http://127.0.0.1:4711"), found);
        assert_eq!(address_in("curl http://127.0.0.1:4711/api/chat-widget"), found);
        assert_eq!(address_in("http://127.0.0.1:0"), None);
        assert_eq!(address_in("http://127.0.0.1:x"), None);
        assert_eq!(address_in("http://10.0.0.1:80"), None);
    }
}

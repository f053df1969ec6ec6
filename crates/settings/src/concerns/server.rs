//! The HTTP server.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{HOST, MAX_IN_FLIGHT_MESSAGES, PORT, SHUTDOWN_TIMEOUT_SECONDS};
use std::net::IpAddr;
use std::time::Duration;

/// The HTTP server.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// `HOST` (`127.0.0.1`): the address or host name to listen on; `0.0.0.0` on Heroku and in containers.
    pub host: String,
    /// `PORT` (8080): 0 takes any free one. Heroku sets it.
    pub port: u16,
    /// `MAX_IN_FLIGHT_MESSAGES` (512): visitors' messages answered at once; more are turned away at once, so
    /// that a slow provider cannot fill the memory.
    pub max_in_flight_messages: u32,
    /// `SHUTDOWN_TIMEOUT_SECONDS` (25): how long running requests may go on after the signal to stop. Heroku
    /// kills after 30.
    pub shutdown_timeout: Duration,
}

impl ServerSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let shutdown = values.number(&SHUTDOWN_TIMEOUT_SECONDS, "seconds", 1..=3_600)?;
        Ok(Self {
            host: host(values)?,
            port: port(values)?,
            max_in_flight_messages: values.number(&MAX_IN_FLIGHT_MESSAGES, "messages", 1..=100_000)?,
            shutdown_timeout: Duration::from_secs(shutdown.into()),
        })
    }
}

fn host(values: &Values) -> Result<String, SettingsError> {
    let text = values.text(&HOST)?;
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-');
    if is_name || text.parse::<IpAddr>().is_ok() {
        return Ok(text);
    }
    let problem =
        format!("{text:?} is not an IP address or host name (such as 127.0.0.1, 0.0.0.0 or localhost)");
    Err(SettingsError::invalid(&HOST, problem))
}

fn port(values: &Values) -> Result<u16, SettingsError> {
    let text = values.text(&PORT)?;
    text.parse().map_err(|_| {
        let problem = format!("{text:?} is not a port number (1 to 65535, or 0 for any free one)");
        SettingsError::invalid(&PORT, problem)
    })
}

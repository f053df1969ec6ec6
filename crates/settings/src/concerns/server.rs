//! The HTTP server.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{
    BODY_TIMEOUT_SECONDS, HEADER_TIMEOUT_SECONDS, HOST, KEEP_ALIVE_SECONDS, MAX_CONNECTIONS,
    MAX_IN_FLIGHT_MESSAGES, MAX_WAITING_MESSAGES, MESSAGE_WAIT_MS, PORT, REQUEST_TIMEOUT_SECONDS,
    SHUTDOWN_TIMEOUT_SECONDS, Variable,
};
use std::net::IpAddr;
use std::time::Duration;

/// The HTTP server.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// `HOST` (`127.0.0.1`): the address or host name to listen on; `0.0.0.0` on Heroku and in containers.
    pub host: String,
    /// `PORT` (8080): 0 takes any free one. Heroku sets it.
    pub port: u16,
    /// `MAX_CONNECTIONS` (8192): connections that are open at once; more wait until one is closed.
    pub max_connections: u32,
    /// `HEADER_TIMEOUT_SECONDS` (5): how long the head of a request may take to arrive.
    pub header_timeout: Duration,
    /// `BODY_TIMEOUT_SECONDS` (10): how long a body of at most 64 kB may take to arrive.
    pub body_timeout: Duration,
    /// `REQUEST_TIMEOUT_SECONDS` (180): how long a whole request may take, until the caller has read the answer.
    pub request_timeout: Duration,
    /// `KEEP_ALIVE_SECONDS` (75): how long a connection stays open between two requests. Longer than the 60 s after
    /// which proxies close, so that it is never us who close under a request.
    pub keep_alive: Duration,
    /// `MAX_IN_FLIGHT_MESSAGES` (512): visitors' messages answered at once, so that a slow provider cannot fill
    /// the memory.
    pub max_in_flight_messages: u32,
    /// `MAX_WAITING_MESSAGES` (1024): messages beyond those that may wait for their turn; more are turned away at
    /// once.
    pub max_waiting_messages: u32,
    /// `MESSAGE_WAIT_MS` (2000): how long each of them may wait.
    pub message_wait: Duration,
    /// `SHUTDOWN_TIMEOUT_SECONDS` (25): how long running requests may go on after the signal to stop. Heroku
    /// kills after 30.
    pub shutdown_timeout: Duration,
}

impl ServerSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        Ok(Self {
            host: host(values)?,
            port: port(values)?,
            max_connections: values.number(&MAX_CONNECTIONS, "connections", 16..=1_000_000)?,
            header_timeout: seconds(values, &HEADER_TIMEOUT_SECONDS)?,
            body_timeout: seconds(values, &BODY_TIMEOUT_SECONDS)?,
            request_timeout: seconds(values, &REQUEST_TIMEOUT_SECONDS)?,
            keep_alive: seconds(values, &KEEP_ALIVE_SECONDS)?,
            max_in_flight_messages: values.number(&MAX_IN_FLIGHT_MESSAGES, "messages", 1..=100_000)?,
            max_waiting_messages: values.number(&MAX_WAITING_MESSAGES, "messages", 0..=100_000)?,
            message_wait: Duration::from_millis(
                values.number(&MESSAGE_WAIT_MS, "milliseconds", 0..=60_000)?.into(),
            ),
            shutdown_timeout: seconds(values, &SHUTDOWN_TIMEOUT_SECONDS)?,
        })
    }
}

fn seconds(values: &Values, variable: &Variable) -> Result<Duration, SettingsError> {
    Ok(Duration::from_secs(values.number(variable, "seconds", 1..=3_600)?.into()))
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

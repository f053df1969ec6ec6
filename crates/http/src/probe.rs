//! Asks a running server for its health: what a container without a shell or `curl` can run.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than the server itself waits for its database.
const LIMIT: Duration = Duration::from_secs(4);
/// The status line and more; the rest of the answer says nothing new.
const LONGEST_ANSWER: u64 = 4_096;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Whether the process runs: `GET /health/live`.
    Live,
    /// Whether it can answer visitors: `GET /health/ready`.
    Ready,
}

impl Health {
    fn path(self) -> &'static str {
        match self {
            Self::Live => "/health/live",
            Self::Ready => "/health/ready",
        }
    }
}

/// Why the answer is no.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Nobody listens, or the connection broke.
    #[error("{0}: {1}")]
    Unreachable(String, io::Error),
    /// The server listens and says nothing.
    #[error("{0}: no answer within {LIMIT:?}")]
    Silent(String),
    /// The server says no, or is no HTTP server: what it said first.
    #[error("{0}: {1}")]
    Unhealthy(String, String),
}

/// Asks the server on this machine that was started with this `HOST` and `PORT`.
///
/// # Errors
/// Whatever is not a 200 within four seconds.
pub async fn probe(host: &str, port: u16, health: Health) -> Result<(), ProbeError> {
    let host = reachable(host);
    let url = format!("http://{}:{port}{}", in_url(&host), health.path());
    let asked = tokio::time::timeout(LIMIT, ask(&host, port, health.path())).await;
    let Ok(answer) = asked else { return Err(ProbeError::Silent(url)) };
    match answer {
        Err(error) => Err(ProbeError::Unreachable(url, error)),
        Ok(status) if status.split(' ').nth(1) == Some("200") => Ok(()),
        Ok(status) => Err(ProbeError::Unhealthy(url, status)),
    }
}

/// Where a server that listens on every address can be reached from here.
fn reachable(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) if address.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        Ok(IpAddr::V6(address)) if address.is_unspecified() => Ipv6Addr::LOCALHOST.to_string(),
        _ => host.to_owned(),
    }
}

fn in_url(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// The status line.
async fn ask(host: &str, port: u16, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect((host, port)).await?;
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {}:{port}\r\nConnection: close\r\n\r\n", in_url(host));
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer).await?;
    let text = String::from_utf8_lossy(&answer);
    Ok(text.lines().next().unwrap_or("the connection was closed without an answer").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[test]
    fn a_server_on_every_address_is_asked_on_the_loopback() {
        for (host, asked) in
            [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("10.1.2.3", "10.1.2.3"), ("localhost", "localhost")]
        {
            assert_eq!(reachable(host), asked);
        }
        assert_eq!((in_url("::1").as_str(), in_url("h").as_str()), ("[::1]", "h"));
    }

    /// What the probe says of a server that answers every request with this.
    async fn said_of(answer: &'static str) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1_024];
            let length = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(request[..length].to_vec()).unwrap()
        });
        let said = match probe("0.0.0.0", port, Health::Ready).await {
            Ok(()) => "yes".to_owned(),
            Err(error) => error.to_string().replace(&port.to_string(), "PORT"),
        };
        let request = serving.await.unwrap();
        assert!(request.starts_with("GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:"), "{request}");
        said
    }

    #[tokio::test]
    async fn only_a_200_is_a_yes() {
        let url = "http://127.0.0.1:PORT/health/ready";
        assert_eq!(said_of("HTTP/1.1 200 OK\r\n\r\n").await, "yes");
        assert_eq!(
            said_of("HTTP/1.1 503 Service Unavailable\r\nx: 200\r\n\r\n200").await,
            format!("{url}: HTTP/1.1 503 Service Unavailable")
        );
        assert_eq!(said_of("").await, format!("{url}: the connection was closed without an answer"));
        assert_eq!(said_of("SSH-2.0\r\n").await, format!("{url}: SSH-2.0"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_nothing_is_not_waited_for() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let error = probe("127.0.0.1", port, Health::Live).await.unwrap_err().to_string();
        assert_eq!(error, format!("http://127.0.0.1:{port}/health/live: no answer within 4s"));
    }
}

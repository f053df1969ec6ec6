//! A throw-away Redis server on a port of its own.

use crate::postgres::tls::self_sign;
use crate::scratch::ScratchDir;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take to start.
const LIMIT: Duration = Duration::from_secs(30);

/// A Redis server of this test, on 127.0.0.1, with nothing kept on a disk. Killed when dropped.
#[derive(Debug)]
pub struct TempRedis {
    port: u16,
    folder: ScratchDir,
    /// Asked for by a server that takes TLS connections only.
    password: Option<String>,
    server: Option<Child>,
}

impl TempRedis {
    /// Starts a server.
    ///
    /// # Panics
    /// When it is missing or does not start, with what to install.
    pub fn start() -> Self {
        let port = free_port().unwrap_or_else(|error| panic!("no free port: {error}"));
        let mut redis = Self { port, folder: ScratchDir::new(), password: None, server: None };
        redis.restart();
        redis
    }

    /// Starts a server that takes TLS connections only, with a certificate that it signed itself, and asks for
    /// this password: what a hosted Redis looks like.
    ///
    /// # Panics
    /// As [`TempRedis::start`]; also when the program `openssl` is missing.
    pub fn start_with_tls(password: &str) -> Self {
        let mut redis = Self::start();
        redis.stop();
        let signed = self_sign(&redis.file("server.crt"), &redis.file("server.key"));
        signed.unwrap_or_else(|error| panic!("no certificate: {error}"));
        redis.password = Some(password.to_owned());
        redis.restart();
        redis
    }

    /// Its address.
    pub fn url(&self) -> String {
        match &self.password {
            Some(password) => format!("rediss://:{password}@127.0.0.1:{}", self.port),
            None => format!("redis://127.0.0.1:{}", self.port),
        }
    }

    /// Kills the server, with all it holds.
    ///
    /// # Panics
    /// When it does not end.
    pub fn stop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let ended = server.kill().and_then(|()| server.wait());
        ended.unwrap_or_else(|error| panic!("redis-server does not end: {error}"));
    }

    /// Starts the server again, empty, on the same port.
    ///
    /// # Panics
    /// As [`TempRedis::start`].
    pub fn restart(&mut self) {
        self.stop();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.arg("--dir").arg(self.folder.path());
        if let Some(password) = &self.password {
            command.args(["--port", "0", "--tls-auth-clients", "no", "--requirepass", password]);
            command.arg("--tls-cert-file").arg(self.file("server.crt"));
            command.arg("--tls-key-file").arg(self.file("server.key")).arg("--tls-port");
        } else {
            command.arg("--port");
        }
        command.arg(self.port.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = command.spawn();
        self.server = Some(server.unwrap_or_else(|error| {
            panic!("cannot start redis-server ({error}): install it with `apt-get install redis-server`")
        }));
        self.wait_until_it_answers();
    }

    /// Stops the server from answering without closing a connection, as one that is far too slow.
    ///
    /// # Panics
    /// When there is none.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets a frozen server go on.
    ///
    /// # Panics
    /// When there is none.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn signal(&self, name: &str) {
        let Some(server) = &self.server else { panic!("the Redis server is stopped") };
        let sent = Command::new("kill").arg(format!("-{name}")).arg(server.id().to_string()).status();
        assert!(sent.is_ok_and(|status| status.success()), "cannot send {name} to redis-server");
    }

    fn wait_until_it_answers(&self) {
        let began = Instant::now();
        while !self.answers() {
            assert!(began.elapsed() < LIMIT, "redis-server does not start");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn answers(&self) -> bool {
        let ask = || -> io::Result<bool> {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
            if self.password.is_some() {
                // It is empty, so that it answers as soon as it listens.
                return Ok(true);
            }
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            stream.write_all(b"PING\r\n")?;
            let mut answer = [0; 5];
            stream.read_exact(&mut answer)?;
            Ok(&answer == b"+PONG")
        };
        // It is asked again until it answers.
        ask().unwrap_or(false)
    }
}

impl Drop for TempRedis {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

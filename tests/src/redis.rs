//! A throw-away Redis server on a port of its own.

use crate::scratch::ScratchDir;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take to start.
const LIMIT: Duration = Duration::from_secs(30);

/// A Redis server of this test, on 127.0.0.1, with nothing kept on a disk. Killed when dropped.
#[derive(Debug)]
pub struct TempRedis {
    port: u16,
    folder: ScratchDir,
    server: Option<Child>,
}

impl TempRedis {
    /// Starts a server.
    ///
    /// # Panics
    /// When it is missing or does not start, with what to install.
    pub fn start() -> Self {
        let port = free_port().unwrap_or_else(|error| panic!("no free port: {error}"));
        let mut redis = Self { port, folder: ScratchDir::new(), server: None };
        redis.restart();
        redis
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills the server, with all it holds.
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
        command.arg("--port").arg(self.port.to_string()).arg("--dir").arg(self.folder.path());
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

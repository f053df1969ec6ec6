//! A throw-away PostgreSQL server: no set-up, no fixed port, nothing left behind.
//!
//! It runs `initdb` and `pg_ctl` of the newest PostgreSQL on the machine, in memory where possible, listening
//! on a Unix socket only. Root works too: the server refuses root, so it runs as the user `postgres` then.

mod client;
mod programs;
pub(crate) mod tls;

pub use client::{client_program, psql, psql_file};

use crate::scratch::{unique_path, unique_path_in};
use programs::{Programs, run};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, io};

/// How the folders of servers are called.
const PREFIX: &str = "frontdesk-pg";

/// The user whom a server with TLS asks for a password; a test has to create it.
const APP: &str = "app";

/// A PostgreSQL server of this test process. Stopped and removed when dropped, or when the process ends in
/// whatever way.
#[derive(Debug)]
pub struct TempPg {
    programs: Programs,
    dir: PathBuf,
    /// The TCP port of a server with TLS; without one there is only the socket.
    tcp_port: Option<u16>,
    /// Whether it keeps what it has committed over a crash of the machine.
    durable: bool,
    /// Cleans up as soon as its standard input ends, which happens with us however we go: a `static` is never
    /// dropped, and a killed test drops nothing.
    watcher: Child,
}

impl TempPg {
    /// Starts a server. Most tests want [`TempPg::shared`].
    ///
    /// # Errors
    /// PostgreSQL is missing (the text says what to install) or does not start (the text holds its log).
    pub fn start() -> io::Result<Self> {
        let server = Self::initialise(unique_path(PREFIX), None, false)?;
        server.start_server()?;
        Ok(server)
    }

    /// Starts a server as it is installed: with its files in `base`, a folder on a disk that the user `postgres`
    /// can reach, and with `fsync`. For measuring; tests do not need what it costs.
    ///
    /// # Errors
    /// As [`TempPg::start`].
    pub fn start_durable(base: &Path) -> io::Result<Self> {
        let server = Self::initialise(unique_path_in(base, PREFIX), None, true)?;
        server.start_server()?;
        Ok(server)
    }

    /// Starts a server that also listens on a TCP port of 127.0.0.1, where it takes TLS connections only, with
    /// a self-signed certificate for `localhost`: what a hosted database looks like. For [`TempPg::tls_url`].
    ///
    /// # Errors
    /// As [`TempPg::start`]; also when the program `openssl` is missing.
    pub fn start_with_tls() -> io::Result<Self> {
        let server = Self::initialise(unique_path(PREFIX), Some(tls::free_port()?), false)?;
        tls::set_up(&server.programs, &server.dir)?;
        server.start_server()?;
        Ok(server)
    }

    /// The one server that all tests of this process share; give each test a database of its own.
    ///
    /// # Panics
    /// When it cannot be started, with what to install.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<TempPg> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().unwrap_or_else(|error| panic!("{error}")))
    }

    /// Makes an empty database and returns its URL.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn create_database(&self) -> String {
        self.create_from(&self.url("template0"))
    }

    /// Makes a copy of the database at `template`, a URL of this server that nobody is connected to. A copy of
    /// a migrated database takes milliseconds where migrating takes a second.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn create_from(&self, template: &str) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let template = name_in(template);
        // the default strategy writes the copy through the log: slower in memory. Servers before 15 have one.
        let strategy = if self.major_version() >= 15 { "STRATEGY FILE_COPY" } else { "" };
        let sql = format!("CREATE DATABASE {name} TEMPLATE {template} {strategy}");
        if let Err(error) = psql(&self.url("postgres"), &sql) {
            panic!("{sql}: {error}");
        }
        self.url(&name)
    }

    /// The URL of a database, over the Unix socket.
    pub fn url(&self, database: &str) -> String {
        let port = self.tcp_port.map_or_else(String::new, |port| format!("&port={port}"));
        format!("postgres:///{database}?host={}&user=postgres{port}", self.dir.display())
    }

    /// The URL of the database at `url` over TCP, where this server takes TLS only: `sslmode=require`.
    ///
    /// # Panics
    /// For a server that was not started with TLS.
    pub fn tls_url(&self, url: &str) -> String {
        let Some(port) = self.tcp_port else { panic!("this server was started without TLS") };
        format!("postgres://postgres@127.0.0.1:{port}/{}?sslmode=require", name_in(url))
    }

    /// The URL of the database at `url` as a host gives it to an application: a name that is not taken for this
    /// machine's, a user `app` with a password, and not a word about TLS.
    ///
    /// # Panics
    /// For a server that was not started with TLS.
    pub fn hosted_url(&self, url: &str, password: &str) -> String {
        let Some(port) = self.tcp_port else { panic!("this server was started without TLS") };
        format!("postgres://{APP}:{password}@127.1:{port}/{}", name_in(url))
    }

    /// The certificate of a server with TLS, for `sslrootcert`.
    pub fn certificate(&self) -> PathBuf {
        tls::certificate(&self.dir)
    }

    /// Stops the server at once, cutting all connections as a crash would. Its data stays.
    ///
    /// # Panics
    /// When it does not stop.
    pub fn stop(&self) {
        let stopped = run(self.pg_ctl().args(["-w", "-m", "immediate", "stop"]));
        stopped.unwrap_or_else(|error| panic!("PostgreSQL does not stop: {error}"));
    }

    /// Starts the server again after [`TempPg::stop`].
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&self) {
        self.start_server().unwrap_or_else(|error| panic!("{error}"));
    }

    /// Everything but the start of the server. The watcher comes first, so that no step leaves anything.
    fn initialise(dir: PathBuf, tcp_port: Option<u16>, durable: bool) -> io::Result<Self> {
        let programs = Programs::find()?;
        fs::create_dir(&dir)?;
        let watcher = watch(&programs.command("pg_ctl"), &dir)?;
        let server = Self { programs, dir, tcp_port, durable, watcher };
        server.programs.hand_over(&server.dir)?;
        let mut initdb = server.programs.command("initdb");
        initdb.arg("-D").arg(data(&server.dir)).args(["-U", "postgres", "-A", "trust", "-E", "UTF8"]);
        run(initdb.args(["--locale=C", "--no-sync"]))?;
        Ok(server)
    }

    fn start_server(&self) -> io::Result<()> {
        let log = self.dir.join("log");
        let mut options = format!("-k '{}' -c max_connections=200", self.dir.display());
        if !self.durable {
            // a crash of the machine may lose all, but what was committed has to survive a crash of the server, so
            // synchronous_commit stays on
            options.push_str(" -c fsync=off -c full_page_writes=off");
        }
        // in the folder, so that it goes with the folder
        options.push_str(" -c dynamic_shared_memory_type=mmap");
        options.push_str(&self.tcp_port.map_or_else(|| " -h ''".to_owned(), tls::options));
        run(self.pg_ctl().arg("-w").arg("-l").arg(&log).arg("-o").arg(options).arg("start")).map_err(
            |error| {
                let log = fs::read_to_string(&log).unwrap_or_else(|unread| unread.to_string());
                io::Error::other(format!("PostgreSQL does not start: {error}\n{log}"))
            },
        )
    }

    fn pg_ctl(&self) -> Command {
        let mut command = self.programs.command("pg_ctl");
        command.arg("-D").arg(data(&self.dir));
        command
    }

    fn major_version(&self) -> u32 {
        let version = fs::read_to_string(data(&self.dir).join("PG_VERSION"));
        version.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }
}

impl Drop for TempPg {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        if let Err(error) = self.watcher.wait() {
            eprintln!("{} may be left behind: {error}", self.dir.display());
        }
    }
}

fn data(dir: &Path) -> PathBuf {
    dir.join("data")
}

/// Runs a shell that waits for the end of its input, then stops the server and removes the folder.
fn watch(pg_ctl: &Command, dir: &Path) -> io::Result<Child> {
    let mut shell = Command::new("sh");
    shell.args(["-c", "read _; \"$@\"; rm -rf \"$0\""]).arg(dir);
    shell.arg(pg_ctl.get_program()).args(pg_ctl.get_args());
    shell.arg("-D").arg(data(dir)).args(["-m", "immediate", "stop"]);
    shell.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.process_group(0); // Ctrl-C in a terminal is for the tests, not for what cleans up after them
    shell.spawn()
}

/// The database's name in one of our URLs.
fn name_in(url: &str) -> &str {
    let path = url.split('?').next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

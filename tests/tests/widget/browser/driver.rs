//! The one ChromeDriver of a test process.

use super::LIMIT;
use frontdesk_tests::ScratchDir;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{fs, io, thread};

/// What ChromeDriver writes when it listens; its port follows.
const READY: &str = "was started successfully on port ";

/// Ends ChromeDriver when its input ends, which happens with this process however it goes, then removes what it kept.
const WATCHED: &str =
    r#"chromedriver --port=0 >"$0/log" 2>&1 & child=$!; read _; kill "$child"; wait; rm -rf "$0""#;

/// A ChromeDriver on a free port. Its browsers end with it: they are led by a pipe that breaks.
pub(super) struct Driver {
    url: String,
    /// Kept open; its end is the sign to clean up.
    _input: Option<ChildStdin>,
}

impl Driver {
    /// The one that all tests of this process share.
    ///
    /// # Panics
    /// When it does not start, with what to install.
    pub(super) fn shared() -> &'static Self {
        static SHARED: OnceLock<Driver> = OnceLock::new();
        SHARED.get_or_init(|| {
            let hint = "install them with `apt-get install chromium chromium-driver`";
            Self::start().unwrap_or_else(|error| panic!("no ChromeDriver for Chromium ({error}): {hint}"))
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    fn start() -> io::Result<Self> {
        let folder = ScratchDir::new().keep();
        let mut shell = Self::watch(&folder)?;
        let url = wait_for_url(&folder.join("log"))?;
        Ok(Self { url, _input: shell.stdin.take() })
    }

    fn watch(folder: &Path) -> io::Result<Child> {
        let mut shell = Command::new("sh");
        shell.args(["-c", WATCHED]).arg(folder).current_dir(folder);
        shell.env("HOME", folder).env("TMPDIR", folder); // profiles and caches go with the folder
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        shell.process_group(0); // Ctrl-C in a terminal is for the tests, not for what cleans up after them
        shell.spawn()
    }
}

fn wait_for_url(log: &Path) -> io::Result<String> {
    let began = Instant::now();
    loop {
        let text = fs::read_to_string(log).or_else(absent_is_empty)?;
        let port = text.split_once(READY).and_then(|(_, rest)| rest.split_once(".\n"));
        if let Some((port, _)) = port {
            return Ok(format!("http://127.0.0.1:{port}"));
        }
        if began.elapsed() > LIMIT || text.contains("not found") {
            return Err(io::Error::other(text));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn absent_is_empty(error: io::Error) -> io::Result<String> {
    if error.kind() == io::ErrorKind::NotFound { Ok(String::new()) } else { Err(error) }
}

//! What a process writes, as it comes.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::process::{ChildStderr, ChildStdout};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The lines of both outputs, filled by a thread for each.
#[derive(Default)]
pub(super) struct Output {
    written: Mutex<Written>,
    changed: Condvar,
}

#[derive(Default)]
struct Written {
    stdout: Vec<String>,
    stderr: Vec<String>,
    /// How many of the two have ended.
    ended: u8,
}

impl Output {
    pub(super) fn collect(stdout: Option<ChildStdout>, stderr: Option<ChildStderr>) -> Arc<Self> {
        let output = Arc::new(Self::default());
        read(&output, stdout, |written| &mut written.stdout);
        read(&output, stderr, |written| &mut written.stderr);
        output
    }

    /// The first line of either output that is wanted; `None` when both ended or the time is up without one.
    pub(super) fn wait_for_line(&self, matches: &dyn Fn(&str) -> bool, limit: Duration) -> Option<String> {
        let found = |written: &Written| {
            let mut lines = written.stdout.iter().chain(&written.stderr).map(|line| line.trim_end());
            lines.find(|line| matches(line)).map(str::to_owned)
        };
        let waiting = |written: &mut Written| written.ended < 2 && found(written).is_none();
        let waited = self.changed.wait_timeout_while(self.lock(), limit, waiting);
        found(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Whether both outputs end in time, which a process's end brings about.
    pub(super) fn wait_for_end(&self, limit: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), limit, |written| written.ended < 2);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    pub(super) fn texts(&self) -> (String, String) {
        let written = self.lock();
        (written.stdout.concat(), written.stderr.concat())
    }

    fn lock(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (stdout, stderr) = self.texts();
        write!(f, "--- standard output\n{stdout}--- standard error\n{stderr}---")
    }
}

/// Lines keep their line break, so that the whole text is their concatenation.
fn read(
    output: &Arc<Output>,
    source: Option<impl Read + Send + 'static>,
    lines: fn(&mut Written) -> &mut Vec<String>,
) {
    let output = Arc::clone(output);
    thread::spawn(move || {
        let mut source = source.map(BufReader::new);
        let mut bytes = Vec::new();
        // a read error ends the output as its end does
        while source.as_mut().is_some_and(|source| source.read_until(b'\n', &mut bytes).is_ok_and(|n| n > 0))
        {
            lines(&mut output.lock()).push(String::from_utf8_lossy(&bytes).into_owned());
            output.changed.notify_all();
            bytes.clear();
        }
        output.lock().ended += 1;
        output.changed.notify_all();
    });
}

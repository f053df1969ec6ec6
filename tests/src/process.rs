//! The real binaries, with nothing but the environment that a test gives them.

mod api;
mod build;
mod output;

pub use api::Api;
pub(crate) use api::address_in;
pub use build::{binary, binary_with_traces};

use crate::clock;
use crate::scratch::ScratchDir;
use output::Output;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// No binary may take longer for anything that a test waits for.
const LIMIT: Duration = Duration::from_mins(1);

/// A running binary of ours. Its environment is `PATH` and what the test gives; its working directory is empty
/// and its own. Killed when dropped.
pub struct Process {
    child: Child,
    output: Arc<Output>,
    folder: ScratchDir,
    has_fake_clock: bool,
}

/// A binary that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
}

impl Process {
    /// Starts `api` or `reset-worker`, built first where that is needed.
    ///
    /// # Panics
    /// When it cannot be built or started.
    pub fn start(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::spawn(&binary(name), arguments, environment)
    }

    pub(crate) fn spawn(program: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let folder = ScratchDir::new();
        let mut command = Command::new(program);
        command.args(arguments).env_clear().current_dir(folder.path());
        command.envs(build::path_variable()).envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let output = Output::collect(child.stdout.take(), child.stderr.take());
        Self { child, output, folder, has_fake_clock: clock::is_in(environment) }
    }

    /// Runs `api` or `reset-worker` to its end.
    ///
    /// # Panics
    /// When it cannot be started, or does not end within a minute.
    pub fn run(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Finished {
        Self::start(name, arguments, environment).wait()
    }

    /// Its id, while it runs.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its working directory, where relative paths such as the default database's lead.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its standard output so far.
    pub fn stdout(&self) -> String {
        self.output.texts().0
    }

    /// Its standard error so far.
    pub fn stderr(&self) -> String {
        self.output.texts().1
    }

    /// Waits for a line of either output, also one that came before, and returns the first for which `wanted`
    /// holds.
    ///
    /// # Panics
    /// When the process ends without such a line, or a minute passes: with all it has written.
    pub fn wait_for_line(&self, wanted: impl Fn(&str) -> bool) -> String {
        match self.output.wait_for_line(&wanted, LIMIT) {
            Some(line) => line,
            None => {
                panic!("no such line within {LIMIT:?} or before the end of the process.\n{}", self.output)
            }
        }
    }

    /// Asks it to stop (SIGTERM) and waits for its end.
    ///
    /// # Panics
    /// When it does not end within a minute.
    pub fn terminate(self) -> Finished {
        self.signal("TERM");
        self.wait()
    }

    /// Kills it (SIGKILL) and waits for its end: a crash.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(self) -> Finished {
        self.signal("KILL");
        self.wait()
    }

    /// Sends a signal by name, such as `TERM` or `INT`.
    ///
    /// # Panics
    /// When the process is gone.
    pub fn signal(&self, name: &str) {
        // the shell's own `kill`: the standard library can send SIGKILL only, and a machine may lack the program
        let script = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &script]).status();
        assert!(sent.is_ok_and(|status| status.success()), "`{script}` failed.\n{}", self.output);
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it does not end within a minute.
    pub fn wait(mut self) -> Finished {
        let ended = self.output.wait_for_end(LIMIT);
        assert!(ended, "the process does not end within {LIMIT:?}.\n{}", self.output);
        let status = self.child.wait().unwrap_or_else(|error| panic!("no exit status: {error}"));
        let (stdout, stderr) = self.output.texts();
        Finished { status, stdout, stderr }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // both fail only for a process that has ended and been waited for
        drop(self.child.kill());
        drop(self.child.wait());
        if self.has_fake_clock {
            clock::forget(self.child.id());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    fn shell(script: &str, environment: &[(&str, &str)]) -> Process {
        Process::spawn(Path::new("/bin/sh"), &["-c", script], environment)
    }

    #[test]
    fn a_process_gets_the_path_and_what_the_test_gives_and_nothing_else() {
        let finished = shell("env", &[("GIVEN", "yes")]).wait();
        let mut names: Vec<&str> =
            finished.stdout.lines().filter_map(|line| line.split('=').next()).collect();
        names.retain(|name| !matches!(*name, "PWD" | "OLDPWD" | "SHLVL" | "_")); // the shell's own
        names.sort_unstable();
        assert_eq!(names, ["GIVEN", "PATH"]);
    }

    #[test]
    fn lines_of_both_outputs_are_found_while_it_runs() {
        let process = shell("echo one; echo two >&2; sleep 60", &[]);
        assert_eq!(process.wait_for_line(|line| line.starts_with('t')), "two");
        assert_eq!(process.wait_for_line(|line| line == "one"), "one");
        assert_eq!((process.stdout().as_str(), process.stderr().as_str()), ("one\n", "two\n"));
    }

    #[test]
    #[should_panic(expected = "only this")]
    fn a_line_that_does_not_come_shows_what_came() {
        shell("echo only this", &[]).wait_for_line(|line| line == "another");
    }

    #[test]
    fn a_process_can_end_in_its_own_way_when_asked() {
        let process = shell("trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done", &[]);
        process.wait_for_line(|line| line == "ready");
        let finished = process.terminate();
        assert_eq!((finished.status.code(), finished.stdout.as_str()), (Some(3), "ready\nbye\n"));
    }

    #[test]
    fn a_killed_process_ends_by_the_signal() {
        let process = shell("echo ready; exec sleep 60", &[]);
        process.wait_for_line(|line| line == "ready");
        assert_eq!(process.kill().status.signal(), Some(9));
    }
}

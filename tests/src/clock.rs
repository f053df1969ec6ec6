//! A system clock that a test sets and steps while the real binaries run.
//!
//! The binaries are not changed for it: libfaketime, preloaded, answers where they ask the system for the time,
//! and reads it from a file that the test rewrites. Only the wall clock is false; what measures how long
//! something takes (the monotonic clock) stays true, so that nothing waits longer or shorter.

use crate::scratch::ScratchDir;
use jiff::{SignedDuration, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::{fs, io};

const LIBRARY: &str = "faketime/libfaketimeMT.so.1";
const MISSING: &str = "libfaketime, which gives the binaries a clock that a test can step, is not on this machine. \
                       Debian and Ubuntu: apt-get install libfaketime.";

/// The variable by which a process with such a clock is known.
const FILE_VARIABLE: &str = "FAKETIME_TIMESTAMP_FILE";

/// A clock for any number of processes, which all see a change at once.
#[derive(Debug)]
pub struct FakeClock {
    folder: ScratchDir,
    library: PathBuf,
    /// Seconds that it is ahead of the machine's.
    ahead: AtomicI64,
}

impl FakeClock {
    /// A clock that shows `time` now and goes on from there.
    ///
    /// # Panics
    /// When libfaketime is missing, with what to install.
    pub fn showing(time: Timestamp) -> Self {
        let library = library().unwrap_or_else(|| panic!("{MISSING}"));
        let clock = Self { folder: ScratchDir::new(), library, ahead: AtomicI64::new(0) };
        clock.set(time);
        clock
    }

    /// What a process needs to go by this clock.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("LD_PRELOAD", self.library.display().to_string()),
            (FILE_VARIABLE, self.file().display().to_string()),
            // else a change would be seen ten seconds later
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            // the first name is that of newer versions
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("NO_FAKE_STAT", "1".to_owned()),
        ]
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        machine_time() + SignedDuration::from_secs(self.ahead.load(Ordering::SeqCst))
    }

    /// Makes it show `time`, to the second, and go on from there.
    ///
    /// # Panics
    /// When its file cannot be written.
    pub fn set(&self, time: Timestamp) {
        self.show(time.duration_since(machine_time()).as_secs());
    }

    /// Steps it, forward or back.
    ///
    /// # Panics
    /// As [`FakeClock::set`].
    pub fn step(&self, by: SignedDuration) {
        self.show(self.ahead.load(Ordering::SeqCst) + by.as_secs());
    }

    fn show(&self, ahead: i64) {
        self.ahead.store(ahead, Ordering::SeqCst);
        // a reader sees the old file or the new one, never half of it
        let new = self.folder.path().join("new");
        let written = fs::write(&new, format!("{ahead:+}\n")).and_then(|()| fs::rename(&new, self.file()));
        written.unwrap_or_else(|error| panic!("{}: {error}", self.file().display()));
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ahead")
    }
}

/// Whether an environment gives a process such a clock.
pub(crate) fn is_in(environment: &[(&str, &str)]) -> bool {
    environment.iter().any(|(name, _)| *name == FILE_VARIABLE)
}

/// Removes what libfaketime leaves of a process that was killed. A later process that gets the same number
/// would refuse to start for it.
pub(crate) fn forget(process: u32) {
    for name in [format!("faketime_shm_{process}"), format!("sem.faketime_sem_{process}")] {
        let path = Path::new("/dev/shm").join(name);
        match fs::remove_file(&path) {
            Ok(()) => (),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (),
            Err(error) => eprintln!("{} is left behind: {error}", path.display()),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the false time is counted from the machine's")]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

/// Debian's `/usr/lib/x86_64-linux-gnu/faketime`, others' `/usr/lib64/faketime` and the like.
fn library() -> Option<PathBuf> {
    let roots = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from);
    let below = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    roots.into_iter().chain(below).map(|folder| folder.join(LIBRARY)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Process;

    fn shell(clock: &FakeClock, script: &str) -> Process {
        let environment = clock.environment();
        let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Process::spawn(Path::new("/bin/sh"), &["-c", script], &environment)
    }

    #[test]
    fn a_process_goes_by_the_clock_and_sees_its_steps() {
        let clock = FakeClock::showing("2031-05-31T12:00:00Z".parse().unwrap());
        let day = || shell(&clock, "date -u +%F").wait().stdout;
        assert_eq!(day(), "2031-05-31\n");
        clock.step(SignedDuration::from_hours(24));
        assert_eq!(day(), "2031-06-01\n");
        clock.step(SignedDuration::from_hours(-72));
        assert_eq!(day(), "2031-05-29\n");
        clock.set("1999-12-31T12:00:00Z".parse().unwrap());
        assert_eq!(day(), "1999-12-31\n");
        assert_eq!(clock.now().to_string()[..10], *"1999-12-31");
    }

    #[test]
    fn a_killed_process_leaves_nothing_in_shared_memory() {
        let clock = FakeClock::showing("2031-05-31T12:00:00Z".parse().unwrap());
        let process = shell(&clock, "echo pid $$; exec sleep 60");
        let line = process.wait_for_line(|line| line.starts_with("pid "));
        let left = Path::new("/dev/shm").join(format!("sem.faketime_sem_{}", &line[4..]));
        process.kill();
        assert!(!left.exists(), "{}", left.display());
    }
}

//! Folders that vanish with the value that made them.

use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

/// An empty folder of its own, removed with all it holds when dropped.
#[derive(Debug)]
pub struct ScratchDir {
    path: PathBuf,
}

impl ScratchDir {
    /// A new folder, in memory where the system has such a place: tests write much and keep nothing.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn new() -> Self {
        let path = unique_path("frontdesk");
        fs::create_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The `DATABASE_URL` of an SQLite file in it that does not exist yet.
    pub fn sqlite_url(&self) -> String {
        format!("sqlite://{}", self.path.join("frontdesk.db").display())
    }
}

impl Default for ScratchDir {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for ScratchDir {
    fn drop(&mut self) {
        match fs::remove_dir_all(&self.path) {
            Ok(()) => (),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (),
            Err(error) => eprintln!("{} is left behind: {error}", self.path.display()),
        }
    }
}

/// A path that no other test or process uses.
pub(crate) fn unique_path(prefix: &str) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() { memory.to_owned() } else { env::temp_dir() };
    base.join(format!("{prefix}-{}-{:08x}", process::id(), rand::random::<u32>()))
}

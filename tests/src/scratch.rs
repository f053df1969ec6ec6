//! Folders that vanish with the value that made them.

use std::mem::{self, ManuallyDrop};
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
        Self::make(unique_path("frontdesk"))
    }

    /// A new folder in another one: for measuring on the disk that it is on.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn new_in(base: &Path) -> Self {
        Self::make(unique_path_in(base, "frontdesk"))
    }

    fn make(path: PathBuf) -> Self {
        fs::create_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves the folder to whoever removes it later than this process could.
    pub fn keep(self) -> PathBuf {
        let mut kept = ManuallyDrop::new(self);
        mem::take(&mut kept.path)
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

/// A path that no other test or process uses, in memory where the system has such a place.
pub(crate) fn unique_path(prefix: &str) -> PathBuf {
    let memory = Path::new("/dev/shm");
    unique_path_in(if memory.is_dir() { memory.to_owned() } else { env::temp_dir() }, prefix)
}

pub(crate) fn unique_path_in(base: impl Into<PathBuf>, prefix: &str) -> PathBuf {
    let mut path: PathBuf = base.into();
    path.push(format!("{prefix}-{}-{:08x}", process::id(), rand::random::<u32>()));
    path
}

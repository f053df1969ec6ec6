//! Where PostgreSQL's programs are, and as whom they run.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

const DEBIAN: &str = "/usr/lib/postgresql";
const MISSING: &str = "PostgreSQL's server programs (initdb, pg_ctl) are not on this machine. Debian and Ubuntu: \
                       apt-get install postgresql. Elsewhere: put them into PATH or set PG_BIN to their folder.";
const NO_USER: &str = "PostgreSQL's server refuses to run as root, and the user `postgres` to run it as does not \
                       exist. Debian and Ubuntu: apt-get install postgresql. Or run the tests as another user.";

/// PostgreSQL's programs.
#[derive(Debug)]
pub(super) struct Programs {
    dir: PathBuf,
    /// Whether to run them as the user `postgres`.
    as_postgres: bool,
}

impl Programs {
    pub(super) fn find() -> io::Result<Self> {
        let dir = folder_of("initdb").ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, MISSING))?;
        let as_postgres = fs::metadata("/proc/self")?.uid() == 0;
        if as_postgres && run(Command::new("id").args(["-u", "postgres"])).is_err() {
            return Err(io::Error::new(io::ErrorKind::NotFound, NO_USER));
        }
        Ok(Self { dir, as_postgres })
    }

    /// A program, to run as the user who owns the server's files.
    pub(super) fn command(&self, name: &str) -> Command {
        let program = self.dir.join(name);
        let mut command = if self.as_postgres {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // the working directory may be closed to that user; messages are read by people of any language
        command.current_dir("/").env("LC_ALL", "C");
        command
    }

    /// Gives a file or folder to the user whom the programs run as.
    pub(super) fn hand_over(&self, path: &Path) -> io::Result<()> {
        if self.as_postgres { run(Command::new("chown").arg("postgres").arg(path)) } else { Ok(()) }
    }
}

/// The folder that holds a program: `PG_BIN`, else the newest of Debian's, which are not in `PATH`, else `PATH`.
pub(super) fn folder_of(program: &str) -> Option<PathBuf> {
    let holds = |dir: &PathBuf| dir.join(program).is_file();
    if let Some(chosen) = environment("PG_BIN") {
        return Some(PathBuf::from(chosen)).filter(holds);
    }
    newest_of_debian().filter(holds).or_else(|| env::split_paths(&environment("PATH")?).find(holds))
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).ok()?.flatten();
    let numbers = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let with_server = |version: u32| Path::new(DEBIAN).join(version.to_string()).join("bin");
    // a folder may hold the client alone
    numbers.filter(|&version| with_server(version).join("initdb").is_file()).max().map(with_server)
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests find the machine's programs; no setting of ours is read"
)]
fn environment(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name)
}

/// Runs to the end; what it wrote to its standard error is the error's text. Its output is not a pipe: a server
/// that it starts would inherit it and keep it open.
pub(super) fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let output = output.map_err(|error| io::Error::new(error.kind(), format!("{command:?}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim())))
}

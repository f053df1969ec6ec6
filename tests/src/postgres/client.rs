//! The real client programs: what an operator has.

use super::programs::folder_of;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// One of PostgreSQL's client programs, such as `pgbench`, from the folder that the server's come from, else as
/// `PATH` has it.
pub fn client_program(name: &str) -> PathBuf {
    folder_of(name).unwrap_or_default().join(name)
}

/// Runs SQL in the real `psql` (`-X -At -v ON_ERROR_STOP=1`) and returns what it printed without the last line
/// break: a row a line, columns with `|` between them.
///
/// # Errors
/// `psql` is missing, cannot connect, or stops at a statement: then with its message.
pub fn psql(url: &str, sql: &str) -> io::Result<String> {
    let mut child = start(url, &[])?;
    let input = child.stdin.take();
    let script = sql.to_owned();
    // from a thread: a script's answers can fill the pipe while it is still being written
    let writer =
        std::thread::spawn(move || input.map_or(Ok(()), |mut input| input.write_all(script.as_bytes())));
    let output = end(child)?;
    writer.join().map_err(|_| io::Error::other("the thread that writes to psql panicked"))??;
    Ok(output)
}

/// As [`psql`], for a file (`-f`).
///
/// # Errors
/// As [`psql`].
pub fn psql_file(url: &str, file: &Path) -> io::Result<String> {
    let file = file.to_str().ok_or_else(|| io::Error::other("the file's name is not UTF-8"))?;
    end(start(url, &["-f", file])?)
}

fn start(url: &str, arguments: &[&str]) -> io::Result<Child> {
    let program = client_program("psql");
    Command::new(&program)
        .args(["-X", "-At", "-v", "ON_ERROR_STOP=1", "-d", url])
        .args(arguments)
        .env("LC_ALL", "C")
        .env("PGTZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", program.display())))
}

fn end(child: Child) -> io::Result<String> {
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
}

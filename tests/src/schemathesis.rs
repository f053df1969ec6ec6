//! The third-party checker of HTTP APIs, `schemathesis`: it reads the OpenAPI document of a server, makes requests of
//! it that keep to it and that do not, and judges the answers by it.

use crate::scratch::ScratchDir;
use std::path::Path;
use std::process::Command;

/// Checks the server at `url` as `tests/schemathesis/schemathesis.toml` says, as an administrator with `key`. An error
/// is the report of what was found.
///
/// # Errors
/// Something was found.
///
/// # Panics
/// When it is not installed, which `tests/run --prepare` does, or cannot be started.
pub fn check(url: &str, key: &str) -> Result<(), String> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemathesis");
    let program = own.join("venv/bin/schemathesis");
    assert!(program.is_file(), "schemathesis is not installed: run tests/run --prepare");
    // What it remembers from run to run would make a run depend on the one before.
    let folder = ScratchDir::new();
    let mut command = Command::new(&program);
    command.arg("--config-file").arg(own.join("schemathesis.toml"));
    command.args(["run", &format!("{url}/api/openapi.json"), "--checks", "all"]);
    command.current_dir(folder.path()).env("ADMIN_API_KEY", key).env("NO_COLOR", "1");
    let output = command.output().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Err(format!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}

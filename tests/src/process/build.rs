//! Where the binaries are. `cargo test` of this package alone does not build those of others.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fmt};

/// The path of one of our binaries, built once per test process with the profile of the test itself. A build
/// that has nothing to do takes a fraction of a second; cargo's own lock keeps test processes apart.
///
/// # Panics
/// When the build fails, with the compiler's messages.
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| build(&["--bin", "api", "--bin", "reset-worker"], None)).join(name)
}

/// As [`binary`], the api with the feature `otlp`. It lies in a folder of its own; what it is made of, which are
/// nearly all the crates of the other one, is built once for both.
///
/// # Panics
/// As [`binary`].
pub fn binary_with_traces() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| build(&["--bin", "api", "--features", "api/otlp"], Some("otlp"))).join("api")
}

/// Builds into the target folder, or a folder in it, and says where that is.
fn build(what: &[&str], within: Option<&str>) -> PathBuf {
    // a test is target/PROFILE/deps/NAME, a doc test lies elsewhere and has no business with binaries
    let test = env::current_exe().unwrap_or_else(|error| fail(&error));
    let folder = test.parent().and_then(Path::parent).unwrap_or_else(|| fail(&"no folder above the test"));
    let profile = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let target = folder.parent().unwrap_or_else(|| fail(&"no target folder"));
    let mut cargo = Command::new(variable("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet"]).args(what);
    cargo.args(["--profile", if profile == "debug" { "dev" } else { profile }]);
    cargo.args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")]);
    let output_folder = within.map_or_else(|| target.to_owned(), |within| target.join(within));
    cargo.env("CARGO_BUILD_BUILD_DIR", target).arg("--target-dir").arg(&output_folder);
    let output = cargo.output().unwrap_or_else(|error| fail(&error));
    if !output.status.success() {
        fail(&String::from_utf8_lossy(&output.stderr));
    }
    output_folder.join(profile)
}

fn fail(error: &dyn fmt::Display) -> ! {
    panic!("the binaries cannot be built: {error}")
}

/// `PATH`, the one variable that a binary under test gets from this process.
pub(super) fn path_variable() -> Option<(&'static str, OsString)> {
    Some(("PATH", variable("PATH")?))
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a test where it is; no setting of ours is read")]
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}

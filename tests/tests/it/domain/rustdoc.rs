//! What rustdoc knows of the crate, as JSON.
//!
//! The format is not stable, so rustc wants to be told that we know; the toolchain is pinned in
//! `rust-toolchain.toml`, and the format's version is checked.

use rustdoc_types::{Crate, FORMAT_VERSION};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A target folder of its own: the permission would make cargo build everything else anew.
const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/rustdoc-json");

/// The file, written anew once per test run.
pub(super) fn json() -> &'static Path {
    static JSON: OnceLock<PathBuf> = OnceLock::new();
    JSON.get_or_init(|| {
        let output = Command::new(env!("CARGO"))
            .args(["rustdoc", "--locked", "--package", "frontdesk-domain", "--lib", "--target-dir", TARGET])
            .args(["--", "-Z", "unstable-options", "--output-format", "json"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("RUSTC_BOOTSTRAP", "1")
            .output()
            .unwrap_or_else(|error| panic!("cargo rustdoc does not start: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo rustdoc: {errors}");
        Path::new(TARGET).join("doc/frontdesk_domain.json")
    })
}

pub(super) fn read() -> Crate {
    let text =
        std::fs::read_to_string(json()).unwrap_or_else(|error| panic!("{}: {error}", json().display()));
    let version = serde_json::from_str::<serde_json::Value>(&text)
        .ok()
        .and_then(|json| json["format_version"].as_u64());
    assert_eq!(
        version,
        Some(FORMAT_VERSION.into()),
        "rustdoc writes another format than rustdoc-types reads: take the versions of public-api and rustdoc-types \
         that fit the toolchain"
    );
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", json().display()))
}

//! What `cargo package` puts into the crate.

use std::path::Path;
use std::process::Command;

#[test]
fn the_package_holds_its_manual_and_its_licences_and_nothing_odd() {
    let output = Command::new(env!("CARGO"))
        .args(["package", "--locked", "--package", "frontdesk-domain", "--list", "--allow-dirty"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap_or_else(|error| panic!("cargo package does not start: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    let warned = said.lines().any(|line| line.starts_with("warning"));
    assert!(output.status.success() && !warned, "cargo package: {said}");
    let listed = String::from_utf8_lossy(&output.stdout);
    for needed in ["README.md", "LICENSE-APACHE", "LICENSE-MIT", "Cargo.toml", "src/lib.rs"] {
        assert!(listed.lines().any(|file| file == needed), "{needed} is missing in\n{listed}");
    }
    let written_by_cargo = ["Cargo.lock", "Cargo.toml", "Cargo.toml.orig", ".cargo_vcs_info.json"];
    let expected = |file: &&str| {
        let rust = Path::new(file).extension().is_some_and(|extension| extension == "rs");
        let code = rust && (file.starts_with("src/") || file.starts_with("tests/"));
        code || ["README.md", "LICENSE-APACHE", "LICENSE-MIT"].contains(file)
            || written_by_cargo.contains(file)
    };
    let odd: Vec<&str> = listed.lines().filter(|file| !expected(file)).collect();
    assert!(odd.is_empty(), "what is this doing in the package? {odd:?}");
}

#[test]
fn the_licences_in_the_package_are_the_projects() {
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        let read =
            |path: String| std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        assert_eq!(read(format!("{root}/crates/domain/{name}")), read(format!("{root}/{name}")), "{name}");
    }
}

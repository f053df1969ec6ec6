//! What cargo says of the workspace.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::process::Command;

#[derive(Deserialize)]
pub(super) struct Workspace {
    pub(super) packages: Vec<Package>,
    #[serde(rename = "workspace_members")]
    members: BTreeSet<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
pub(super) struct Package {
    id: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) license: Option<String>,
    /// `None` is everywhere, an empty list nowhere.
    pub(super) publish: Option<Vec<String>>,
    pub(super) edition: String,
    pub(super) source: Option<String>,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `None` is a normal one, else `dev` or `build`.
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

/// Which dependencies count.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Those of the package itself: not those of its tests.
    Shipped,
    Any,
}

impl Workspace {
    pub(super) fn load() -> Self {
        let json = cargo(&["metadata", "--locked", "--format-version", "1"]);
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("cargo metadata: {error}"))
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.members.contains(&package.id))
    }

    pub(super) fn package(&self, name: &str) -> &Package {
        let found = self.members().find(|package| package.name == name);
        found.unwrap_or_else(|| panic!("the workspace has no package {name}"))
    }

    /// The names of all packages, ours or not, that import one of this name.
    pub(super) fn importers(&self, name: &str) -> BTreeSet<&str> {
        let names: BTreeMap<&str, &str> =
            self.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
        let is_it = |id: &String| names.get(id.as_str()) == Some(&name);
        let importing = self.resolve.nodes.iter().filter(|node| node.dependencies.iter().any(is_it));
        importing.filter_map(|node| names.get(node.id.as_str()).copied()).collect()
    }
}

impl Package {
    /// The names of what its manifest imports.
    pub(super) fn direct(&self, kind: Kind) -> impl Iterator<Item = &str> {
        let counts = move |found: &&Dependency| kind == Kind::Any || found.kind.as_deref() != Some("dev");
        self.dependencies.iter().filter(counts).map(|dependency| dependency.name.as_str())
    }
}

/// The names of all crates that a package links on Linux, without itself, its tests' and its build scripts'.
pub(super) fn tree(package: &str) -> BTreeSet<String> {
    let listed = cargo(&[
        "tree",
        "--locked",
        "--package",
        package,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--target",
        "x86_64-unknown-linux-gnu",
    ]);
    let names = listed.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| *name != package).map(str::to_owned).collect()
}

#[expect(clippy::disallowed_methods, reason = "cargo tells a test where it is; no setting of ours is read")]
fn cargo(arguments: &[&str]) -> String {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let output = output.unwrap_or_else(|error| panic!("cargo does not start: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap_or_else(|error| panic!("cargo {arguments:?}: {error}"))
}

//! What may import what, as `docs/architecture.md` has it, checked against what cargo resolves. The bans on
//! single crates and the allowed licences stand in `deny.toml`, so that `cargo deny` and these tests read the
//! same rules.

mod deny;
mod licences;
mod workspace;

use deny::Rules;
use std::collections::BTreeSet;
use workspace::{Kind, Workspace};

/// Every package of the workspace with those of ours that it may import outside its tests. A new package has to
/// be given a place here.
const LAYERS: &[(&str, &[&str])] = &[
    ("frontdesk-domain", &[]),
    ("frontdesk-knowledge", &["frontdesk-domain"]),
    ("frontdesk-transfer", &["frontdesk-domain", "frontdesk-knowledge"]),
    ("frontdesk-redis", &[]),
    ("frontdesk-providers", &["frontdesk-domain", "frontdesk-redis", "frontdesk-tls"]),
    ("frontdesk-limits", &["frontdesk-redis"]),
    ("frontdesk-persistence", &["frontdesk-domain"]),
    ("frontdesk-settings", &["frontdesk-domain"]),
    ("frontdesk-tls", &[]),
    ("frontdesk-traces", &["frontdesk-tls"]),
    ("frontdesk-web", &[]),
    ("frontdesk-webhooks", &["frontdesk-domain", "frontdesk-persistence", "frontdesk-tls"]),
    (
        "frontdesk-chat",
        &["frontdesk-domain", "frontdesk-knowledge", "frontdesk-providers", "frontdesk-persistence"],
    ),
    (
        "frontdesk-http",
        &[
            "frontdesk-domain",
            "frontdesk-knowledge",
            "frontdesk-providers",
            "frontdesk-persistence",
            "frontdesk-chat",
            "frontdesk-settings",
            "frontdesk-transfer",
            "frontdesk-webhooks",
            "frontdesk-limits",
            "frontdesk-web",
        ],
    ),
    (
        "api",
        &[
            "frontdesk-domain",
            "frontdesk-knowledge",
            "frontdesk-providers",
            "frontdesk-persistence",
            "frontdesk-chat",
            "frontdesk-http",
            "frontdesk-settings",
            "frontdesk-webhooks",
            "frontdesk-limits",
            "frontdesk-redis",
            "frontdesk-traces",
            "frontdesk-web",
        ],
    ),
    ("reset-worker", &["frontdesk-domain", "frontdesk-persistence", "frontdesk-settings"]),
    ("frontdesk-tests", &[]),
];

/// What only tests may import, beyond the bans.
const FOR_TESTS: &[&str] = &["rusqlite", "thirtyfour", "frontdesk-tests"];

/// Other services link the domain: it has to stay small.
const MOST_CRATES_OF_THE_DOMAIN: usize = 15;

#[test]
fn each_package_imports_only_what_its_layer_may() {
    let workspace = Workspace::load();
    let members: BTreeSet<&str> = workspace.members().map(|package| package.name.as_str()).collect();
    let listed: BTreeSet<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    assert_eq!(members, listed, "the workspace and the table of layers list the same packages");
    for (name, allowed) in LAYERS {
        let ours = workspace.package(name).direct(Kind::Shipped).filter(|import| members.contains(import));
        let beyond: Vec<&str> = ours.filter(|import| !allowed.contains(import)).collect();
        assert!(beyond.is_empty(), "{name} must not import {beyond:?}; it may import {allowed:?}");
    }
}

#[test]
fn a_crate_with_wrappers_is_imported_by_them_alone() {
    let (workspace, rules) = (Workspace::load(), Rules::load());
    for required in ["diesel", "reqwest", "actix-web"] {
        assert!(rules.bans.iter().any(|ban| ban.name == required), "deny.toml has no rule for {required}");
    }
    for ban in &rules.bans {
        for importer in workspace.importers(&ban.name) {
            let allowed = ban.wrappers.iter().any(|wrapper| wrapper == importer);
            assert!(allowed, "{importer} must not import {}; only {:?} may", ban.name, ban.wrappers);
        }
    }
    // the above sees what is resolved; this sees a dependency behind a feature that nothing turns on
    for package in workspace.members() {
        let banned = |import: &&str| {
            rules.bans.iter().any(|ban| ban.name == *import && !ban.wrappers.contains(&package.name))
        };
        let beyond: Vec<&str> = package.direct(Kind::Any).filter(banned).collect();
        assert!(beyond.is_empty(), "{} must not import {beyond:?}", package.name);
    }
}

#[test]
fn what_is_for_tests_is_not_shipped() {
    for package in Workspace::load().members() {
        let shipped: Vec<&str> =
            package.direct(Kind::Shipped).filter(|name| FOR_TESTS.contains(name)).collect();
        assert!(shipped.is_empty(), "{} must import {shipped:?} for its tests only", package.name);
    }
}

#[test]
fn the_worker_links_neither_the_web_server_nor_the_http_client() {
    let tree = workspace::tree("reset-worker");
    for name in ["actix-web", "actix-http", "reqwest", "hyper"] {
        assert!(!tree.contains(name), "reset-worker links {name}");
    }
}

#[test]
fn the_domain_links_few_crates() {
    let tree = workspace::tree("frontdesk-domain");
    assert!(
        tree.len() <= MOST_CRATES_OF_THE_DOMAIN,
        "frontdesk-domain links {} crates: {tree:?}",
        tree.len()
    );
}

#[test]
fn every_licence_in_the_lock_file_is_allowed() {
    let (workspace, rules) = (Workspace::load(), Rules::load());
    for package in &workspace.packages {
        let licence = package.license.as_deref();
        let Some(licence) = licence else { panic!("{} names no licence", package.name) };
        let allowed = licences::is_allowed(licence, &rules.licences);
        assert_eq!(allowed, Ok(true), "{} {} is under {licence}", package.name, package.version);
    }
}

#[test]
fn every_package_of_ours_says_its_licence_and_whether_it_is_published() {
    for package in Workspace::load().members() {
        assert_eq!(package.license.as_deref(), Some("MIT OR Apache-2.0"), "{}", package.name);
        let published = package.publish.as_ref().is_none_or(|registries| !registries.is_empty());
        assert_eq!(published, package.name == "frontdesk-domain", "{}", package.name);
        assert_eq!(package.edition, "2024", "{}", package.name);
    }
}

#[test]
fn only_crates_io_is_a_source() {
    for package in &Workspace::load().packages {
        let source = package.source.as_deref().unwrap_or("path");
        let allowed = source == "path" || source == "registry+https://github.com/rust-lang/crates.io-index";
        assert!(allowed, "{} comes from {source}", package.name);
    }
}

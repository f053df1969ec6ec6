//! The public API is a committed text: a change of it is seen in review, and decides the next version's number.

use super::rustdoc;
use public_api::Builder;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/domain/api.txt");
/// Traits that a type has by itself and that nobody asks for by name. `Send` and `Sync` stay: a type that loses
/// them breaks others.
const BY_ITSELF: [&str; 6] = [
    "core::marker::Freeze",
    "core::marker::StructuralPartialEq",
    "core::marker::Unpin",
    "core::marker::UnsafeUnpin",
    "core::panic::unwind_safe::RefUnwindSafe",
    "core::panic::unwind_safe::UnwindSafe",
];
/// What the API is now, ready to be copied over the snapshot.
const CURRENT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/frontdesk-domain-api.txt");

/// One line for each item, field, variant and implementation.
fn current() -> String {
    let api = Builder::from_rustdoc_json(rustdoc::json()).omit_blanket_impls(true).build();
    let api = api.unwrap_or_else(|error| panic!("public-api: {error}")).to_string();
    let by_itself = |line: &str| {
        let name = line.strip_prefix("impl ").and_then(|rest| rest.split(' ').next());
        name.is_some_and(|name| BY_ITSELF.contains(&name))
    };
    api.lines().filter(|line| !by_itself(line)).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn the_public_api_is_the_one_that_is_written_down() {
    let api = current();
    fs::write(CURRENT, &api).unwrap_or_else(|error| panic!("{CURRENT}: {error}"));
    let snapshot = fs::read_to_string(SNAPSHOT).unwrap_or_else(|error| panic!("{SNAPSHOT}: {error}"));
    let (now, before): (BTreeSet<&str>, BTreeSet<&str>) = (api.lines().collect(), snapshot.lines().collect());
    let gone = before.difference(&now).map(|line| ["- ", line, "\n"].concat());
    let new = now.difference(&before).map(|line| ["+ ", line, "\n"].concat());
    let changed: String = gone.chain(new).collect();
    assert!(
        api == snapshot,
        "the public API of frontdesk-domain is not what crates/domain/api.txt says:\n{changed}\
         If that is meant, run:\n    cp {} crates/domain/api.txt\n\
         A line that is gone or different breaks other services: the next version is 0.(x+1).0; a new one alone is \
         0.x.(y+1).",
        Path::new(CURRENT).display()
    );
}

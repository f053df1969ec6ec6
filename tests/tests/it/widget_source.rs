//! The source of the widget: what its own tools say of it, and what it must not use. It has Node.js' tools, which
//! `tests/run` installs; what it does in a browser is another module's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a page's strict Content-Security-Policy forbids, or what could make elements of a text.
const FORBIDDEN: &[&str] = &[
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "setHTML",
    "setHTMLUnsafe",
    "parseHTMLUnsafe",
    "createContextualFragment",
    "DOMParser",
    "srcdoc",
    "document.write",
    "eval(",
    "Function(",
    "style=",
    "setAttribute('style'",
    "setAttribute(\"style\"",
    "cssText",
    "javascript:",
];

fn widget() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/web/widget")
}

/// Runs one of the widget's tools in its folder; an error is what it printed.
fn node(arguments: &[String]) -> Result<(), String> {
    let folder = widget();
    assert!(
        folder.join("node_modules").is_dir(),
        "the widget's tools are not installed: run tests/run --prepare"
    );
    let output = Command::new("node").args(arguments).current_dir(&folder).output().unwrap();
    if output.status.success() {
        return Ok(());
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    Err(format!("node {}:\n{printed}{}", arguments.join(" "), String::from_utf8_lossy(&output.stderr)))
}

/// The files below a folder whose names end so, in their order.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The forbidden words of a text, where they are not the end of a longer name.
fn forbidden(text: &str) -> Vec<&'static str> {
    let in_name = |before: &str| before.ends_with(|last: char| last.is_alphanumeric() || last == '_');
    let stands = |word: &str| text.match_indices(word).any(|(at, _)| !in_name(&text[..at]));
    FORBIDDEN.iter().copied().filter(|word| stands(word)).collect()
}

#[test]
fn its_modules_do_what_their_tests_say() {
    let tests = files(&widget().join("test"), ".test.js");
    assert!(tests.len() >= 8, "{tests:?}");
    let mut arguments = vec!["--test".to_owned()];
    arguments.extend(tests.iter().map(|path| path.display().to_string()));
    node(&arguments).unwrap();
}

#[test]
fn its_types_are_sound() {
    node(&["node_modules/typescript/bin/tsc".to_owned(), "-p".to_owned(), ".".to_owned()]).unwrap();
}

#[test]
fn what_is_served_is_built_of_it_and_within_its_sizes() {
    node(&["build.mjs".to_owned(), "--check".to_owned()]).unwrap();
}

#[test]
fn it_makes_no_elements_of_texts_and_runs_and_styles_nothing_inline() {
    let sources = files(&widget().join("src"), ".js");
    let served = files(&widget().join("../dist"), ".js");
    assert!(sources.len() > 10 && served.len() == 2, "{sources:?} {served:?}");
    for path in sources.into_iter().chain(served) {
        let found = forbidden(&fs::read_to_string(&path).unwrap());
        assert!(found.is_empty(), "{} has {found:?}", path.display());
    }
}

#[test]
fn forbidden_words_are_found_where_they_stand_alone() {
    assert_eq!(
        forbidden("a.innerHTML=b;new Function(c);(0,eval)(d);eval(e)"),
        ["innerHTML", "eval(", "Function("]
    );
    assert_eq!(forbidden("h('div', { 'style=' })"), ["style="]);
    assert_eq!(forbidden("isFunction(a); medieval(b); const style = c; lifestyle=d"), [""; 0]);
}

#[test]
fn its_lock_file_names_checksums_and_no_registry() {
    let lock = fs::read_to_string(widget().join("package-lock.json")).unwrap();
    assert!(!lock.contains("\"resolved\"") && lock.contains("\"integrity\""));
}

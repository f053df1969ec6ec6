//! The migrations as files, as an operator with `psql` has them.

use frontdesk_tests::psql_file;
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations")
}

/// The names of the migrations of `postgres` or `sqlite`, in order.
pub(crate) fn names(database: &str) -> Vec<String> {
    let folders = fs::read_dir(folder().join(database)).unwrap().map(|entry| entry.unwrap().path());
    let with_files = folders.filter(|folder| folder.join("up.sql").is_file());
    let mut names: Vec<_> =
        with_files.map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    assert!(names.len() > usize::from(database == "postgres"), "{names:?}");
    names
}

/// The text of a file below `migrations`.
pub(crate) fn text(file: &str) -> String {
    let path = folder().join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// `psql -f` with each migration in order.
pub(crate) fn up(url: &str) {
    for name in names("postgres") {
        run(url, &name, "up");
    }
}

/// `psql -f` with each way back, the newest first. The program's own list is emptied too.
pub(crate) fn down(url: &str) {
    for name in names("postgres").iter().rev() {
        run(url, name, "down");
    }
    frontdesk_tests::psql(url, "DROP TABLE IF EXISTS __diesel_schema_migrations").unwrap();
}

/// `psql -f` with one of them, `up` or `down`.
pub(crate) fn run(url: &str, name: &str, way: &str) {
    try_run(url, name, way).unwrap_or_else(|error| panic!("{name}/{way}.sql: {error}"));
}

pub(crate) fn try_run(url: &str, name: &str, way: &str) -> std::io::Result<String> {
    psql_file(url, &folder().join(format!("postgres/{name}/{way}.sql")))
}

/// What is committed at once: the statements between `BEGIN` and `COMMIT`, or one that stands alone. A migration
/// whose `metadata.toml` does not say otherwise is one transaction.
pub(crate) fn transactions(name: &str, way: &str) -> Vec<Vec<String>> {
    let all = statements(&text(&format!("postgres/{name}/{way}.sql")));
    let metadata = folder().join(format!("postgres/{name}/metadata.toml"));
    if fs::read_to_string(metadata).is_ok_and(|text| text.contains("run_in_transaction = false")) {
        return blocks(all);
    }
    vec![all]
}

fn blocks(statements: Vec<String>) -> Vec<Vec<String>> {
    let mut blocks = Vec::new();
    let mut open: Option<Vec<String>> = None;
    for statement in statements {
        match (statement.as_str(), &mut open) {
            ("BEGIN", None) => open = Some(Vec::new()),
            ("COMMIT", Some(_)) => blocks.extend(open.take()),
            ("BEGIN" | "COMMIT", _) => panic!("BEGIN and COMMIT do not alternate"),
            (_, Some(block)) => block.push(statement),
            (_, None) => blocks.push(vec![statement]),
        }
    }
    assert!(open.is_none(), "a BEGIN without COMMIT");
    blocks
}

/// The statements of a script, without the comments before them.
pub(crate) fn statements(script: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut statement = String::new();
    let mut rest = script;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '\'' => 1 + rest[1..].find('\'').expect("an open string") + 1,
            '$' => dollar_quoted(rest).unwrap_or(1),
            _ => first.len_utf8(),
        };
        let (part, after) = rest.split_at(taken);
        rest = after;
        match first {
            ';' => statements.push(std::mem::take(&mut statement).trim().to_owned()),
            '-' if part.starts_with("--") => {}
            _ => statement.push_str(part),
        }
    }
    assert_eq!(statement.trim(), "", "a statement without its semicolon");
    statements
}

/// How long `$tag$ .. $tag$` is.
fn dollar_quoted(text: &str) -> Option<usize> {
    let tag = &text[..text[1..].find('$')? + 2];
    let is_tag = tag[1..tag.len() - 1].chars().all(|c| c.is_alphanumeric() || c == '_');
    is_tag.then(|| tag.len() + text[tag.len()..].find(tag).expect("an open dollar quote") + tag.len())
}

#[test]
fn a_script_is_taken_apart() {
    let script = "-- no; statement\nSELECT 'a;''b' -- why;\n, 1;\nDO $$ BEGIN; 'x END $$;DO $t$ a; $$ ; $t$;";
    assert_eq!(statements(script), ["SELECT 'a;''b' \n, 1", "DO $$ BEGIN; 'x END $$", "DO $t$ a; $$ ; $t$"]);
    let two = blocks(["BEGIN", "a", "b", "COMMIT", "c"].map(str::to_owned).to_vec());
    assert_eq!(two, [vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()]]);
}

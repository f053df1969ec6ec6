//! Migrations since the first release only add: the release before goes on beside them (`docs/deploy/upgrade.md`).

use crate::migration_files::{names, statements, text};

/// The last migrations of the first release, which took over what others had made.
const FIRST_RELEASE: [(&str, &str); 2] = [("postgres", "023"), ("sqlite", "005")];

/// Migrations that break the rule, with the release notes' reason: visitors have to be told before.
const EXCEPTIONS: [(&str, &str); 0] = [];

/// Words that take away what the release before uses.
const TAKING: [&str; 8] = [
    "DROP TABLE",
    "DROP COLUMN",
    "DROP VIEW",
    "DROP FUNCTION",
    "DROP TYPE",
    " RENAME ",
    " SET NOT NULL",
    "TRUNCATE ",
];

/// What a statement takes away from the release before, or demands of it.
fn breaks(statement: &str) -> Option<String> {
    let words = statement.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    // The bodies of functions and triggers run later, when both releases know them.
    if words.starts_with("CREATE FUNCTION") || words.starts_with("CREATE OR REPLACE FUNCTION") {
        return None;
    }
    if let Some(taking) = TAKING.iter().find(|taking| format!("{words} ").contains(*taking)) {
        return Some(format!("`{}`", taking.trim()));
    }
    if !words.contains("ALTER TABLE") {
        return None;
    }
    let altered = words.split("ALTER COLUMN ").skip(1);
    if altered.into_iter().any(|column| {
        let what = column.split(' ').nth(1).unwrap_or_default();
        what == "TYPE" || column.contains(" SET DATA TYPE ")
    }) {
        return Some("another type".to_owned());
    }
    let mut added = words.split("ADD COLUMN ").skip(1);
    let demanded = added.find(|column| {
        column.contains("NOT NULL") && !column.contains("DEFAULT") && !column.contains("GENERATED")
    });
    demanded.map(|column| format!("a column without a default: {column}"))
}

#[test]
fn what_takes_away_is_found_and_what_adds_is_not() {
    for statement in [
        "ALTER TABLE a DROP COLUMN b",
        "alter table a\n rename column b TO c",
        "ALTER TABLE a RENAME TO b",
        "DROP TABLE IF EXISTS a",
        "ALTER TABLE a ALTER COLUMN b TYPE BIGINT",
        "ALTER TABLE a ALTER COLUMN b SET DATA TYPE BIGINT",
        "ALTER TABLE a ALTER COLUMN b SET NOT NULL",
        "ALTER TABLE a ADD COLUMN b INT, ADD COLUMN c INT NOT NULL",
        "DO $$ BEGIN ALTER TABLE a DROP COLUMN b; END $$",
    ] {
        assert!(breaks(statement).is_some(), "{statement}");
    }
    for statement in [
        "CREATE TABLE a (b INT NOT NULL)",
        "ALTER TABLE a ADD COLUMN IF NOT EXISTS b INT NOT NULL DEFAULT 0, ADD COLUMN c TEXT",
        "ALTER TABLE a ALTER COLUMN b DROP NOT NULL",
        "ALTER TABLE a ALTER COLUMN b SET DEFAULT 1",
        "DROP TRIGGER IF EXISTS t ON a",
        "DROP INDEX CONCURRENTLY IF EXISTS i",
        "CREATE OR REPLACE FUNCTION f() RETURNS void AS $$ TRUNCATE a; $$",
    ] {
        assert_eq!(breaks(statement), None, "{statement}");
    }
}

#[test]
fn migrations_since_the_first_release_only_add() {
    for (database, last) in FIRST_RELEASE {
        for name in names(database).iter().filter(|name| &name[..3] > last) {
            if EXCEPTIONS.iter().any(|(exception, _)| exception == name) {
                continue;
            }
            for statement in scripts(database, name) {
                assert_eq!(breaks(&statement), None, "{database}/{name}: {statement}");
            }
        }
    }
}

/// SQLite's triggers hold statements of their own, so that its scripts are looked at line by line.
fn scripts(database: &str, name: &str) -> Vec<String> {
    let script = text(&format!("{database}/{name}/up.sql"));
    if database == "postgres" {
        return statements(&script);
    }
    let code = script.lines().map(|line| line.split("--").next().unwrap_or_default());
    code.collect::<Vec<_>>().join("\n").split(';').map(str::to_owned).collect()
}

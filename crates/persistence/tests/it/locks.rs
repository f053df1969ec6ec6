//! Which locks the migrations take on tables that others use, measured statement by statement on both shapes of
//! database. `migrations/README.md` says the same, and nothing that takes long keeps a writer waiting.

use crate::migration_files::{self as files, names, transactions};
use crate::production::{BASE, LLM, database};
use crate::sessions::{OtherSession, wait_for};
use frontdesk_tests::psql;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The tables that others use, which exist before us.
const TABLES: [&str; 7] = [
    "clients",
    "widget_configs",
    "widget_knowledge_base",
    "widget_conversations",
    "widget_messages",
    "client_llm_usage",
    "llm_request_logs",
];

/// Those with millions of rows.
const BIG: [&str; 3] = ["widget_conversations", "widget_messages", "llm_request_logs"];

/// PostgreSQL's table locks from the one that a writer takes, the weakest first.
const MODES: [&str; 6] = [
    "ROW EXCLUSIVE",
    "SHARE UPDATE EXCLUSIVE",
    "SHARE",
    "SHARE ROW EXCLUSIVE",
    "EXCLUSIVE",
    "ACCESS EXCLUSIVE",
];

/// From here on a lock keeps writers out.
const KEEPS_WRITERS_OUT: usize = 2;

/// What one statement does to each table of [`TABLES`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Effects {
    locks: BTreeMap<String, usize>,
    reads: BTreeSet<String>,
    rewrites: BTreeSet<String>,
}

impl Effects {
    fn add(&mut self, other: Self) {
        for (table, mode) in other.locks {
            let strongest = self.locks.entry(table).or_insert(mode);
            *strongest = mode.max(*strongest);
        }
        self.reads.extend(other.reads);
        self.rewrites.extend(other.rewrites);
    }
}

/// A psql query of the locks that this session holds, the rows that it has read, and the tables' files. Rows that
/// an index led to count too: an index makes a look at many rows no shorter.
fn probe(number: usize) -> String {
    let tables = TABLES.map(|table| format!("'{table}'")).join(", ");
    format!(
        ";\nSELECT 'probe', {number}, 'lock', c.relname, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
            WHERE l.pid = pg_backend_pid() AND l.granted AND c.relname IN ({tables});
        SELECT 'probe', {number}, 'rows', relname, seq_tup_read + COALESCE(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname IN ({tables});
        SELECT 'probe', {number}, 'file', relname, pg_relation_filenode(oid) FROM pg_class WHERE relname IN ({tables});\n"
    )
}

/// Runs a transaction and tells its statements' effects on tables that were there before the migrations.
fn measure(url: &str, transaction: &[String], there: &BTreeSet<String>) -> Vec<Effects> {
    let mut script = format!("BEGIN{}", probe(0));
    for (number, statement) in transaction.iter().enumerate() {
        script += statement;
        script += &probe(number + 1);
    }
    script += "COMMIT;";
    let output = psql(url, &script).unwrap_or_else(|error| panic!("{script}: {error}"));
    let mut seen: BTreeMap<(usize, &str, &str), Vec<&str>> = BTreeMap::new();
    for line in output.lines() {
        if let ["probe", number, kind, table, value] = line.split('|').collect::<Vec<_>>()[..] {
            seen.entry((number.parse().unwrap(), kind, table)).or_default().push(value);
        }
    }
    let of = |number, kind, table| seen.get(&(number, kind, table)).cloned().unwrap_or_default();
    let between = |number: usize| {
        let mut effects = Effects::default();
        for table in there {
            let before = of(number - 1, "lock", table);
            let new = of(number, "lock", table).into_iter().filter(|mode| !before.contains(mode));
            effects.locks.extend(new.filter_map(strength).max().map(|mode| (table.clone(), mode)));
            let changed = |kind| of(number, kind, table) != of(number - 1, kind, table);
            effects.reads.extend(changed("rows").then(|| table.clone()));
            effects.rewrites.extend(changed("file").then(|| table.clone()));
        }
        effects
    };
    (1..=transaction.len()).map(between).collect()
}

/// A mode in the words of `pg_locks`, such as `ShareRowExclusiveLock`.
fn strength(mode: &str) -> Option<usize> {
    let plain = |words: &str| words.replace(' ', "").to_lowercase() + "lock";
    MODES.iter().position(|words| plain(words) == mode.to_lowercase())
}

/// Where a statement stands: migration, transaction, place in it.
type Position = (String, usize, usize);

/// The shapes of database. The last has lost its indexes, so that their making is seen.
fn shapes() -> [String; 3] {
    let without_indexes = database(&[BASE, LLM]);
    let drop = "SELECT format('DROP INDEX %I;', indexname) FROM pg_indexes WHERE schemaname = 'public' AND indexname LIKE 'idx\\_%'";
    psql(&without_indexes, &psql(&without_indexes, drop).unwrap()).unwrap();
    [database(&[BASE]), database(&[BASE, LLM]), without_indexes]
}

fn tables_of(url: &str) -> BTreeSet<String> {
    let is_there = |table: &str| psql(url, &format!("SELECT to_regclass('{table}')")).unwrap() == table;
    TABLES.iter().filter(|table| is_there(table)).map(|table| (*table).to_owned()).collect()
}

/// All statements on the way up, with the most that they do on any shape.
fn on_the_way_up() -> BTreeMap<Position, (String, Effects)> {
    let mut all = BTreeMap::new();
    for url in shapes() {
        let there = tables_of(&url);
        for name in names("postgres") {
            run_measured(&url, &name, "up", &there, &mut all);
        }
    }
    all
}

/// All statements on the way down.
fn on_the_way_down() -> BTreeMap<Position, (String, Effects)> {
    let mut all = BTreeMap::new();
    for url in shapes() {
        files::up(&url);
        let there = tables_of(&url);
        for name in names("postgres").iter().rev() {
            run_measured(&url, name, "down", &there, &mut all);
        }
    }
    all
}

fn run_measured(
    url: &str,
    name: &str,
    way: &str,
    there: &BTreeSet<String>,
    all: &mut BTreeMap<Position, (String, Effects)>,
) {
    for (t, transaction) in transactions(name, way).into_iter().enumerate() {
        let effects = match &transaction[..] {
            [statement] if statement.contains("CONCURRENTLY") => vec![concurrent(url, statement)],
            statements => measure(url, statements, there),
        };
        for (s, (statement, effects)) in transaction.into_iter().zip(effects).enumerate() {
            let known = all.entry((name.to_owned(), t, s)).or_insert((statement, Effects::default()));
            known.1.add(effects);
        }
    }
}

/// Makes or drops an index and looks at its locks while it waits for an older writer, as it does for each one.
fn concurrent(url: &str, statement: &str) -> Effects {
    let words: Vec<_> = statement.split_whitespace().collect();
    let index = words[words.iter().position(|word| *word == "EXISTS").unwrap() + 1];
    let makes = words[0] == "CREATE";
    let table = if makes {
        psql(url, &format!("DROP INDEX IF EXISTS {index}")).unwrap();
        words[words.iter().position(|word| *word == "ON").unwrap() + 1].to_owned()
    } else {
        psql(url, &format!("SELECT tablename FROM pg_indexes WHERE indexname = '{index}'")).unwrap()
    };
    let writer = OtherSession::open(url);
    writer.run(&format!("BEGIN; LOCK TABLE {table} IN ROW EXCLUSIVE MODE"));
    let waiting = format!(
        "SELECT l.mode FROM pg_locks l JOIN pg_locks w ON w.pid = l.pid AND NOT w.granted
        WHERE l.granted AND l.relation = '{table}'::regclass"
    );
    let modes = std::thread::scope(|scope| {
        let worker = scope.spawn(|| psql(url, statement).unwrap());
        let modes = wait_for(|| Some(psql(url, &waiting).unwrap()).filter(|modes| !modes.is_empty()));
        writer.run("ROLLBACK");
        worker.join().unwrap();
        modes
    });
    Effects {
        locks: BTreeMap::from([(table.clone(), modes.lines().filter_map(strength).max().unwrap())]),
        // what it reads cannot be seen from here
        reads: makes.then_some(table).into_iter().collect(),
        rewrites: BTreeSet::new(),
    }
}

/// The first words of a statement, up to what it is about.
fn headline(statement: &str) -> String {
    let line = statement.lines().next().unwrap();
    let words: Vec<_> = line.split(" (").next().unwrap().split_whitespace().collect();
    match words[..] {
        ["COMMENT", "ON", _, what, ..] => format!("COMMENT ON {}", what.split('.').next().unwrap()),
        ["CREATE", "OR", "REPLACE", "FUNCTION", what, ..] => {
            format!("CREATE FUNCTION {}", what.split('(').next().unwrap())
        }
        ["CREATE", "OR", "REPLACE", "TRIGGER", what, ..] => format!("CREATE TRIGGER {what}"),
        _ => {
            let line = words.join(" ").replace("IF NOT EXISTS ", "");
            let end = [" ADD COLUMN", " ON "].iter().filter_map(|words| line.find(words)).min();
            line[..end.unwrap_or(line.len())].to_owned()
        }
    }
}

/// The table of the manual: the statements that take a lock on others' tables.
fn lock_table() -> String {
    let mut table = "| migration | statement | lock | work |\n|---|---|---|---|\n".to_owned();
    let mut last = String::new();
    for ((name, ..), (statement, effects)) in on_the_way_up() {
        let locks: Vec<_> =
            effects.locks.iter().map(|(table, mode)| format!("{table}: {}", MODES[*mode])).collect();
        let mut work: Vec<_> = effects.rewrites.iter().map(|table| format!("rewrites {table}")).collect();
        let reads = effects.reads.difference(&effects.rewrites);
        work.extend(reads.map(|table| format!("reads {table}")));
        if locks.is_empty() && work.is_empty() {
            continue;
        }
        let or = |texts: Vec<String>, none: &str| {
            if texts.is_empty() { none.to_owned() } else { texts.join(", ") }
        };
        let line = format!(
            "| {name} | `{}` | {} | {} |",
            headline(&statement),
            or(locks, "-"),
            or(work, "metadata")
        );
        if line != last {
            writeln!(table, "{line}").unwrap();
        }
        last = line;
    }
    table
}

#[test]
fn the_manual_names_the_lock_of_each_statement() {
    let manual = files::text("README.md");
    let (_, after) = manual.split_once("<!-- locks -->\n").expect("the mark before the table");
    let (told, _) = after.split_once("<!-- end of locks -->").expect("the mark after the table");
    let measured = lock_table();
    assert!(told.trim() == measured.trim(), "migrations/README.md should hold this table:\n\n{measured}");
}

/// A lock lasts until its transaction ends. So one that keeps writers out of a table must not share a transaction
/// with a look at a big table's rows, and no big table may be rewritten at all.
#[test]
fn nothing_that_takes_long_keeps_writers_out() {
    let big = |tables: &BTreeSet<String>| BIG.iter().any(|table| tables.contains(*table));
    for (place, (_, effects)) in by_transaction() {
        let keeps_out = effects.locks.values().any(|mode| *mode >= KEEPS_WRITERS_OUT);
        assert!(!big(&effects.rewrites), "{place}: {effects:#?}");
        assert!(!keeps_out || !big(&effects.reads), "{place}: {effects:#?}");
    }
}

/// Who waits for a strong lock keeps everybody waiting who comes after. What builds an index beside writers must not
/// give up: that would leave the index invalid.
#[test]
fn whatever_waits_for_a_strong_lock_gives_way_in_time() {
    let (mut bounded, mut concurrent) = (0, 0);
    for (place, (first, effects)) in by_transaction() {
        if effects.locks.values().all(|mode| *mode == 0) {
            continue;
        }
        if first.contains("CONCURRENTLY") {
            concurrent += 1;
        } else {
            bounded += 1;
            assert!(first.starts_with("SET LOCAL lock_timeout = "), "{place} begins with {first}");
        }
    }
    assert!(bounded > 20 && concurrent > 20, "{bounded} {concurrent}");
}

/// What each transaction does, up and down, with its first statement.
fn by_transaction() -> BTreeMap<String, (String, Effects)> {
    let mut transactions: BTreeMap<String, (String, Effects)> = BTreeMap::new();
    for (way, all) in [("up", on_the_way_up()), ("down", on_the_way_down())] {
        for ((name, t, _), (statement, effects)) in all {
            let place = format!("{name}/{way}.sql, transaction {}", t + 1);
            transactions.entry(place).or_insert((statement, Effects::default())).1.add(effects);
        }
    }
    transactions
}

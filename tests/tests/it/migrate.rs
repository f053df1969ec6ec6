//! `api migrate` as an operator runs it on the database that is in production.

use crate::place::Place;
use frontdesk_tests::{Finished, Process, psql};
use std::thread;
use std::time::{Duration, Instant};

const BASE: &str = include_str!("../../../crates/persistence/tests/fixtures/base.sql");
const LLM: &str = include_str!("../../../crates/persistence/tests/fixtures/llm.sql");

/// A database of the older service, in one of its shapes.
fn production(shape: &[&str]) -> Place {
    let place = Place::postgres();
    for fixture in shape {
        psql(&place.url, fixture).unwrap();
    }
    place
}

fn start(place: &Place) -> Process {
    Process::start("api", &["migrate"], &[("DATABASE_URL", &place.url)])
}

/// The names that a process says it has migrated.
fn migrated(finished: &Finished) -> Vec<String> {
    assert!(finished.status.success(), "{}{}", finished.stdout, finished.stderr);
    finished.stdout.lines().filter_map(|line| line.strip_prefix("migrated ")).map(str::to_owned).collect()
}

/// The migrations' own names, from their folders.
fn names() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/postgres");
    let folders = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = folders
        .filter(|folder| folder.join("up.sql").is_file())
        .map(|folder| folder.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

const THEIRS: &str =
    "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'report'
    AND query LIKE '%pg_sleep%'";

/// Somebody's open transaction; it ends with this, so that a failing test ends too.
struct Open<'a>(&'a Place);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.sql(&format!("SELECT pg_terminate_backend(pid) {THEIRS}"));
    }
}

/// Does some work while somebody's transaction, begun with this SQL, is open.
fn while_open(place: &Place, sql: &str, work: impl FnOnce(Open<'_>)) {
    thread::scope(|scope| {
        let script = format!("SET application_name = 'report'; {sql}; SELECT pg_sleep(600)");
        scope.spawn(move || psql(&place.url, &script).unwrap_err());
        let begun = Instant::now();
        while place.sql(&format!("SELECT count(*) {THEIRS}")) == "0" {
            assert!(begun.elapsed() < Duration::from_mins(1), "no transaction within a minute");
            thread::sleep(Duration::from_millis(10));
        }
        work(Open(place));
    });
}

#[test]
fn three_processes_at_once_migrate_a_database_once() {
    for shape in [&[][..], &[BASE], &[BASE, LLM]] {
        let place = production(shape);
        let rows = "SELECT id, client_id, widget_id, llm_provider, total_tokens, status FROM llm_request_logs ORDER BY id";
        let before = if shape.contains(&LLM) { place.sql(rows) } else { String::new() };
        let processes: Vec<_> = (0..3).map(|_| start(&place)).collect();
        let finished: Vec<_> = processes.into_iter().map(Process::wait).collect();
        let mut ran: Vec<_> = finished.iter().flat_map(migrated).collect();
        ran.sort();
        assert_eq!(ran, names());
        let idle = finished.iter().filter(|finished| finished.stdout.contains("nothing to do")).count();
        assert_eq!(idle, 2);
        assert_eq!(place.sql(rows), before);
        assert_eq!(migrated(&start(&place).wait()), Vec::<String>::new());
        place.sql("DELETE FROM widget_knowledge_base WHERE id = 1");
    }
}

/// A report that takes long holds up the building of indexes. The process says what it has done and whom it waits
/// for, a second one says that it is not its turn, and both get there.
#[test]
fn progress_is_told_as_it_happens() {
    let place = production(&[BASE, LLM]);
    while_open(&place, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1", |open| {
        let first = start(&place);
        first.wait_for_line(|line| line == "migrated 010_idx_conversations_widget");
        let line = first.wait_for_line(|line| line.contains("waiting for the end of an older transaction"));
        assert!(line.contains("011_idx_conversations_session") && line.contains("(report, "), "{line}");
        let second = start(&place);
        second.wait_for_line(|line| line.contains("another process migrates this database (pid "));
        drop(open);
        assert_eq!(migrated(&first.wait()), names());
        assert_eq!(migrated(&second.wait()), Vec::<String>::new());
    });
}

/// A transaction that has read a table keeps it from being altered. The migration steps aside every other second, so
/// that others get through, and goes on when the way is free.
#[test]
fn a_migration_gives_way_and_names_whom() {
    let place = production(&[BASE, LLM]);
    while_open(&place, "BEGIN; SELECT count(*) FROM widget_messages", |open| {
        let process = start(&place);
        let line =
            process.wait_for_line(|line| line.contains("001_base: waiting for widget_messages, held by"));
        assert!(line.contains("(report, "), "{line}");
        process.wait_for_line(|line| line.contains("001_base: gave way to pid "));
        // Who queued up behind it gets through.
        place.sql("SET lock_timeout = '10s'; INSERT INTO widget_messages (message_type, message_text) VALUES ('user', 'x')");
        drop(open);
        assert_eq!(migrated(&process.wait()), names());
    });
}

//! The commands of `docs/deploy/backup.md`, as they stand there, while visitors ask.

use super::{commands, text};
use crate::place::{HOURS, MESSAGE, Place, on_both, say};
use frontdesk_tests::stub::{Gate, gemini_ok};
use frontdesk_tests::{Api, Process, ScratchDir, Stub, TempPg, client_program, process};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

on_both! {
    a_backup_under_traffic_is_one_moment_and_its_books_are_right,
}

const LIMIT: Duration = Duration::from_mins(1);
const VISITORS: usize = 4;
/// Asked by the visitor whose answer is under way all the time.
const SLOW: &str = "Do you treat guinea pigs?";

/// Runs a section's commands in a folder, with both databases' names in the environment.
fn run(part: &str, section: &str, folder: &Path, environment: &[(&str, &str)]) -> String {
    let script = commands(&text("docs/deploy/backup.md"), part, section);
    let programs = [process::binary("api"), client_program("pg_dump")];
    let folders: Vec<_> = programs.iter().filter_map(|program| program.parent()?.to_str()).collect();
    let script = format!("PATH=\"{}:$PATH\"\n{script}", folders.join(":"));
    let mut shell = Command::new("bash");
    let output = shell.args(["-euo", "pipefail", "-c", &script]).current_dir(folder);
    let output = output.envs(environment.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Makes a backup of the place, and restores it to another one.
struct Commands {
    folder: ScratchDir,
    part: &'static str,
    /// Where the restored database is.
    restored: Place,
}

impl Commands {
    fn new(place: &Place) -> Self {
        let (part, restored) = if place.url.starts_with("sqlite") {
            ("SQLite", Place::sqlite())
        } else {
            ("PostgreSQL", Place::postgres_of(TempPg::shared()))
        };
        Self { folder: ScratchDir::new(), part, restored }
    }

    fn back_up(&self, place: &Place) {
        let file = place.url.trim_start_matches("sqlite://");
        run(
            self.part,
            "Make one",
            self.folder.path(),
            &[("DATABASE_URL", &place.url), ("SQLITE_FILE", file)],
        );
    }

    fn restore(&self) -> String {
        let (url, file) = (self.restored.url.as_str(), self.restored.url.trim_start_matches("sqlite://"));
        // It is restored over a database that was in use.
        if self.part == "SQLite" {
            drop(self.restored.demo(&[]));
        }
        run(self.part, "Restore it", self.folder.path(), &[("RESTORED_URL", url), ("SQLITE_FILE", file)])
    }
}

/// Asks without a pause until it is told to stop.
fn visit(api: &Api, stop: &AtomicBool, answered: &AtomicUsize) {
    while !stop.load(Ordering::SeqCst) {
        say(api, HOURS);
        answered.fetch_add(1, Ordering::SeqCst);
    }
}

fn wait_for(answered: &AtomicUsize, count: usize) {
    let began = Instant::now();
    while answered.load(Ordering::SeqCst) < count {
        assert!(began.elapsed() < LIMIT, "no {count} answers in {LIMIT:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn number(place: &Place, sql: &str) -> usize {
    place.sql(sql).parse().unwrap()
}

const REPLIES: &str = "SELECT count(*) FROM widget_messages WHERE message_type = 'bot'";

fn a_backup_under_traffic_is_one_moment_and_its_books_are_right(place: &Place) {
    let gate = Arc::new(Gate::default());
    gate.close();
    let waiting = Arc::clone(&gate);
    let provider = Stub::start(move |request| {
        if String::from_utf8_lossy(&request.body).contains(SLOW) {
            waiting.pass("slow");
        }
        gemini_ok("Nine to five.", 100, 20)
    });
    let api = place.demo(&[
        ("GEMINI_API_KEY", "a-key"),
        ("GEMINI_BASE_URL", &provider.url()),
        ("PROVIDERS__GEMINI__REQUESTS_PER_MINUTE", "0"),
        ("PROVIDERS__GEMINI__TOKENS_PER_MINUTE", "0"),
        ("PROVIDERS__GEMINI__REQUESTS_PER_DAY", "0"),
        ("RESERVATION_TIMEOUT", "21"),
    ]);
    place.sql(
        "UPDATE client_llm_usage SET daily_token_limit = 100000000, monthly_token_limit = 100000000,
        daily_request_limit = 1000000, monthly_request_limit = 1000000",
    );
    let commands = Commands::new(place);
    let (stop, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    let between = thread::scope(|scope| {
        let slow = scope.spawn(|| api.post(MESSAGE, &json!({ "message_text": SLOW })).status);
        gate.wait_for("slow", 1, LIMIT);
        for _ in 0..VISITORS {
            scope.spawn(|| visit(&api, &stop, &answered));
        }
        wait_for(&answered, 30);
        let before = number(place, REPLIES);
        commands.back_up(place);
        let after = number(place, REPLIES);
        wait_for(&answered, answered.load(Ordering::SeqCst) + 30);
        stop.store(true, Ordering::SeqCst);
        gate.open();
        assert_eq!(slow.join().unwrap(), 200);
        before..=after
    });
    assert!(api.terminate().status.success());
    let audit = commands.restore();
    assert!(audit.contains("audit: no differences, accounts checked: 1"), "{audit}");
    is_one_moment(&commands.restored, &between, number(place, REPLIES));
    serves_on(&commands.restored);
}

/// Every message of the backup has its answer, but for those that were under way.
fn is_one_moment(restored: &Place, between: &std::ops::RangeInclusive<usize>, all: usize) {
    let replies = number(restored, REPLIES);
    assert!(between.contains(&replies) && replies < all, "{replies} of {all}, not within {between:?}");
    let booked = "SELECT count(*) FROM llm_request_logs WHERE status = 'success'";
    assert_eq!(number(restored, booked), replies);
    assert_eq!(number(restored, "SELECT tokens_used_today FROM client_llm_usage"), replies * 120);
    let held = number(restored, "SELECT count(*) FROM llm_request_logs WHERE status = 'pending'");
    assert!((1..=VISITORS + 1).contains(&held), "{held} held");
}

/// Nothing has to be set right by hand.
fn serves_on(restored: &Place) {
    let api = restored.demo(&[]);
    assert!(say(&api, HOURS)["response"].as_str().unwrap().starts_with("We're open"));
    assert!(api.terminate().status.success());
    let later = "UPDATE llm_request_logs SET reserved_until = '2026-01-01 00:00:00' WHERE status = 'pending'";
    restored.sql(later);
    let environment = [("DATABASE_URL", restored.url.as_str())];
    let pass = Process::run("reset-worker", &[], &environment);
    assert!(pass.status.success(), "{pass:?}");
    assert_eq!(restored.sql("SELECT tokens_reserved FROM client_llm_usage"), "0");
    let audit = Process::run("reset-worker", &["audit"], &environment);
    assert!(audit.status.success(), "{audit:?}");
}

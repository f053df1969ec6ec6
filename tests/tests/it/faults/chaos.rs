//! The faults, one after the other. Each one comes while messages are known to be under way, and is over when
//! every visitor has got answers again.

use super::LIMIT;
use super::record::Record;
use super::system::{RESERVATION_TIMEOUT, System};
use super::visitors;
use super::widgets::{IDLE, WIDGETS};
use frontdesk_tests::{Finished, Process};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use std::os::unix::process::ExitStatusExt;
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at the database.
const PAUSE: Duration = Duration::from_millis(50);
/// For a hold to be released after its time, by passes that run one after the other.
const MARGIN: Duration = Duration::from_secs(15);

pub(super) struct Chaos<'a> {
    pub(super) system: &'a System,
    pub(super) record: &'a Record,
}

impl Chaos<'_> {
    /// Each fault once.
    pub(super) fn round(&self, round: usize) {
        let worker = step(round, "midnight comes while the worker watches", || self.midnight_comes());
        step(round, "an api is killed", || self.kill_an_api());
        step(round, "an api is asked to stop", || self.stop_an_api());
        step(round, "the clock steps over a midnight", || self.step_over_midnight());
        step(round, "the clock steps back", || self.step_back());
        step(round, "PostgreSQL restarts", || self.restart_postgres());
        step(round, "credits run out", || self.wait_for_limits());
        assert_done(&worker.terminate());
    }

    /// The day ends by itself, with a worker that waits for it and then stays.
    fn midnight_comes(&self) -> Process {
        let clock = &self.system.clock;
        let tomorrow = self.today().tomorrow().unwrap();
        let midnight = tomorrow.to_zoned_datetime(TimeZone::UTC).unwrap().timestamp();
        clock.set(midnight - 4.seconds());
        let worker = self.system.watching_worker();
        worker.wait_for_line(|line| line.contains("accounts rolled"));
        self.wait_for_time(|time| time >= midnight);
        self.wait_for(
            "the worker closes the day of the idle account",
            &format!("SELECT last_daily_reset FROM client_llm_usage a JOIN widget_configs w ON w.id = a.widget_id WHERE widget_key = '{IDLE}'"),
            &tomorrow.to_string(),
        );
        self.record.everyone_gets(1);
        worker
    }

    fn kill_an_api(&self) {
        self.under_way(0, 2);
        let killed = self.system.take_api(0).kill();
        assert_eq!(killed.status.signal(), Some(9));
        self.system.providers.gate.open();
        if self.system.apis() > 1 {
            self.record.answers_come(20);
        }
        self.system.start_api(0);
        self.record.everyone_gets(2);
    }

    fn stop_an_api(&self) {
        let last = self.system.apis() - 1;
        self.under_way(last, 2);
        let stopping = self.system.take_api(last);
        stopping.process().signal("TERM");
        self.system.providers.gate.open();
        let stopped = stopping.wait();
        assert_done(&stopped);
        assert!(!stopped.stdout.contains("stopped before all messages were answered"), "{}", stopped.stdout);
        self.system.start_api(last);
        self.record.everyone_gets(1);
    }

    /// Whatever is held by messages under way is overdue at a stroke, and a new day begins: two passes find it
    /// at once, beside the apis. What was asked for is settled late.
    fn step_over_midnight(&self) {
        let (clock, tomorrow) = (&self.system.clock, self.today().tomorrow().unwrap());
        self.under_way(self.system.apis() - 1, 2);
        clock.step(SignedDuration::from_hours(24));
        thread::scope(|scope| {
            let passes = [(); 2].map(|()| scope.spawn(|| self.system.worker(&[])));
            for pass in passes {
                assert_done(&pass.join().unwrap());
            }
        });
        self.system.providers.gate.open();
        self.wait_for_time(|time| time.to_zoned_datetime(TimeZone::UTC).date() == tomorrow);
        self.record.everyone_gets(2);
        let key = WIDGETS[0].key;
        let day = format!(
            "SELECT last_daily_reset FROM client_llm_usage a JOIN widget_configs w ON w.id = a.widget_id WHERE widget_key = '{key}'"
        );
        assert_eq!(self.system.place.sql(&day), tomorrow.to_string());
    }

    /// To the day before. What the killed api held is released first: it would stay held until the clock is
    /// again where it was.
    fn step_back(&self) {
        assert_done(&self.system.worker(&[]));
        let peak = self.system.clock.now();
        self.system.clock.step(SignedDuration::from_hours(-1));
        self.wait_for_time(|time| time < peak);
        self.record.everyone_gets(2);
    }

    fn restart_postgres(&self) {
        let Some(server) = &self.system.server else { return };
        self.under_way(0, 2);
        server.stop();
        self.system.providers.gate.open();
        self.record.visitors_meet("503 \"database_unavailable\"", 3);
        server.restart();
        self.record.everyone_gets(2);
    }

    /// Until each of the four limits has denied somebody.
    fn wait_for_limits(&self) {
        for (limit, _) in WIDGETS.iter().filter_map(|widget| widget.tight) {
            self.wait_for(
                limit,
                &format!("SELECT count(*) > 0 FROM llm_request_logs WHERE status = 'credits_exhausted' AND error_message LIKE '%({limit})%'"),
                if self.system.server.is_some() { "t" } else { "1" },
            );
        }
    }

    /// The visitors have gone; a few more come, and their api is killed under them.
    pub(super) fn leave_holds_behind(&self) {
        let last = self.system.apis() - 1;
        if last > 0 {
            assert_done(&self.system.take_api(last).terminate());
        }
        self.system.providers.gate.close();
        for number in 0..3 {
            visitors::leave(self.system, self.record, &format!("leaving {number}"));
        }
        self.system.providers.gate.wait_for(&System::key(0), 3, LIMIT);
        self.system.take_api(0).kill();
        self.system.providers.gate.open();
    }

    /// Nobody is left but the worker, which releases what is held when its time is over.
    pub(super) fn wait_for_release(&self) {
        let held = || {
            self.system.place.sql("SELECT sum(tokens_reserved), sum(requests_reserved) FROM client_llm_usage")
        };
        assert_ne!(held(), "0|0", "the killed api held nothing");
        let start = Instant::now();
        while held() != "0|0" {
            if start.elapsed() > RESERVATION_TIMEOUT + MARGIN {
                return self.record.complain(format!("still held when all have gone: {}", held()));
            }
            assert_done(&self.system.worker(&[]));
        }
    }

    /// Holds the providers' requests back until so many of this api wait: then it has that many messages
    /// under way. The gate has to be opened afterwards.
    fn under_way(&self, api: usize, messages: usize) {
        let gate = &self.system.providers.gate;
        gate.close();
        gate.wait_for(&System::key(api), messages, LIMIT);
    }

    /// Waits until an api answers at such a time: the clock that the test sets is its clock.
    fn wait_for_time(&self, is_it: impl Fn(Timestamp) -> bool) {
        let start = Instant::now();
        for n in 0.. {
            let name = format!("time {n} at {}", self.system.clock.now().as_second());
            let time = visitors::ask_the_time(self.system, self.record, &name).parse().unwrap();
            if is_it(time) {
                return;
            }
            assert!(start.elapsed() < LIMIT, "the apis do not go by the clock: it is {time} there");
            thread::sleep(PAUSE);
        }
    }

    fn wait_for(&self, what: &str, sql: &str, wanted: &str) {
        let start = Instant::now();
        loop {
            let found = self.system.place.sql(sql);
            if found == wanted {
                return;
            }
            assert!(start.elapsed() < LIMIT, "{what}: {found} instead of {wanted}");
            thread::sleep(PAUSE);
        }
    }

    fn today(&self) -> Date {
        self.system.clock.now().to_zoned_datetime(TimeZone::UTC).date()
    }
}

fn step<T>(round: usize, name: &str, fault: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = fault();
    println!("round {round}: {name}: {:.1} s", start.elapsed().as_secs_f64());
    done
}

fn assert_done(finished: &Finished) {
    assert!(finished.status.success(), "{finished:?}");
}

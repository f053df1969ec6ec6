//! The running system: apis, providers, a clock, a database.

use super::providers::{Providers, TIMEOUT};
use super::widgets;
use crate::place::{ADMIN_KEY, Place};
use frontdesk_tests::{Api, FakeClock, Finished, Process, TempPg};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// All calls for one message.
const ANSWER_DEADLINE: Duration = Duration::from_secs(2);
/// For the credits of a message that nobody settles.
pub(super) const RESERVATION_TIMEOUT: Duration = Duration::from_secs(3);
/// Some hours before a month's end.
const BEGINNING: &str = "2031-05-31T18:00:00Z";

/// What is dropped first stands first: the processes before their database.
pub(super) struct System {
    apis: Mutex<Vec<Option<Api>>>,
    pub(super) providers: Providers,
    pub(super) clock: FakeClock,
    pub(super) place: Place,
    pub(super) server: Option<TempPg>,
}

impl System {
    pub(super) fn postgres(server: TempPg, apis: usize) -> Self {
        let place = Place::postgres_of(&server);
        Self { server: Some(server), ..Self::on(place, apis) }
    }

    pub(super) fn sqlite() -> Self {
        Self::on(Place::sqlite(), 1)
    }

    fn on(place: Place, apis: usize) -> Self {
        let apis = Mutex::new(std::iter::repeat_with(|| None).take(apis).collect());
        let clock = FakeClock::showing(BEGINNING.parse().unwrap());
        Self { apis, providers: Providers::start(), clock, place, server: None }
    }

    /// Starts all apis on a database with the widgets.
    pub(super) fn start(&self) {
        let first = self.api(0, &["serve", "--demo"]);
        widgets::seed(&self.place);
        self.lock()[0] = Some(first);
        for number in 1..self.apis() {
            self.start_api(number);
        }
    }

    /// How many there are when all run.
    pub(super) fn apis(&self) -> usize {
        self.lock().len()
    }

    pub(super) fn start_api(&self, number: usize) {
        let api = self.api(number, &["serve"]);
        self.lock()[number] = Some(api);
    }

    /// Takes an api away: no new visitor is sent to it.
    pub(super) fn take_api(&self, number: usize) -> Api {
        self.lock()[number].take().expect("it runs")
    }

    /// The addresses of the running apis.
    pub(super) fn addresses(&self) -> Vec<String> {
        self.lock().iter().flatten().map(|api| api.url().to_owned()).collect()
    }

    /// What the running apis logged about a request.
    pub(super) fn log_of(&self, request: &str) -> String {
        let logs: String = self.lock().iter().flatten().map(|api| api.process().stdout()).collect();
        logs.lines().filter(|line| line.contains(request)).collect::<Vec<_>>().join("\n")
    }

    /// The name of an api at the providers' gate.
    pub(super) fn key(number: usize) -> String {
        format!("key-of-api-{number}")
    }

    /// A reset worker that stays.
    pub(super) fn watching_worker(&self) -> Process {
        let environment = self.environment();
        Process::start("reset-worker", &["--watch"], &borrowed(&environment))
    }

    /// A pass of the reset worker, or another command of its.
    pub(super) fn worker(&self, arguments: &[&str]) -> Finished {
        let environment = self.environment();
        Process::run("reset-worker", arguments, &borrowed(&environment))
    }

    fn api(&self, number: usize, arguments: &[&str]) -> Api {
        let mut environment = self.environment();
        environment.extend(self.providers.environment(&Self::key(number)));
        environment.push(("ADMIN_API_KEY", ADMIN_KEY.to_owned()));
        assert!(TIMEOUT < ANSWER_DEADLINE && ANSWER_DEADLINE < RESERVATION_TIMEOUT);
        Api::start_with(arguments, &borrowed(&environment))
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = self.clock.environment();
        environment.push(("DATABASE_URL", self.place.url.clone()));
        environment.push(("ANSWER_DEADLINE_MS", ANSWER_DEADLINE.as_millis().to_string()));
        environment.push(("LOG_RETENTION_DAYS", "0".to_owned())); // what is checked shall not be pruned
        environment.push(("RESERVATION_TIMEOUT", RESERVATION_TIMEOUT.as_secs().to_string()));
        environment
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<Api>>> {
        self.apis.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn borrowed<'a>(environment: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    environment.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

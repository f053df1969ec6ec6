//! Providers that fail now and then: visitors hardly notice, nobody is called too late, and the books are exact.

use crate::place::{HOURS, MESSAGE, Place};
use frontdesk_tests::stub::{Faulty, QUESTION, claude_ok, openai_ok};
use frontdesk_tests::{Api, Process};
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const KEY: &str = "a-key-that-nobody-may-see";
const MESSAGES: u64 = 400;
const VISITORS: usize = 8;
/// Of ten thousand messages more than so many have to get a model's answer.
const ANSWERED_OF_10_000: usize = 9_950;
/// For one call, and for all calls for one message.
const LIMITS: (Duration, Duration) = (Duration::from_millis(1_500), Duration::from_secs(5));
/// What a busy machine may take on top before anything arrives at all.
const GRACE: Duration = Duration::from_millis(250);
const TOKENS: (u32, u32) = (60, 6);

/// An api whose widget asks OpenAI and then Claude.
struct World {
    place: Place,
    api: Api,
}

/// A message and what became of it.
struct Told {
    question: u64,
    sent: Instant,
    answered: Instant,
    by_model: bool,
}

impl World {
    fn start(openai: &Faulty, claude: &Faulty, limits: (Duration, Duration)) -> Self {
        let place = Place::sqlite();
        drop(place.demo(&[]));
        place.sql(
            "UPDATE widget_configs SET llm_provider = 'openai';
             UPDATE client_llm_usage SET daily_token_limit = 1000000000, daily_request_limit = 1000000000,
                monthly_token_limit = 1000000000, monthly_request_limit = 1000000000;",
        );
        let (timeout, deadline) = (limits.0.as_millis().to_string(), limits.1.as_millis().to_string());
        let api = place.demo(&[
            ("OPENAI_API_KEY", KEY),
            ("OPENAI_BASE_URL", &openai.url()),
            ("ANTHROPIC_API_KEY", KEY),
            ("ANTHROPIC_BASE_URL", &claude.url()),
            ("FALLBACK_PROVIDERS", "claude"),
            ("PROVIDER_TIMEOUT_MS", &timeout),
            ("ANSWER_DEADLINE_MS", &deadline),
        ]);
        Self { place, api }
    }

    fn tell(&self, question: u64) -> Told {
        let sent = Instant::now();
        let text = format!("{QUESTION}{question}. {HOURS}");
        let answer = self.api.post(MESSAGE, &json!({ "message_text": text }));
        assert_eq!(answer.status, 200, "{}", answer.text);
        let by_model = answer.json["response"] == json!("Nine to five.");
        Told { question, sent, answered: Instant::now(), by_model }
    }

    /// All messages of as many visitors as there are.
    fn tell_all(&self, visitors: usize, messages: u64) -> Vec<Told> {
        let next = &AtomicU64::new(0);
        let visit = || {
            let numbers = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
            numbers.take_while(|&number| number < messages).map(|number| self.tell(number)).collect()
        };
        thread::scope(|scope| {
            let visits: Vec<_> = (0..visitors).map(|_| scope.spawn(visit)).collect();
            visits.into_iter().flat_map(|visit| -> Vec<Told> { visit.join().unwrap() }).collect()
        })
    }

    /// After the end of the api: the log has a row for each call, the books are its sums, nothing is held.
    fn check_books(self, openai: &Faulty, claude: &Faulty, answers: usize) {
        let Self { place, api } = self;
        assert!(api.terminate().status.success());
        for (name, provider) in [("openai", openai), ("claude", claude)] {
            let rows = place.sql(&format!(
                "SELECT count(*) FROM llm_request_logs WHERE llm_provider = '{name}' AND response_time_ms > 0"
            ));
            assert_eq!(rows, provider.calls().to_string(), "calls of {name}");
        }
        let tokens = answers * (TOKENS.0 + TOKENS.1) as usize;
        let answered =
            "SELECT count(*), COALESCE(sum(total_tokens), 0) FROM llm_request_logs WHERE status = 'success'";
        assert_eq!(place.sql(answered), format!("{answers}|{tokens}"));
        // A call that broke off may have been billed, which is estimated and booked.
        let logged = place.sql("SELECT sum(total_tokens) FROM llm_request_logs");
        let used = "SELECT total_requests_made, total_tokens_used, tokens_reserved FROM client_llm_usage";
        assert_eq!(place.sql(used), format!("{answers}|{logged}|0"));
        let audit = Process::run("reset-worker", &["audit"], &[("DATABASE_URL", &place.url)]);
        assert!(audit.stdout.contains("audit: no differences"), "{}{}", audit.stdout, audit.stderr);
    }
}

/// How many calls for these messages came later than any call may begin.
fn calls_after(deadline: Duration, told: &[Told], providers: [&Faulty; 2]) -> usize {
    let arrivals = providers.map(Faulty::arrivals);
    let of = |message: &Told| arrivals.iter().filter_map(|all| all.get(&message.question)).flatten().count();
    let late = |message: &Told| {
        let calls = arrivals.iter().filter_map(|all| all.get(&message.question)).flatten();
        calls.filter(|arrived| **arrived > message.sent + deadline + GRACE).count()
    };
    assert!(told.iter().map(of).sum::<usize>() > 0);
    told.iter().map(late).sum()
}

#[test]
fn one_call_in_ten_failing_costs_hardly_a_visitor_the_models_answer() {
    let openai = Faulty::start(1, Duration::ZERO, openai_ok("Nine to five.", TOKENS.0, TOKENS.1));
    let claude = Faulty::start(2, Duration::ZERO, claude_ok("Nine to five.", TOKENS.0, TOKENS.1));
    let world = World::start(&openai, &claude, LIMITS);
    let told = world.tell_all(VISITORS, MESSAGES);
    assert_eq!(told.len() as u64, MESSAGES);
    let answered = told.iter().filter(|message| message.by_model).count();
    assert!(answered * 10_000 > told.len() * ANSWERED_OF_10_000, "{answered} of {MESSAGES}");
    assert!(openai.calls() > 400 && claude.calls() > 10, "{} {}", openai.calls(), claude.calls());
    let late = told.iter().filter(|message| message.answered > message.sent + LIMITS.1 + GRACE).count();
    assert_eq!((late, calls_after(LIMITS.1, &told, [&openai, &claude])), (0, 0));
    world.check_books(&openai, &claude, answered);
}

/// A second call could begin in time, a third one could not.
#[test]
fn no_call_begins_after_the_deadline_when_every_provider_hangs() {
    let limits = (Duration::from_secs(1), Duration::from_millis(1_500));
    let (openai, claude) = (Faulty::hanging(), Faulty::hanging());
    let world = World::start(&openai, &claude, limits);
    let told = world.tell_all(3, 3);
    assert_eq!(told.iter().filter(|message| message.by_model).count(), 0);
    assert!(openai.calls() >= 3);
    assert_eq!(calls_after(limits.1, &told, [&openai, &claude]), 0);
    world.check_books(&openai, &claude, 0);
}

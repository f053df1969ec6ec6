use super::*;
use frontdesk_domain::quota::{Measure, Reported, Window};
use std::io::Write;
use std::sync::Mutex;

/// Groq's free tier for one tenant: 8,000 tokens a minute.
fn groq(keys: impl IntoIterator<Item = Vec<Say>>) -> World {
    World::new(Resilience { quota: settings(), ..Resilience::default() }, keys)
}

#[tokio::test]
async fn a_call_that_would_exceed_the_minute_is_not_sent() {
    let world = groq([vec![Say::Used(4_000)]]);
    assert!(world.ask_for(1, 4_000).await.is_ok() && world.ask_for(1, 4_000).await.is_ok());
    let refused = world.ask_for(1, 1).await.unwrap_err();
    assert_eq!(refused.failure, Failure::QuotaReached);
    let detail = "groq openai/gpt-oss-20b: tokens per minute used up until 2026-11-23T10:01:05Z";
    assert_eq!(refused.detail, detail);
    assert_eq!(world.calls(), [2]);
    world.clock.advance(65);
    assert!(world.ask_for(1, 4_000).await.is_ok());
}

#[tokio::test]
async fn each_key_has_a_quota_of_its_own() {
    let world = groq([vec![Say::Used(8_000)], vec![Say::Used(8_000)]]);
    assert!(world.ask_for(1, 8_000).await.is_ok() && world.ask_for(1, 8_000).await.is_ok());
    assert_eq!(failure(world.ask_for(1, 1).await), Failure::QuotaReached);
    assert_eq!(world.calls(), [1, 1]);
}

#[tokio::test]
async fn what_was_not_used_is_given_back() {
    let world = groq([vec![Say::Used(100)]]);
    drop(world.providers.admit(&Call { tokens: 8_000, ..world.call() }).await.unwrap());
    for _ in 0..10 {
        assert!(world.ask_for(1, 7_000).await.is_ok());
    }
    assert_eq!(failure(world.ask_for(1, 7_001).await), Failure::QuotaReached);
}

#[tokio::test]
async fn a_visitor_who_leaves_leaves_the_tokens_taken() {
    let world = groq([vec![Say::Hang]]);
    let permit = world.providers.admit(&Call { tokens: 8_000, ..world.call() }).await.unwrap();
    let request = request();
    let mut call = Box::pin(permit.complete(&request));
    tokio::select! {
        biased;
        result = &mut call => panic!("{result:?}"),
        () = std::future::ready(()) => (),
    }
    drop(call);
    assert_eq!(failure(world.admit().await), Failure::QuotaReached);
}

#[tokio::test]
async fn one_busy_widget_leaves_room_for_others() {
    let world = World::new(Resilience::default(), [vec![Say::Used(1_000)]]);
    let mut served = 0;
    while world.ask_for(1, 1_000).await.is_ok() {
        served += 1;
    }
    assert_eq!(served, 4, "half of 8,000 tokens");
    assert!(world.ask_for(2, 1_000).await.is_ok());
}

#[tokio::test]
async fn what_the_provider_says_is_left_counts() {
    let left =
        |tokens| Reported { remaining: Some(tokens), ..Reported::new(Measure::Tokens, Window::Minute) };
    let world = groq([vec![Say::Reports(10, vec![left(50)])]]);
    assert!(world.ask_for(1, 100).await.is_ok());
    assert_eq!(failure(world.ask_for(1, 51).await), Failure::QuotaReached);
    assert!(world.ask_for(1, 50).await.is_ok());
}

#[tokio::test]
async fn a_spent_day_rests_until_midnight_in_california_and_spent_money_an_hour() {
    let day = Reported { remaining: Some(0), ..Reported::new(Measure::Requests, Window::Day) };
    let spent_day = Say::FailReporting(Failure::QuotaSpent, vec![day]);
    for (says, seconds) in [(spent_day, 22 * 3_600), (Say::Fail(Failure::QuotaSpent), 3_600)] {
        let resilience = Resilience { quota: settings(), ..Resilience::default() };
        let world = World::of(&ProviderName::GEMINI, resilience, [vec![says, Say::Used(1)]]);
        assert_eq!(failure(world.ask().await), Failure::QuotaSpent);
        world.clock.advance(seconds - 1);
        assert_eq!(failure(world.ask().await), Failure::QuotaReached, "{seconds}");
        world.clock.advance(1);
        assert!(world.ask().await.is_ok(), "{seconds}");
    }
}

#[tokio::test]
async fn no_more_models_are_kept_in_mind_than_256() {
    let world = groq([vec![Say::Used(8_000)]]);
    assert!(world.ask_for(1, 8_000).await.is_ok());
    for number in 0..255 {
        let model = format!("model-{number}");
        world.ask_with(Call { model: &model, ..world.call() }).await.unwrap();
    }
    assert!(world.ask_for(1, 8_000).await.is_err(), "still known");
    world.ask_with(Call { model: "model-255", ..world.call() }).await.unwrap();
    world.ask_with(Call { model: "model-0", ..world.call() }).await.unwrap();
    assert!(world.ask_for(1, 8_000).await.is_err(), "used after the one that was forgotten");
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn operators_read_each_thing_once() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = groq([vec![Say::Used(8_000), Say::Fail(Failure::InvalidKey), Say::Used(1)]]);
    for _ in 0..9 {
        drop(world.ask_for(1, 8_000).await.ok());
    }
    world.clock.advance(65);
    for _ in 0..9 {
        drop(world.ask_for(1, 10).await.ok());
    }
    world.clock.advance(30);
    world.ask_for(1, 10).await.unwrap();
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    assert_eq!(
        lines,
        [
            "WARN LLM quota of groq openai/gpt-oss-20b: tokens per minute used up, not asked until \
         2026-11-23T10:01:05Z",
            "WARN LLM circuit breaker of groq openai/gpt-oss-20b opened until 2026-11-23T10:01:35Z: invalid key",
            "INFO LLM circuit breaker of groq openai/gpt-oss-20b is half open: one call is tried",
            "INFO LLM circuit breaker of groq openai/gpt-oss-20b closed: it answers again",
        ]
    );
}

#[tokio::test]
async fn to_ask_whether_a_call_would_be_let_through_takes_nothing() {
    let world = groq([vec![Say::Used(8_000)]]);
    let call = Call { tokens: 8_000, ..world.call() };
    for _ in 0..10 {
        assert_eq!(world.providers.would_admit(&call), Ok(()));
    }
    let never = Call { tokens: 8_001, ..world.call() };
    assert_eq!(world.providers.would_admit(&never).unwrap_err().failure, Failure::QuotaReached);
    assert!(world.ask_for(1, 8_000).await.is_ok());
    let refused = world.ask_for(1, 1).await.unwrap_err();
    assert_eq!(world.providers.would_admit(&Call { tokens: 1, ..call }), Err(refused));
    let nobody = Call { provider: &ProviderName::CLAUDE, ..world.call() };
    assert_eq!(world.providers.would_admit(&nobody).unwrap_err().failure, Failure::NotConfigured);
}

use super::*;
use frontdesk_providers::StreamEvent;

const TIMEOUT: Say = Say::Fail(Failure::Timeout);

#[tokio::test]
async fn a_failing_provider_is_left_alone_and_then_probed() {
    let mut says = vec![TIMEOUT; 6];
    says.push(Say::Used(1));
    let world = World::unlimited([says]);
    for _ in 0..5 {
        assert_eq!(failure(world.ask().await), Failure::Timeout);
    }
    let refused = world.ask().await.unwrap_err();
    assert_eq!(refused.failure, Failure::CircuitOpen);
    let detail = "groq openai/gpt-oss-20b has failed too often, not asked until 2026-11-23T10:00:30Z";
    assert_eq!(refused.detail, detail);
    assert_eq!(world.calls(), [5], "nothing was sent");
    world.clock.advance(30);
    assert_eq!(failure(world.ask().await), Failure::Timeout, "the probe");
    world.clock.advance(59);
    assert_eq!(failure(world.ask().await), Failure::CircuitOpen, "twice as long");
    world.clock.advance(1);
    assert!(world.ask().await.is_ok() && world.ask().await.is_ok());
}

#[tokio::test]
async fn a_callers_own_bad_request_never_opens_it() {
    let world = World::unlimited([vec![Say::Fail(Failure::Rejected)]]);
    for _ in 0..50 {
        assert_eq!(failure(world.ask().await), Failure::Rejected);
    }
}

#[tokio::test]
async fn models_have_breakers_of_their_own() {
    let world = World::unlimited([vec![Say::Fail(Failure::ModelGone), Say::Used(1)]]);
    assert_eq!(failure(world.ask().await), Failure::ModelGone);
    assert_eq!(failure(world.ask().await), Failure::CircuitOpen);
    assert!(world.ask_with(Call { model: "another", ..world.call() }).await.is_ok());
}

#[tokio::test]
async fn a_visitor_who_leaves_gives_the_probe_back_and_is_no_failure() {
    let world = World::unlimited([vec![Say::Fail(Failure::InvalidKey), Say::Hang, Say::Used(1)]]);
    assert_eq!(failure(world.ask().await), Failure::InvalidKey);
    world.clock.advance(30);
    drop(world.admit().await.unwrap());
    let hanging = world.admit().await.unwrap();
    assert_eq!(failure(world.admit().await), Failure::CircuitOpen, "one probe at a time");
    let request = request();
    let mut call = Box::pin(hanging.complete(&request));
    tokio::select! {
        biased;
        result = &mut call => panic!("{result:?}"),
        () = std::future::ready(()) => (),
    }
    drop(call);
    assert_eq!(world.calls(), [2]);
    assert!(world.ask().await.is_ok(), "the next call is the probe");
}

#[tokio::test]
async fn a_stream_counts_when_it_ends() {
    let world = World::unlimited([vec![Say::Breaks(Failure::CutOff)]]);
    for _ in 0..5 {
        let mut stream = world.admit().await.unwrap().stream(&request()).await.unwrap();
        assert_eq!(stream.next().await, Some(StreamEvent::Delta("Hel".to_owned())));
        assert!(matches!(stream.next().await, Some(StreamEvent::End(end)) if end.error.is_some()));
    }
    assert_eq!(failure(world.admit().await), Failure::CircuitOpen);
}

#[tokio::test]
async fn a_stream_that_is_stopped_or_dropped_is_no_failure() {
    let world = World::unlimited([vec![Say::Breaks(Failure::CutOff)]]);
    for round in 0..20 {
        let mut stream = world.admit().await.unwrap().stream(&request()).await.unwrap();
        assert!(stream.next().await.is_some());
        if round % 2 == 0 {
            assert_eq!(stream.stop().error, None);
        }
    }
    assert!(world.admit().await.is_ok());
}

//! Deliveries, from the outbox to a receiver that checks their signatures with another implementation.

use crate::world::{SECRET, World, on_both};
use frontdesk_persistence::{Database, DeliveryStatus, WebhookPatch};
use frontdesk_tests::stub::{Gate, Recorded};
use frontdesk_tests::{Reply, Stub};
use frontdesk_webhooks::Policy;
use jiff::{SignedDuration, ToSpan};
use ring::hmac;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

on_both!(
    an_event_arrives_once_signed_and_is_logged,
    what_fails_is_sent_again_later_with_the_same_body,
    what_fails_for_a_day_is_given_up,
    a_receiver_is_left_alone_for_as_long_as_it_asks,
    a_receiver_that_is_gone_is_not_asked_again,
    two_processes_deliver_each_event_once,
    a_delivery_that_nobody_finished_is_made_again,
    nothing_is_sent_to_a_private_address,
    a_receiver_that_hangs_does_not_hold_up_others,
    who_stops_finishes_what_is_under_way,
    a_test_says_what_the_receiver_said,
    a_changed_secret_is_accepted_by_both,
);

const PATIENCE: Duration = Duration::from_secs(30);

fn ok() -> Reply {
    Reply::json(200, &json!({}))
}

fn failing(status: u16) -> Reply {
    Reply::json(status, &json!({"error": "no"}))
}

/// Whether one of the signatures is this secret's, as a receiver checks it.
fn is_signed_by(request: &Recorded, secret: &str) -> bool {
    let header = request.header("frontdesk-signature").unwrap();
    let (timestamp, signatures) = header.split_once(",v1=").unwrap();
    let signed = [timestamp.strip_prefix("t=").unwrap().as_bytes(), b".", &request.body].concat();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let byte = |hex: &str| u8::from_str_radix(hex, 16).unwrap();
    signatures.split(",v1=").any(|hex| {
        let mac: Vec<u8> = (0..hex.len()).step_by(2).map(|at| byte(&hex[at..at + 2])).collect();
        hmac::verify(&key, &signed, &mac).is_ok()
    })
}

fn event_ids(requests: &[Recorded]) -> Vec<String> {
    requests.iter().map(|request| request.json()["id"].as_str().unwrap().to_owned()).collect()
}

async fn an_event_arrives_once_signed_and_is_logged(world: &World) {
    let receiver = Stub::start(|_| ok());
    let webhook = world.webhook(&receiver).await;
    world.event(&webhook, 1);
    let webhooks = world.webhooks(&world.db);
    assert_eq!(webhooks.deliver_due().await.unwrap(), 1);
    assert_eq!(webhooks.deliver_due().await.unwrap(), 0);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/hook"));
    for (name, value) in [
        ("content-type", "application/json"),
        ("frontdesk-event", "credits.threshold"),
        ("frontdesk-delivery", "1"),
    ] {
        assert_eq!(request.header(name), Some(value));
    }
    assert_eq!(
        request.json(),
        json!({
            "id": "evt_1", "type": "credits.threshold", "created_at": "2026-11-23T10:00:00.000Z", "client_id": 1,
            "data": {"percent": 80, "widget_name": "Caf\u{e9}"},
        })
    );
    assert!(request.header("frontdesk-signature").unwrap().starts_with("t=1795428000,v1="));
    assert!(is_signed_by(request, SECRET) && !is_signed_by(request, "another"));
    let delivery = world.log(webhook.id).await.remove(0);
    assert_eq!((delivery.status, delivery.attempts), (DeliveryStatus::Delivered, 1));
    assert_eq!((delivery.last_status_code, delivery.last_error), (Some(200), None));
    assert_eq!((delivery.delivered_at, delivery.next_attempt_at), (Some(world.now()), None));
}

async fn what_fails_is_sent_again_later_with_the_same_body(world: &World) {
    let receiver = Stub::replies([failing(500), Reply::CutConnection, ok()]);
    let webhook = world.webhook(&receiver).await;
    world.event(&webhook, 1);
    let webhooks = world.webhooks(&world.db);
    let began = world.now();
    for (after, attempts, code) in [(0, 1, Some(500)), (15, 2, None), (60, 3, Some(200))] {
        if after > 0 {
            world.set_clock(began + SignedDuration::from_secs(after - 1));
            assert_eq!(webhooks.deliver_due().await.unwrap(), 0, "{after}");
        }
        world.set_clock(began + SignedDuration::from_secs(after));
        assert_eq!(webhooks.deliver_due().await.unwrap(), 1, "{after}");
        let delivery = world.log(webhook.id).await.remove(0);
        assert_eq!((delivery.attempts, delivery.last_status_code), (attempts, code));
        assert_eq!(delivery.last_error.is_none(), code == Some(200), "{:?}", delivery.last_error);
    }
    let requests = receiver.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.body == requests[0].body && is_signed_by(request, SECRET)));
    let signatures: BTreeSet<_> =
        requests.iter().map(|request| request.header("frontdesk-signature")).collect();
    assert_eq!(signatures.len(), 3);
}

async fn what_fails_for_a_day_is_given_up(world: &World) {
    let receiver = Stub::start(|_| failing(404));
    let webhook = world.webhook(&receiver).await;
    world.event(&webhook, 1);
    let webhooks = world.webhooks(&world.db);
    let began = world.now();
    loop {
        assert_eq!(webhooks.deliver_due().await.unwrap(), 1);
        match world.log(webhook.id).await.remove(0).next_attempt_at {
            Some(next) => world.set_clock(next),
            None => break,
        }
    }
    let delivery = world.log(webhook.id).await.remove(0);
    assert_eq!((delivery.status, delivery.attempts), (DeliveryStatus::Failed, 13));
    assert_eq!(delivery.last_error.as_deref(), Some("it answered 404"));
    assert_eq!((world.now(), delivery.last_attempt_at), (began + 24.hours(), Some(began + 24.hours())));
    assert_eq!(receiver.requests().len(), 13);
    assert!(world.db.webhook(webhook.id).await.unwrap().unwrap().is_active);
}

async fn a_receiver_is_left_alone_for_as_long_as_it_asks(world: &World) {
    let receiver = Stub::start(|_| failing(429).with_header("retry-after", "3600"));
    let webhook = world.webhook(&receiver).await;
    world.event(&webhook, 1);
    world.webhooks(&world.db).deliver_due().await.unwrap();
    let delivery = world.log(webhook.id).await.remove(0);
    assert_eq!(delivery.next_attempt_at, Some(world.now() + 1.hour()));
}

async fn a_receiver_that_is_gone_is_not_asked_again(world: &World) {
    let receiver = Stub::start(|_| failing(410));
    let webhook = world.webhook(&receiver).await;
    world.event(&webhook, 1);
    let webhooks = world.webhooks(&world.db);
    webhooks.deliver_due().await.unwrap();
    world.event(&webhook, 2);
    world.set_clock(world.now() + 48.hours());
    assert_eq!(webhooks.deliver_due().await.unwrap(), 0);
    assert_eq!(receiver.requests().len(), 1);
    let stored = world.db.webhook(webhook.id).await.unwrap().unwrap();
    assert_eq!((stored.is_active, stored.inactive_reason.as_deref()), (false, Some("it answered 410 Gone")));
    assert_eq!(world.log(webhook.id).await[0].status, DeliveryStatus::Failed);
}

async fn two_processes_deliver_each_event_once(world: &World) {
    let receivers = [Stub::start(|_| ok()), Stub::start(|_| ok())];
    let mut id = 0;
    for receiver in &receivers {
        let webhook = world.webhook(receiver).await;
        for _ in 0..40 {
            id += 1;
            world.event(&webhook, id);
        }
    }
    let second = Database::connect(&world.url, 4).await.unwrap();
    let (one, other) = (world.webhooks(&world.db), world.webhooks(&second));
    let (made, others) = tokio::join!(one.deliver_due(), other.deliver_due());
    // Whoever finds everything claimed has nothing to do; the other one does the rest.
    assert_eq!(made.unwrap() + others.unwrap(), 80);
    for receiver in receivers {
        let ids = event_ids(&receiver.requests());
        assert_eq!((ids.len(), ids.iter().collect::<BTreeSet<_>>().len()), (40, 40));
    }
}

async fn a_delivery_that_nobody_finished_is_made_again(world: &World) {
    let receiver = Stub::start(|_| ok());
    let webhook = world.webhook(&receiver).await;
    world.event(&webhook, 1);
    let lease = SignedDuration::from_secs(30);
    // Another process claims it and is never heard of again.
    assert_eq!(world.db.claim_deliveries(9, Vec::new(), lease, world.now()).await.unwrap().len(), 1);
    let webhooks = world.webhooks(&world.db);
    assert_eq!(webhooks.deliver_due().await.unwrap(), 0);
    world.set_clock(world.now() + lease);
    assert_eq!(webhooks.deliver_due().await.unwrap(), 1);
    let delivery = world.log(webhook.id).await.remove(0);
    assert_eq!((delivery.status, delivery.attempts), (DeliveryStatus::Delivered, 2));
}

async fn nothing_is_sent_to_a_private_address(world: &World) {
    let receiver = Stub::start(|_| ok());
    let webhook = world.webhook(&receiver).await;
    let named = world.webhook_at("http://localhost:8080/").await;
    world.event(&webhook, 1);
    world.event(&named, 2);
    let strict = world.webhooks_with(&world.db, Policy { allow_http: true, ..Policy::default() });
    assert_eq!(strict.deliver_due().await.unwrap(), 2);
    assert!(receiver.requests().is_empty());
    let errors =
        [world.log(webhook.id).await, world.log(named.id).await].map(|mut log| log.remove(0).last_error);
    assert!(errors[0].as_ref().unwrap().starts_with("the URL is not allowed: its port"), "{errors:?}");
    assert!(errors[1].as_ref().unwrap().starts_with("the URL is not allowed: its host is not"), "{errors:?}");
}

async fn a_receiver_that_hangs_does_not_hold_up_others(world: &World) {
    let (hanging, receiver) = (Stub::start(|_| Reply::Hang), Stub::start(|_| ok()));
    let (slow, quick) = (world.webhook(&hanging).await, world.webhook(&receiver).await);
    for id in 1..=60 {
        world.event(&slow, id);
    }
    for id in 61..=80 {
        world.event(&quick, id);
    }
    let delivering = tokio::spawn(world.webhooks(&world.db).deliver(std::future::pending()));
    let requests =
        tokio::task::spawn_blocking(move || receiver.wait_for_requests(20, PATIENCE)).await.unwrap();
    assert_eq!(event_ids(&requests).iter().collect::<BTreeSet<_>>().len(), 20);
    assert_eq!(hanging.requests().len(), 8);
    delivering.abort();
}

async fn who_stops_finishes_what_is_under_way(world: &World) {
    let gate = Arc::new(Gate::default());
    gate.close();
    let at_gate = Arc::clone(&gate);
    let receiver = Stub::start(move |_| {
        at_gate.pass("delivery");
        ok()
    });
    let webhook = world.webhook(&receiver).await;
    world.event(&webhook, 1);
    let (stop, stopped) = oneshot::channel::<()>();
    let delivering = tokio::spawn(world.webhooks(&world.db).deliver(async { drop(stopped.await) }));
    let waiting = Arc::clone(&gate);
    tokio::task::spawn_blocking(move || waiting.wait_for("delivery", 1, PATIENCE)).await.unwrap();
    stop.send(()).unwrap();
    gate.open();
    tokio::time::timeout(PATIENCE, delivering).await.unwrap().unwrap();
    assert_eq!(world.log(webhook.id).await[0].status, DeliveryStatus::Delivered);
}

async fn a_test_says_what_the_receiver_said(world: &World) {
    let receiver = Stub::replies([failing(410), ok()]);
    let webhook = world.webhook(&receiver).await;
    let webhooks = world.webhooks(&world.db);
    let first = webhooks.send_test(webhook.id).await.unwrap();
    assert_eq!(
        (first.attempt.status_code, first.attempt.response.as_str()),
        (Some(410), r#"{"error":"no"}"#)
    );
    assert_eq!(first.attempt.error.as_deref(), Some("it answered 410"));
    // A test switches nothing off, and is not tried again.
    assert!(world.db.webhook(webhook.id).await.unwrap().unwrap().is_active);
    let second = webhooks.send_test(webhook.id).await.unwrap();
    assert_eq!((second.attempt.status_code, second.attempt.error), (Some(200), None));
    let log = world.log(webhook.id).await;
    let statuses: Vec<_> = log.iter().map(|delivery| (delivery.id, delivery.status)).collect();
    assert_eq!(
        statuses,
        [(first.delivery, DeliveryStatus::Failed), (second.delivery, DeliveryStatus::Delivered)]
    );
    let request = receiver.requests().remove(1);
    assert_eq!(request.json()["type"], "webhook.test");
    assert_eq!(request.header("frontdesk-event"), Some("webhook.test"));
    assert!(is_signed_by(&request, SECRET));
    world.set_clock(world.now() + 48.hours());
    assert_eq!(webhooks.deliver_due().await.unwrap(), 0);
}

async fn a_changed_secret_is_accepted_by_both(world: &World) {
    let receiver = Stub::start(|_| ok());
    let webhook = world.webhook(&receiver).await;
    let patch = WebhookPatch { secret: Some("whsec_new".into()), ..WebhookPatch::default() };
    world.db.change_webhook(webhook.id, patch, world.now()).await.unwrap();
    world.event(&webhook, 1);
    let webhooks = world.webhooks(&world.db);
    webhooks.deliver_due().await.unwrap();
    world.set_clock(world.now() + 24.hours());
    world.event(&webhook, 2);
    webhooks.deliver_due().await.unwrap();
    let signed = |at: usize| {
        let requests = receiver.requests();
        ["whsec_new", SECRET].map(|secret| is_signed_by(&requests[at], secret))
    };
    assert_eq!((signed(0), signed(1)), ([true, true], [true, false]));
}

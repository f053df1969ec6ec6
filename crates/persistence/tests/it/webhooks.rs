//! Webhooks, and deliveries on their way: claimed by one, made at least once, given up or switched off.

use crate::support::*;
use frontdesk_domain::ids::{ClientId, DeliveryId, WebhookId};
use frontdesk_persistence::upkeep::{Pass, Summary};
use frontdesk_persistence::{
    AttemptReport, ClaimedDelivery, Database, DeliveryStatus, EventKind, MAX_WEBHOOKS, NewWebhook,
    PREVIOUS_SECRET_FOR, PendingDeliveries, RETRY_FOR, Then, Webhook, WebhookError, WebhookPatch,
};
use jiff::{SignedDuration, Timestamp, ToSpan};
use secrecy::ExposeSecret;
use std::ops::ControlFlow;
use tokio::task::JoinSet;

contract!(
    a_webhook_is_made_changed_and_deleted,
    a_client_has_a_bounded_number_of_webhooks,
    a_new_secret_signs_beside_the_old_one_for_a_day,
    a_delivery_is_claimed_by_one_of_many,
    a_claim_that_nobody_reports_on_is_due_again,
    a_late_report_counts_only_if_it_arrived,
    what_is_due_is_tried_again_and_given_up,
    a_webhook_that_is_gone_is_switched_off,
    a_webhook_that_is_switched_off_by_hand_goes_on_later,
    what_waits_is_counted_and_how_long_it_has,
    a_busy_webhook_is_left_alone,
    the_log_is_paged_from_the_latest_on,
    a_delivery_is_sent_again,
    a_test_is_claimed_by_whoever_makes_it,
    old_events_are_pruned_and_pending_ones_are_not,
);

const LEASE: SignedDuration = SignedDuration::from_secs(30);

fn new() -> NewWebhook {
    NewWebhook {
        url: "https://example.com/hook".into(),
        secret: "whsec_1".into(),
        events: vec![EventKind::CreditsThreshold],
        is_active: true,
    }
}

/// A webhook of a new client.
async fn webhook(store: &Store) -> Webhook {
    let client = store.widget().client.unwrap();
    store.db.create_webhook(client, new(), monday()).await.unwrap()
}

/// An event on its way to this webhook; its delivery.
fn enqueue(store: &Store, webhook: &Webhook) -> DeliveryId {
    let id = store.number("COALESCE(max(id), 0) FROM webhook_events") + 1;
    let until = (monday() + RETRY_FOR).strftime("%Y-%m-%d %H:%M:%S.%6f");
    store.run(&format!(
        "INSERT INTO webhook_events (id, client_id, event_type, payload, created_at)
            VALUES ({id}, {}, 'credits.threshold', '{{\"percent\": 80}}', '2026-11-23 10:00:00.000000');
        INSERT INTO webhook_deliveries (id, webhook_id, event_id, next_attempt_at, retry_until)
            VALUES ({id}, {}, {id}, '2026-11-23 10:00:00.000000', '{until}')",
        webhook.client, webhook.id
    ));
    DeliveryId(i32::try_from(id).unwrap())
}

async fn claim(db: &Database, now: Timestamp) -> Vec<ClaimedDelivery> {
    db.claim_deliveries(100, Vec::new(), LEASE, now).await.unwrap()
}

fn report(then: Then) -> AttemptReport {
    let failed = then != Then::Delivered;
    AttemptReport {
        status_code: Some(if failed { 500 } else { 200 }),
        error: failed.then(|| "it answered 500".into()),
        duration_ms: 12,
        then,
    }
}

fn log(store: &Store) -> Vec<String> {
    store.rows(
        &["id", "status", "attempts", "last_status_code", "last_error", "duration_ms"],
        "webhook_deliveries ORDER BY id",
    )
}

async fn a_webhook_is_made_changed_and_deleted(store: &Store) {
    let made = webhook(store).await;
    assert_eq!(made.events, [EventKind::CreditsThreshold]);
    assert_eq!((made.is_active, made.created_at, made.updated_at), (true, monday(), monday()));
    let patch = WebhookPatch {
        url: Some("https://example.org/".into()),
        events: Some(EventKind::ALL.to_vec()),
        is_active: Some(false),
        ..WebhookPatch::default()
    };
    let later = monday() + 1.hour();
    let changed = store.db.change_webhook(made.id, patch, later).await.unwrap();
    assert_eq!((changed.url.as_str(), changed.is_active), ("https://example.org/", false));
    assert_eq!((changed.events.len(), changed.updated_at), (3, later));
    assert_eq!(changed.previous_secret_until, None);
    let untouched = store.db.change_webhook(made.id, WebhookPatch::default(), later).await.unwrap();
    assert_eq!((untouched.url, untouched.is_active), (changed.url, false));
    assert_eq!(store.db.webhooks_of_client(made.client).await.unwrap().len(), 1);
    assert_eq!(store.db.webhooks_of_client(ClientId(4711)).await.unwrap().len(), 0);
    enqueue(store, &made);
    store.db.delete_webhook(made.id).await.unwrap();
    assert!(store.db.webhook(made.id).await.unwrap().is_none());
    assert_eq!(log(store), Vec::<String>::new());
    let unknown = store.db.delete_webhook(made.id).await;
    assert!(matches!(unknown, Err(WebhookError::Unknown(WebhookId(1)))), "{unknown:?}");
    let unknown = store.db.change_webhook(made.id, WebhookPatch::default(), later).await;
    assert!(matches!(unknown, Err(WebhookError::Unknown(_))), "{unknown:?}");
}

async fn a_client_has_a_bounded_number_of_webhooks(store: &Store) {
    let unknown = store.db.create_webhook(ClientId(4711), new(), monday()).await;
    assert!(matches!(unknown, Err(WebhookError::UnknownClient(ClientId(4711)))), "{unknown:?}");
    let client = store.widget().client.unwrap();
    let mut makers = JoinSet::new();
    for _ in 0..MAX_WEBHOOKS + 5 {
        let db = store.db.clone();
        makers.spawn(async move { db.create_webhook(client, new(), monday()).await.is_ok() });
    }
    let made = makers.join_all().await.into_iter().filter(|made| *made).count();
    assert_eq!(i64::try_from(made).unwrap(), MAX_WEBHOOKS);
    let more = store.db.create_webhook(client, new(), monday()).await;
    assert!(matches!(more, Err(WebhookError::TooMany)), "{more:?}");
}

async fn a_new_secret_signs_beside_the_old_one_for_a_day(store: &Store) {
    let made = webhook(store).await;
    enqueue(store, &made);
    let patch = WebhookPatch { secret: Some("whsec_2".into()), ..WebhookPatch::default() };
    let changed = store.db.change_webhook(made.id, patch, monday()).await.unwrap();
    assert_eq!(changed.previous_secret_until, Some(monday() + PREVIOUS_SECRET_FOR));
    let secrets = async |now| {
        let claimed = claim(&store.db, now).await.remove(0);
        claimed.secrets.iter().map(|secret| secret.expose_secret().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(secrets(monday()).await, ["whsec_2", "whsec_1"]);
    assert_eq!(secrets(monday() + PREVIOUS_SECRET_FOR).await, ["whsec_2"]);
    assert!(!format!("{:?}", claim(&store.db, monday() + 2.hours() * 24).await).contains("whsec"));
}

async fn a_delivery_is_claimed_by_one_of_many(store: &Store) {
    for _ in 0..10 {
        let webhook = webhook(store).await;
        for _ in 0..4 {
            enqueue(store, &webhook);
        }
    }
    let second = Database::connect(&store.url, 4).await.unwrap();
    let mut claimers = JoinSet::new();
    for n in 0..16 {
        let db = if n % 2 == 0 { store.db.clone() } else { second.clone() };
        claimers.spawn(async move { db.claim_deliveries(5, Vec::new(), LEASE, monday()).await.unwrap() });
    }
    let mut claimed: Vec<_> = claimers.join_all().await.into_iter().flatten().collect();
    // Who comes while another one claims may find nothing; nothing is lost.
    while claimed.len() < 40 {
        let more = claim(&store.db, monday()).await;
        assert!(!more.is_empty());
        claimed.extend(more);
    }
    let mut ids: Vec<i32> = claimed.iter().map(|delivery| delivery.id.0).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=40).collect::<Vec<_>>());
    assert!(claim(&store.db, monday()).await.is_empty());
    assert_eq!(store.number("count(*) FROM webhook_deliveries WHERE attempts = 1"), 40);
}

async fn a_claim_that_nobody_reports_on_is_due_again(store: &Store) {
    let webhook = webhook(store).await;
    enqueue(store, &webhook);
    let first = claim(&store.db, monday()).await.remove(0);
    assert_eq!(
        (first.attempt, first.webhook, first.url.as_str()),
        (1, webhook.id, "https://example.com/hook")
    );
    assert_eq!((first.event.kind.as_str(), &first.event.data["percent"]), ("credits.threshold", &80.into()));
    assert!(claim(&store.db, monday() + 29.seconds()).await.is_empty());
    let second = claim(&store.db, monday() + 30.seconds()).await.remove(0);
    assert_eq!((second.attempt, &second.event), (2, &first.event));
}

async fn a_late_report_counts_only_if_it_arrived(store: &Store) {
    let webhook = webhook(store).await;
    enqueue(store, &webhook);
    let first = claim(&store.db, monday()).await.remove(0);
    let later = monday() + LEASE;
    claim(&store.db, later).await.remove(0);
    assert_eq!(store.db.report_delivery(&first, report(Then::Failed), later).await.unwrap(), 0);
    assert_eq!(store.db.report_delivery(&first, report(Then::Gone), later).await.unwrap(), 0);
    assert_eq!(log(store), ["1|pending|2|-|-|-"]);
    store.db.report_delivery(&first, report(Then::Delivered), later).await.unwrap();
    assert_eq!(log(store), ["1|delivered|2|200|-|12"]);
}

async fn what_is_due_is_tried_again_and_given_up(store: &Store) {
    let webhook = webhook(store).await;
    enqueue(store, &webhook);
    let first = claim(&store.db, monday()).await.remove(0);
    let again = monday() + 1.minute();
    store.db.report_delivery(&first, report(Then::Retry { at: again }), monday()).await.unwrap();
    assert_eq!(log(store), ["1|pending|1|500|it answered 500|12"]);
    assert!(claim(&store.db, again - 1.second()).await.is_empty());
    let second = claim(&store.db, again).await.remove(0);
    assert_eq!((second.attempt, second.retry_until), (2, monday() + RETRY_FOR));
    assert_eq!(store.db.report_delivery(&second, report(Then::Failed), again).await.unwrap(), 1);
    assert_eq!(log(store), ["1|failed|2|500|it answered 500|12"]);
    assert!(claim(&store.db, again + 48.hours()).await.is_empty());
}

async fn a_webhook_that_is_gone_is_switched_off(store: &Store) {
    let (gone, other) = (webhook(store).await, webhook(store).await);
    for _ in 0..2 {
        enqueue(store, &gone);
        enqueue(store, &other);
    }
    let claimed = store.db.claim_deliveries(1, Vec::new(), LEASE, monday()).await.unwrap().remove(0);
    let answer = AttemptReport { status_code: Some(410), ..report(Then::Gone) };
    assert_eq!(store.db.report_delivery(&claimed, answer, monday()).await.unwrap(), 2);
    let switched_off = "the webhook answered 410 Gone to another event and was switched off";
    assert_eq!(
        log(store),
        [
            "1|failed|1|410|it answered 500|12".to_owned(),
            "2|pending|0|-|-|-".to_owned(),
            format!("3|failed|0|-|{switched_off}|-"),
            "4|pending|0|-|-|-".to_owned()
        ]
    );
    let stored = store.db.webhook(gone.id).await.unwrap().unwrap();
    assert_eq!((stored.is_active, stored.inactive_reason.as_deref()), (false, Some("it answered 410 Gone")));
    assert!(store.db.webhook(other.id).await.unwrap().unwrap().is_active);
    let on = WebhookPatch { is_active: Some(true), ..WebhookPatch::default() };
    let on = store.db.change_webhook(gone.id, on, monday()).await.unwrap();
    assert_eq!((on.is_active, on.inactive_reason), (true, None));
}

async fn what_waits_is_counted_and_how_long_it_has(store: &Store) {
    let none = PendingDeliveries { count: 0, oldest: None };
    assert_eq!(store.db.pending_deliveries().await.unwrap(), none);
    let (one, off) = (webhook(store).await, webhook(store).await);
    enqueue(store, &one);
    enqueue(store, &one);
    enqueue(store, &off);
    let two = PendingDeliveries { count: 2, oldest: Some(monday()) };
    let patch = WebhookPatch { is_active: Some(false), ..WebhookPatch::default() };
    store.db.change_webhook(off.id, patch, monday()).await.unwrap();
    assert_eq!(store.db.pending_deliveries().await.unwrap(), two);
    // One that is being sent, or is tried again, is still on its way.
    let first = claim(&store.db, monday()).await.remove(0);
    let again = Then::Retry { at: monday() + 1.hour() };
    store.db.report_delivery(&first, report(again), monday()).await.unwrap();
    assert_eq!(store.db.pending_deliveries().await.unwrap(), two);
    store.db.report_delivery(&first, report(Then::Delivered), monday()).await.unwrap();
    assert_eq!(store.db.pending_deliveries().await.unwrap(), PendingDeliveries { count: 1, ..two });
}

async fn a_webhook_that_is_switched_off_by_hand_goes_on_later(store: &Store) {
    let webhook = webhook(store).await;
    enqueue(store, &webhook);
    store.run("UPDATE webhooks SET is_active = false");
    assert!(claim(&store.db, monday()).await.is_empty());
    store.run("UPDATE webhooks SET is_active = true");
    assert_eq!(claim(&store.db, monday()).await.len(), 1);
}

async fn a_busy_webhook_is_left_alone(store: &Store) {
    let (busy, other) = (webhook(store).await, webhook(store).await);
    for _ in 0..12 {
        enqueue(store, &busy);
    }
    enqueue(store, &other);
    let claimed = store.db.claim_deliveries(100, vec![busy.id], LEASE, monday()).await.unwrap();
    assert_eq!(claimed.iter().map(|delivery| delivery.webhook).collect::<Vec<_>>(), [other.id]);
    assert_eq!(claim(&store.db, monday()).await.len(), 8);
    assert_eq!(claim(&store.db, monday()).await.len(), 4);
}

async fn the_log_is_paged_from_the_latest_on(store: &Store) {
    let (own, other) = (webhook(store).await, webhook(store).await);
    for _ in 0..3 {
        enqueue(store, &own);
        enqueue(store, &other);
    }
    let page = store.db.deliveries(own.id, None, None, 2).await.unwrap();
    let ids = |page: &frontdesk_persistence::DeliveryPage| -> Vec<i32> {
        page.deliveries.iter().map(|delivery| delivery.id.0).collect()
    };
    assert_eq!((ids(&page), page.has_more), (vec![5, 3], true));
    let rest = store.db.deliveries(own.id, None, Some(DeliveryId(3)), 2).await.unwrap();
    assert_eq!((ids(&rest), rest.has_more), (vec![1], false));
    let first = &rest.deliveries[0];
    assert_eq!((first.status, first.attempts, first.webhook), (DeliveryStatus::Pending, 0, own.id));
    assert_eq!((first.next_attempt_at, first.event.created_at), (Some(monday()), monday()));
    store.run("UPDATE webhook_deliveries SET status = 'failed' WHERE id = 3");
    let failed = store.db.deliveries(own.id, Some(DeliveryStatus::Failed), None, 2).await.unwrap();
    assert_eq!((ids(&failed), failed.deliveries[0].next_attempt_at), (vec![3], None));
}

async fn a_delivery_is_sent_again(store: &Store) {
    let webhook = webhook(store).await;
    let id = enqueue(store, &webhook);
    let claimed = claim(&store.db, monday()).await.remove(0);
    store.db.report_delivery(&claimed, report(Then::Delivered), monday()).await.unwrap();
    let later = monday() + 100.hours();
    let again = store.db.redeliver(id, later).await.unwrap();
    assert_eq!((again.status, again.next_attempt_at), (DeliveryStatus::Pending, Some(later)));
    let second = claim(&store.db, later).await.remove(0);
    assert_eq!((second.attempt, second.retry_until), (2, later + RETRY_FOR));
    assert_eq!(second.event.id, claimed.event.id);
    let unknown = store.db.redeliver(DeliveryId(4711), later).await;
    assert!(matches!(unknown, Err(WebhookError::UnknownDelivery(_))), "{unknown:?}");
    store.run("UPDATE webhooks SET is_active = false");
    let inactive = store.db.redeliver(id, later).await;
    assert!(matches!(inactive, Err(WebhookError::Inactive(_))), "{inactive:?}");
}

async fn a_test_is_claimed_by_whoever_makes_it(store: &Store) {
    let webhook = webhook(store).await;
    store.run("UPDATE webhooks SET is_active = false");
    let test = store.db.begin_test_delivery(webhook.id, LEASE, monday()).await.unwrap();
    assert_eq!((test.event.kind.as_str(), test.attempt), ("webhook.test", 1));
    assert!(claim(&store.db, monday()).await.is_empty());
    store.db.report_delivery(&test, report(Then::Failed), monday()).await.unwrap();
    assert_eq!(log(store), ["1|failed|1|500|it answered 500|12"]);
    let unknown = store.db.begin_test_delivery(WebhookId(4711), LEASE, monday()).await;
    assert!(matches!(unknown, Err(WebhookError::Unknown(_))), "{unknown:?}");
}

async fn old_events_are_pruned_and_pending_ones_are_not(store: &Store) {
    let webhook = webhook(store).await;
    for _ in 0..3 {
        enqueue(store, &webhook);
    }
    store.run("UPDATE webhook_deliveries SET status = 'delivered' WHERE id = 1");
    let pass = |now, dry_run| Pass {
        now,
        log_retention_days: 0,
        conversation_retention_days: 0,
        unanswered_retention_days: 0,
        webhook_retention_days: 30,
        dry_run,
    };
    let in_a_month = monday() + (24 * 30 + 1).hours();
    store.db.redeliver(DeliveryId(2), in_a_month).await.unwrap();
    for dry_run in [true, false] {
        let pass = pass(in_a_month, dry_run);
        let summary = store.db.run_pass(&pass, |_| ControlFlow::Continue(())).await.unwrap();
        // The accounts of the widget, which nobody rolled.
        let expected = Summary { accounts_rolled: 1, webhook_events_pruned: 2, ..Summary::default() };
        assert_eq!(summary, expected);
    }
    assert_eq!(store.rows(&["id"], "webhook_deliveries"), ["2"]);
}

use super::*;
use crate::target::PrivateTarget;
use frontdesk_domain::ids::{ClientId, DeliveryId, WebhookId};
use frontdesk_persistence::WebhookEvent;
use frontdesk_tests::{Reply, Stub};
use std::net::SocketAddr;
use std::sync::Mutex;

fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

fn delivery(url: &str) -> ClaimedDelivery {
    ClaimedDelivery {
        id: DeliveryId(7),
        attempt: 1,
        webhook: WebhookId(3),
        url: url.to_owned(),
        secrets: vec!["whsec_1".into()],
        event: WebhookEvent {
            id: "evt_1".into(),
            kind: "credits.threshold".into(),
            client: ClientId(5),
            created_at: now(),
            data: serde_json::json!({"percent": 80}),
        },
        retry_until: now(),
    }
}

/// Answers look-ups in their order, the last one again and again; remembers the names.
#[derive(Clone, Default)]
struct Names {
    answers: Arc<Mutex<Vec<Vec<SocketAddr>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Names {
    fn answering(answers: &[&[SocketAddr]]) -> Self {
        let answers = answers.iter().rev().map(|answer| answer.to_vec()).collect();
        Self { answers: Arc::new(Mutex::new(answers)), asked: Arc::default() }
    }

    fn lookup(&self) -> Lookup {
        let names = self.clone();
        Arc::new(move |host| {
            names.asked.lock().unwrap().push(host);
            let mut answers = names.answers.lock().unwrap();
            let answer = if answers.len() > 1 { answers.pop() } else { answers.last().cloned() };
            Box::pin(std::future::ready(Ok(answer.unwrap_or_default())))
        })
    }
}

fn sender(policy: Policy, names: &Names) -> Sender {
    Sender::new(policy, &names.lookup()).unwrap()
}

fn http() -> Policy {
    Policy { allow_http: true, ..Policy::default() }
}

fn here() -> Policy {
    let named = |host: &str| PrivateTarget { host: host.into(), port: None };
    Policy { private_targets: vec![named("127.0.0.1"), named("hooks.example.com")], ..http() }
}

fn address(stub: &Stub) -> SocketAddr {
    stub.url().strip_prefix("http://").unwrap().parse().unwrap()
}

fn ok() -> Stub {
    Stub::start(|_| Reply::json(200, &serde_json::json!({})))
}

#[tokio::test]
async fn a_name_with_a_private_address_is_not_connected_to() {
    let (stub, public) = (ok(), "8.8.8.8:0".parse().unwrap());
    let here = address(&stub);
    for answer in [&[here][..], &[public, here], &[here, public]] {
        let names = Names::answering(&[answer]);
        let attempt = sender(http(), &names).send(&delivery("http://evil.example.com/"), now()).await;
        let expected =
            "the host is not public: its name stands for an address that cannot be reached from everywhere";
        assert_eq!(attempt.error.as_deref(), Some(expected));
        assert_eq!(*names.asked.lock().unwrap(), ["evil.example.com"]);
    }
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_what_was_checked_is_what_is_connected_to() {
    let (first, second) = (ok(), ok());
    let names = Names::answering(&[&[address(&first)], &[address(&second)]]);
    let attempt = sender(here(), &names).send(&delivery("http://hooks.example.com/hook"), now()).await;
    assert_eq!((attempt.status_code, attempt.error), (Some(200), None));
    assert_eq!((first.requests().len(), second.requests().len()), (1, 0));
    assert_eq!(names.asked.lock().unwrap().len(), 1);
    assert_eq!(first.requests()[0].header("host"), Some("hooks.example.com"));
}

#[tokio::test]
async fn a_named_host_may_be_private_at_its_port_alone() {
    let stub = ok();
    let named = PrivateTarget { host: "hooks.example.com".into(), port: Some(8081) };
    let policy = Policy { private_targets: vec![named], ..http() };
    let lookups = Names::answering(&[&[address(&stub)]]);
    let sender = sender(policy, &lookups);
    let refused = sender.send(&delivery("http://hooks.example.com/"), now()).await;
    assert!(refused.error.unwrap().starts_with("the host is not public"));
    // The port in a URL counts, not the one of the look-up: nothing listens there.
    let tried = sender.send(&delivery("http://hooks.example.com:8081/"), now()).await;
    assert!(tried.error.unwrap().contains("refused"));
    assert_eq!(lookups.asked.lock().unwrap().len(), 2);
    assert!(stub.requests().is_empty());
}

#[tokio::test]
async fn an_address_in_a_url_needs_no_name_to_be_refused() {
    let (stub, names) = (ok(), Names::answering(&[]));
    let port = address(&stub).port();
    for host in ["127.0.0.1", "127.1", "0x7f000001", "[::ffff:127.0.0.1]"] {
        let attempt = sender(http(), &names).send(&delivery(&format!("http://{host}:{port}/")), now()).await;
        let error = attempt.error.unwrap();
        assert!(error.starts_with("the URL is not allowed: its port"), "{error}");
        let attempt = sender(http(), &names).send(&delivery(&format!("http://{host}:8080/")), now()).await;
        let error = attempt.error.unwrap();
        assert!(error.starts_with("the URL is not allowed: its host is not public"), "{error}");
    }
    assert!(stub.requests().is_empty() && names.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inner = ok();
    let to = inner.url();
    for status in [301, 302, 303, 307, 308] {
        let to = to.clone();
        let outer =
            Stub::start(move |_| Reply::json(status, &serde_json::json!({})).with_header("location", &to));
        let attempt = sender(here(), &Names::default()).send(&delivery(&outer.url()), now()).await;
        let expected = format!("it answered {status}: redirects are not followed");
        assert_eq!((attempt.status_code, attempt.error), (Some(status), Some(expected)));
    }
    assert!(inner.requests().is_empty());
}

#[tokio::test]
async fn of_an_answer_a_kilobyte_is_read_and_its_status_decides() {
    let long = Reply::Answer { status: 500, headers: Vec::new(), body: vec![b'x'; 5_000_000] };
    let cut = Reply::CutBody(b"part".to_vec());
    let stub = Stub::replies([long, cut]);
    let (sender, delivery) = (sender(here(), &Names::default()), delivery(&stub.url()));
    let first = sender.send(&delivery, now()).await;
    assert_eq!((first.status_code, first.error.as_deref()), (Some(500), Some("it answered 500")));
    assert_eq!(first.response, "x".repeat(1024));
    let second = sender.send(&delivery, now()).await;
    assert_eq!((second.status_code, second.error), (Some(200), None));
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_does_not_answer_is_given_up() {
    let stub = Stub::start(|_| Reply::Hang);
    let began = Instant::now();
    let attempt = sender(here(), &Names::default()).send(&delivery(&stub.url()), now()).await;
    assert_eq!((attempt.status_code, attempt.error.as_deref()), (None, Some("no answer within 10 s")));
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_told_without_its_url() {
    let gone = ok().url();
    let attempt =
        sender(here(), &Names::default()).send(&delivery(&format!("{gone}/secret-path")), now()).await;
    let error = attempt.error.unwrap();
    assert!(error.contains("refused") && !error.contains("secret-path"), "{error}");
}

#[tokio::test]
async fn retry_after_is_read_where_it_belongs() {
    for (status, value, expected) in [
        (429, "120", Some(120)),
        (503, " 5 ", Some(5)),
        (503, "Wed, 21 Oct 2026 07:28:00 GMT", None),
        (500, "120", None),
        (429, "-1", None),
    ] {
        let stub = Stub::start(move |_| {
            Reply::json(status, &serde_json::json!({})).with_header("retry-after", value)
        });
        let attempt = sender(here(), &Names::default()).send(&delivery(&stub.url()), now()).await;
        assert_eq!(attempt.retry_after, expected.map(SignedDuration::from_secs), "{status} {value}");
    }
}

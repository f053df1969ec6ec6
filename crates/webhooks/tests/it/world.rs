//! A database with a webhook, a receiver, and a clock that a test sets.

use frontdesk_domain::ids::{ClientId, WebhookId};
use frontdesk_persistence::{Database, Delivery, EventKind, NewWebhook, Webhook};
use frontdesk_tests::{ScratchDir, Stub, TempPg, psql};
use frontdesk_webhooks::{Policy, PrivateTarget, Webhooks};
use jiff::Timestamp;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Tells each story on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&$crate::world::World::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&$crate::world::World::postgres().await).await;
            })*
        }
    };
}
pub(crate) use on_both;

pub(crate) const SECRET: &str = "whsec_0123456789abcdef";

/// A database of its own, with client 1.
pub(crate) struct World {
    pub(crate) db: Database,
    pub(crate) url: String,
    clock: Arc<Mutex<Timestamp>>,
    directory: Option<ScratchDir>,
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        let directory = ScratchDir::new();
        Self::at(directory.sqlite_url(), Some(directory)).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::at(TempPg::shared().create_database(), None).await
    }

    async fn at(url: String, directory: Option<ScratchDir>) -> Self {
        let db = Database::open(&url, 4).await.unwrap();
        let clock = Arc::new(Mutex::new("2026-11-23T10:00:00Z".parse().unwrap()));
        let world = Self { db, url, clock, directory };
        world.sql("INSERT INTO clients (id, client_name, email) VALUES (1, 'Client', 'c@example.com')");
        world
    }

    pub(crate) fn sql(&self, statements: &str) {
        match &self.directory {
            None => drop(psql(&self.url, statements).unwrap()),
            Some(directory) => {
                let file = rusqlite::Connection::open(directory.path().join("frontdesk.db")).unwrap();
                file.busy_timeout(Duration::from_secs(10)).unwrap();
                file.execute_batch(statements).unwrap();
            }
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.clock.lock().unwrap()
    }

    pub(crate) fn set_clock(&self, now: Timestamp) {
        *self.clock.lock().unwrap() = now;
    }

    /// The way out of this database, with another connection, as another process has it. This machine is allowed.
    pub(crate) fn webhooks(&self, db: &Database) -> Webhooks {
        let private_targets = vec![PrivateTarget { host: "127.0.0.1".into(), port: None }];
        self.webhooks_with(db, Policy { allow_http: true, private_targets })
    }

    pub(crate) fn webhooks_with(&self, db: &Database, policy: Policy) -> Webhooks {
        let clock = Arc::clone(&self.clock);
        let now = Arc::new(move || *clock.lock().unwrap());
        Webhooks::new(db.clone(), policy, now, Arc::new(|| 0)).unwrap()
    }

    pub(crate) async fn webhook(&self, receiver: &Stub) -> Webhook {
        self.webhook_at(&format!("{}/hook", receiver.url())).await
    }

    pub(crate) async fn webhook_at(&self, url: &str) -> Webhook {
        let new = NewWebhook {
            url: url.into(),
            secret: SECRET.into(),
            events: EventKind::ALL.to_vec(),
            is_active: true,
        };
        self.db.create_webhook(ClientId(1), new, self.now()).await.unwrap()
    }

    /// An event on its way to the webhook, as the outbox stores it.
    pub(crate) fn event(&self, webhook: &Webhook, id: i32) {
        self.sql(&format!(
            "INSERT INTO webhook_events (id, event_id, client_id, event_type, payload, created_at) VALUES
                ({id}, 'evt_{id}', 1, 'credits.threshold', '{{\"percent\": 80, \"widget_name\": \"Caf\u{e9}\"}}', '2026-11-23 10:00:00.000000');
            INSERT INTO webhook_deliveries (id, webhook_id, event_id, next_attempt_at, retry_until) VALUES
                ({id}, {}, {id}, '2026-11-23 10:00:00.000000', '2026-11-24 10:00:00.000000')",
            webhook.id
        ));
    }

    /// The deliveries of a webhook, the oldest first.
    pub(crate) async fn log(&self, webhook: WebhookId) -> Vec<Delivery> {
        let mut page = self.db.deliveries(webhook, None, None, 1_000).await.unwrap();
        page.deliveries.reverse();
        page.deliveries
    }
}

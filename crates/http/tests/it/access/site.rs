//! A server on either database with two clients, whose every text holds the client's own word.

use crate::client::{Response, send};
use crate::world::{ADMIN_KEY, NOW, Options, World};
use frontdesk_domain::ids::ClientId;
use frontdesk_http::ApiKeySecret;
use frontdesk_persistence::{ApiKey, Database, NewApiKey, Role};
use frontdesk_tests::{ScratchDir, TempPg, psql};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells each story to SQLite and to PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&$crate::access::site::Site::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&$crate::access::site::Site::postgres().await).await;
            })*
        }
    };
}
pub(super) use on_both;

/// The clients' ids and words.
pub(super) const OWN: Tenant = Tenant { client: 40, word: "pelican" };
pub(super) const OTHER: Tenant = Tenant { client: 50, word: "quetzal" };

/// A client with a widget, a knowledge entry, a conversation and a question of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tenant {
    pub(super) client: i32,
    pub(super) word: &'static str,
}

impl Tenant {
    /// What stands for a parameter of a path.
    pub(super) fn id(self, parameter: &str) -> String {
        let id = match parameter {
            "client" => self.client,
            "widget" => self.client + 1,
            "entry" => self.client + 2,
            // As unlike the others as public ids are.
            "conversation" => return (i64::from(self.client) * 1_000_000).to_string(),
            "question" => self.client + 4,
            "webhook" => self.client + 6,
            "delivery" => self.client + 7,
            // Of a call for administrators alone.
            "api_key" => 999,
            _ => panic!("say here what stands for {{{parameter}}} in a path, and give each client one"),
        };
        id.to_string()
    }

    fn sql(self, no_samples: &str) -> String {
        let Self { client, word } = self;
        let of = |parameter: &str| self.id(parameter);
        let (widget, entry, question) = (of("widget"), of("entry"), of("question"));
        let (webhook, delivery) = (of("webhook"), of("delivery"));
        let (conversation, public, message) = (client + 3, of("conversation"), client + 5);
        format!(
            "INSERT INTO clients (id, client_name, email) VALUES ({client}, '{word}', '{word}@example.com');
            INSERT INTO widget_configs (id, client_id, widget_key, widget_name)
                VALUES ({widget}, {client}, 'key-{word}', '{word}');
            INSERT INTO widget_knowledge_base (id, widget_id, question, answer)
                VALUES ({entry}, {widget}, 'What about a {word}?', '{word}');
            INSERT INTO widget_conversations (id, widget_id, session_id, public_id, visitor_email)
                VALUES ({conversation}, {widget}, '{word}', {public}, '{word}@example.com');
            INSERT INTO widget_messages (id, conversation_id, message_type, message_text)
                VALUES ({message}, {conversation}, 'user', '{word}');
            INSERT INTO unanswered_questions (id, widget_id, question, samples, occurrences, first_seen, last_seen)
                VALUES ({question}, {widget}, '{word}', '{no_samples}', 1, '2026-11-23 10:00:00', '2026-11-23 10:00:00');
            INSERT INTO llm_request_logs (client_id, widget_id, conversation_id, llm_provider, llm_model, prompt_text, created_at)
                VALUES ({client}, {widget}, {conversation}, '{word}', '{word}', '{word}', '2026-11-23 10:00:00');
            INSERT INTO webhooks (id, client_id, url, secret, events, created_at, updated_at) VALUES
                ({webhook}, {client}, 'https://192.0.2.1/{word}', '{word}', '{no_samples}', '2026-11-23 10:00:00', '2026-11-23 10:00:00');
            INSERT INTO webhook_events (id, client_id, event_type, payload, created_at)
                VALUES ({client}, {client}, '{word}', '{{\"{word}\": 1}}', '2026-11-23 10:00:00');
            INSERT INTO webhook_deliveries (id, webhook_id, event_id, next_attempt_at, retry_until, last_error)
                VALUES ({delivery}, {webhook}, {client}, '2026-11-23 10:00:00', '2026-11-24 10:00:00', '{word}');"
        )
    }
}

pub(super) struct Site {
    pub(super) world: World,
    url: String,
    random: AtomicU64,
}

impl Site {
    pub(super) async fn sqlite() -> Self {
        let directory = ScratchDir::new();
        let url = directory.sqlite_url();
        Self::at(url, directory, "[]", Options::default()).await
    }

    pub(super) async fn postgres() -> Self {
        let url = TempPg::shared().create_database();
        Self::at(url, ScratchDir::new(), "{}", Options::default()).await
    }

    pub(super) async fn at(url: String, directory: ScratchDir, no_samples: &str, options: Options) -> Self {
        let database = Database::open(&url, 4).await.unwrap();
        let world = World::on(database, directory, options);
        let site = Self { world, url, random: AtomicU64::new(1 << 40) };
        for tenant in [OWN, OTHER] {
            site.sql(&tenant.sql(no_samples));
        }
        site
    }

    fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    /// Runs SQL by hand.
    pub(super) fn sql(&self, sql: &str) {
        if self.is_postgres() {
            psql(&self.url, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        } else {
            self.world.sql(sql);
        }
    }

    /// Everything that is stored, but for the keys, whose use is written down.
    pub(super) fn stored(&self) -> Vec<String> {
        let keys = |row: &String| !row.starts_with("api_keys: ") && !row.starts_with("sqlite_sequence: ");
        if !self.is_postgres() {
            return self.world.dump().into_iter().filter(keys).collect();
        }
        let tables = psql(&self.url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'").unwrap();
        let rows = |table: &str| {
            psql(&self.url, &format!("SELECT '{table}: ' || t::text FROM {table} t ORDER BY 1")).unwrap()
        };
        let rows: Vec<_> = tables
            .lines()
            .flat_map(|table| rows(table).lines().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        assert!(rows.iter().any(|row| row.starts_with("widget_knowledge_base: ")));
        rows.into_iter().filter(keys).collect()
    }

    /// Makes a key; `None` as days is one without an end.
    pub(super) async fn key(
        &self,
        role: Role,
        tenant: Option<Tenant>,
        days: Option<i64>,
    ) -> (ApiKey, String) {
        let now: Timestamp = NOW.parse().unwrap();
        let secret = ApiKeySecret::generate(|| self.random.fetch_add(1 << 33, Ordering::Relaxed));
        let new = NewApiKey {
            name: String::new(),
            role,
            client: tenant.map(|tenant| ClientId(tenant.client)),
            prefix: secret.prefix().to_owned(),
            hash: secret.hash(),
            expires_at: days.map(|days| now + SignedDuration::from_hours(24 * days)),
        };
        let key = self.world.database.create_api_key(new, now).await.unwrap();
        (key, secret.expose().to_owned())
    }

    /// A key that was revoked before it was ever used.
    pub(super) async fn revoked(&self) -> String {
        let (key, secret) = self.key(Role::Admin, None, None).await;
        self.world.database.revoke_api_key(key.id, NOW.parse().unwrap()).await.unwrap();
        secret
    }

    /// Sends a request with a key.
    pub(super) async fn send(&self, method: &str, path: &str, key: Option<&str>, body: &str) -> Response {
        let bearer = key.map(|key| format!("\nAuthorization: Bearer {key}")).unwrap_or_default();
        let head = format!("{method} {path}{bearer}\nContent-Type: application/json");
        send(self.world.address, &head, body.as_bytes()).await
    }

    /// Sends a request to an address below the base.
    pub(super) async fn call(&self, call: &str, key: &str, body: &str) -> Response {
        let (method, path) = call.split_once(' ').unwrap();
        self.send(method, &format!("/api/chat-widget{path}"), Some(key), body).await
    }

    pub(super) async fn as_admin(&self, call: &str, body: &str) -> Response {
        self.call(call, ADMIN_KEY, body).await
    }
}

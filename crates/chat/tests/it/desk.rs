//! A front desk on a fresh database with the demo widget, and the story's two casts: SQLite and PostgreSQL.

use frontdesk_chat::{Answer, ChatError, FrontDesk, IncomingMessage, Most, Settings};
use frontdesk_domain::ProviderName;
use frontdesk_domain::credits::{Amount, Limits};
use frontdesk_domain::ids::{ClientId, WidgetId};
use frontdesk_persistence::{AccountKey, Analytics, Database, UsageReport};
use frontdesk_providers::Providers;
use jiff::Timestamp;
use std::ops::ControlFlow;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Far from the machine's clock, by which the database dates the accounts that its triggers open.
pub(crate) const START: &str = "2100-05-10T10:00:00Z";

pub(crate) struct Desk {
    pub(crate) front: FrontDesk,
    pub(crate) database: Database,
    url: String,
    clock: Arc<AtomicI64>,
    _directory: Option<frontdesk_tests::ScratchDir>,
}

/// Runs a test on both databases: `on_both!(name, |place| async body)`.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::desk::Place::sqlite()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::desk::Place::postgres()).await;
            })*
        }
    };
}
pub(crate) use on_both;

/// Where a database is.
pub(crate) struct Place {
    pub(crate) url: String,
    directory: Option<frontdesk_tests::ScratchDir>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let directory = frontdesk_tests::ScratchDir::new();
        Self { url: directory.sqlite_url(), directory: Some(directory) }
    }

    pub(crate) fn at(url: String) -> Self {
        Self { url, directory: None }
    }

    pub(crate) fn postgres() -> Self {
        Self { url: frontdesk_tests::TempPg::shared().create_database(), directory: None }
    }
}

pub(crate) fn settings(fallback_providers: &[ProviderName]) -> Settings {
    Settings {
        fallback_providers: fallback_providers.to_vec(),
        provider_timeout: Duration::from_secs(15),
        answer_deadline: Duration::from_secs(20),
        reservation_timeout: Duration::from_mins(2),
        credit_wait: Duration::ZERO,
        most: Most { answering: 512, waiting: 0, wait: Duration::ZERO },
        knowledge_cache_bytes: 64 << 20,
    }
}

impl Desk {
    /// The demo widget with room for many messages.
    pub(crate) async fn open(place: Place, providers: Providers, settings: Settings) -> Self {
        let database = Database::open(&place.url, 4).await.unwrap();
        database.seed_demo().await.unwrap();
        let start: Timestamp = START.parse().unwrap();
        let clock = Arc::new(AtomicI64::new(start.as_microsecond()));
        let front = front(&database, &clock, providers, settings);
        Self { front, database, url: place.url, clock, _directory: place.directory }
    }

    /// Another process on the same database, by the same clock.
    pub(crate) fn another(&self, providers: Providers, settings: Settings) -> FrontDesk {
        front(&self.database, &self.clock, providers, settings)
    }

    /// Room for as many messages as a test wants.
    pub(crate) async fn lift_limits(&self) {
        let key = AccountKey { widget: WidgetId(1), client: Some(ClientId(1)) };
        let most = Amount { tokens: 1_000_000_000, requests: 1_000_000 };
        let limits = Limits::new(most, most).unwrap();
        self.database.set_limits(key, limits, self.now()).await.unwrap();
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Runs SQL by hand; rows as lines, columns with `|` between them.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let Some(path) = self.url.strip_prefix("sqlite://") else {
            return frontdesk_tests::psql(&self.url, sql).unwrap();
        };
        let output = Command::new("sqlite3").args(["-bail", "-cmd", ".timeout 10000", path, sql]).output();
        let output = output.expect("install sqlite3");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Nothing is held, and the log explains every figure.
    pub(crate) async fn assert_books_are_right(&self) {
        assert!(self.usage().await.credits.held.is_zero());
        let audit = self.database.audit(|_| ControlFlow::Continue(())).await.unwrap();
        assert_eq!((audit.findings, audit.accounts), (vec![], 1));
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_microsecond(self.clock.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }

    pub(crate) async fn say(&self, text: &str) -> Result<Answer, ChatError> {
        self.front.answer("demo", message(text)).await
    }

    pub(crate) async fn usage(&self) -> UsageReport {
        let mut accounts = self.database.usage_of_client(ClientId(1), self.now()).await.unwrap();
        assert_eq!(accounts.len(), 1);
        accounts.remove(0)
    }

    pub(crate) async fn analytics(&self) -> Analytics {
        self.database.analytics(WidgetId(1), jiff::civil::date(2026, 1, 1)).await.unwrap()
    }
}

fn front(database: &Database, clock: &Arc<AtomicI64>, providers: Providers, settings: Settings) -> FrontDesk {
    let time = Arc::clone(clock);
    let now = move || Timestamp::from_microsecond(time.load(Ordering::SeqCst)).unwrap();
    let ids = AtomicU64::new(1);
    let random = move || ids.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    FrontDesk::new(database.clone(), providers, settings, Arc::new(now), Arc::new(random))
}

pub(crate) fn message(text: &str) -> IncomingMessage {
    IncomingMessage { text: text.to_owned(), ..IncomingMessage::default() }
}

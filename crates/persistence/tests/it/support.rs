//! A fresh database for each test, a second connection for what operators do by hand, and short words for
//! the steps of the ledger.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use frontdesk_domain::credits::{Amount, Denial, ReserveRequest};
use frontdesk_domain::ids::{AccountId, ClientId, ConversationId, MessageId, PublicConversationId, WidgetId};
use frontdesk_domain::pricing::MicroUsd;
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_persistence::{
    AccountKey, Attempt, Begin, Begun, ConversationRef, Database, Finish, Finished, Ledger, LedgerError,
    NewConversation, Outcome, Reply, Reservation, Retry, Status, VisitorMessage,
};
use frontdesk_tests::{ScratchDir, TempPg, psql};
use jiff::{SignedDuration, Timestamp};
use std::ops::ControlFlow;
use std::sync::{Mutex, OnceLock};

/// Tells each story to SQLite and to PostgreSQL.
macro_rules! contract {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&$crate::support::Store::sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(&$crate::support::Store::postgres().await).await;
            })*
        }
    };
}
pub(crate) use contract;

/// A migrated database of its own.
pub(crate) struct Store {
    pub(crate) url: String,
    pub(crate) db: Database,
    hand: Mutex<Hand>,
    _dir: Option<ScratchDir>,
}

/// An operator's session.
enum Hand {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Nullable<Text>)]
    line: Option<String>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// What is stored of an account: day, month, total and held as `tokens/requests`, flag and its limit.
pub(crate) const ACCOUNT: [&str; 6] = [
    "tokens_used_today || '/' || requests_made_today",
    "tokens_used_this_month || '/' || requests_made_this_month",
    "total_tokens_used || '/' || total_requests_made",
    "tokens_reserved || '/' || requests_reserved",
    "CASE WHEN credits_exhausted THEN 'exhausted' ELSE 'open' END",
    "exhausted_limit",
];

impl Store {
    pub(crate) async fn sqlite() -> Self {
        let dir = ScratchDir::new();
        let url = dir.sqlite_url();
        let db = Database::open(&url, 4).await.unwrap();
        let mut hand = SqliteConnection::establish(url.strip_prefix("sqlite://").unwrap()).unwrap();
        hand.batch_execute("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON").unwrap();
        Self { url, db, hand: Mutex::new(Hand::Sqlite(hand)), _dir: Some(dir) }
    }

    pub(crate) async fn postgres() -> Self {
        Self::at(&TempPg::shared().create_from(migrated())).await
    }

    /// A PostgreSQL database that is there already.
    pub(crate) async fn at(url: &str) -> Self {
        let mut hand = PgConnection::establish(url).unwrap();
        hand.batch_execute("SET TIME ZONE 'UTC'").unwrap();
        Self {
            url: url.to_owned(),
            db: Database::connect(url, 4).await.unwrap(),
            hand: Mutex::new(Hand::Postgres(hand)),
            _dir: None,
        }
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        self.db.ledger()
    }

    pub(crate) fn is_postgres(&self) -> bool {
        matches!(*self.hand.lock().unwrap(), Hand::Postgres(_))
    }

    /// Runs SQL by hand.
    pub(crate) fn run(&self, sql: &str) {
        self.try_run(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Runs SQL by hand that the database may refuse.
    pub(crate) fn try_run(&self, sql: &str) -> Result<(), String> {
        let done = match &mut *self.hand.lock().unwrap() {
            Hand::Postgres(c) => c.batch_execute(sql),
            Hand::Sqlite(c) => c.batch_execute(sql),
        };
        done.map_err(|error| error.to_string())
    }

    /// Runs SQL as it was possible before time zones were checked.
    pub(crate) fn run_unchecked(&self, sql: &str) {
        if self.is_postgres() {
            self.run(&format!(
                "SET session_replication_role = replica; {sql}; SET session_replication_role = DEFAULT"
            ));
        } else {
            self.run(&format!("DROP TRIGGER IF EXISTS frontdesk_check_timezone_update; {sql}"));
        }
    }

    /// The columns of each row as a text with `|` between them, `-` for NULL; `from` is all after `FROM`.
    pub(crate) fn rows(&self, columns: &[&str], from: &str) -> Vec<String> {
        let text = |column: &&str| format!("COALESCE(CAST(({column}) AS TEXT), '-')");
        let line = columns.iter().map(text).collect::<Vec<_>>().join(" || '|' || ");
        let query = diesel::sql_query(format!("SELECT {line} AS line FROM {from}"));
        let lines: Vec<Line> = match &mut *self.hand.lock().unwrap() {
            Hand::Postgres(c) => query.load(c),
            Hand::Sqlite(c) => query.load(c),
        }
        .unwrap();
        lines.into_iter().map(|line| line.line.unwrap()).collect()
    }

    /// A number, for example `count(*) FROM clients`.
    pub(crate) fn number(&self, what: &str) -> i64 {
        let (value, from) = what.split_once(" FROM ").unwrap_or((what, "(SELECT 1) one"));
        let query = diesel::sql_query(format!("SELECT CAST(({value}) AS BIGINT) AS number FROM {from}"));
        let number: Number = match &mut *self.hand.lock().unwrap() {
            Hand::Postgres(c) => query.get_result(c),
            Hand::Sqlite(c) => query.get_result(c),
        }
        .unwrap();
        number.number
    }

    /// The steps of SQLite's plan for a query.
    pub(crate) fn explain(&self, query: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Step {
            #[diesel(sql_type = Text)]
            detail: String,
        }
        let Hand::Sqlite(c) = &mut *self.hand.lock().unwrap() else { panic!("a plan of SQLite's") };
        let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}")).load(c).unwrap();
        steps.into_iter().map(|step| step.detail).collect()
    }

    /// Checks that every counter is what the request log explains.
    pub(crate) async fn assert_books_are_right(&self) {
        let audit = self.db.audit(|_| ControlFlow::Continue(())).await.unwrap();
        assert!(audit.findings.is_empty(), "{audit:?}");
    }

    /// A widget of a new client.
    pub(crate) fn widget(&self) -> AccountKey {
        let n = self.number("count(*) FROM clients") + 1;
        self.run(&format!(
            "INSERT INTO clients (id, client_name, email) VALUES ({n}, 'Client {n}', 'c{n}@example.com')"
        ));
        self.widget_of(Some(ClientId(i32::try_from(n).unwrap())))
    }

    /// A widget of this client or of none.
    pub(crate) fn widget_of(&self, client: Option<ClientId>) -> AccountKey {
        let n = self.number("COALESCE(max(id), 0) FROM widget_configs") + 1;
        let owner = client.map_or("NULL".to_owned(), |client| client.to_string());
        self.run(&format!(
            "INSERT INTO widget_configs (id, client_id, widget_key, widget_name) VALUES ({n}, {owner}, 'key-{n}', 'Widget {n}')"
        ));
        let key = AccountKey { widget: WidgetId(i32::try_from(n).unwrap()), client };
        // The database has opened the account by its own clock.
        self.set(key, "last_daily_reset = '2026-11-23', last_monthly_reset = '2026-11-01'");
        key
    }

    /// The id of the account of this key.
    pub(crate) fn account(&self, key: AccountKey) -> AccountId {
        let client = key.client.map_or("IS NULL".to_owned(), |client| format!("= {client}"));
        let id = self.number(&format!(
            "id FROM client_llm_usage WHERE widget_id = {} AND client_id {client}",
            key.widget
        ));
        AccountId(i32::try_from(id).unwrap())
    }

    /// The account of this key as [`ACCOUNT`] shows it.
    pub(crate) fn stored(&self, key: AccountKey) -> String {
        let from = format!("client_llm_usage WHERE id = {}", self.account(key));
        self.rows(&ACCOUNT, &from).remove(0)
    }

    /// Sets columns of the account by hand.
    pub(crate) fn set(&self, key: AccountKey, columns: &str) {
        self.run(&format!("UPDATE client_llm_usage SET {columns} WHERE id = {}", self.account(key)));
    }

    /// Limits that are in nobody's way, on a day and in a month that have begun at `now`.
    pub(crate) fn unlimited(&self, key: AccountKey, now: Timestamp) {
        let day = now.strftime("%Y-%m-%d");
        let month = now.strftime("%Y-%m-01");
        self.set(
            key,
            &format!(
                "daily_token_limit = 1000000000, monthly_token_limit = 1000000000, daily_request_limit = 1000000,
                monthly_request_limit = 1000000, last_daily_reset = '{day}', last_monthly_reset = '{month}'"
            ),
        );
    }

    /// A new conversation of the widget.
    pub(crate) async fn conversation(&self, key: AccountKey, now: Timestamp) -> ConversationId {
        self.ledger().open_conversation(key, new_conversation(), now).await.unwrap()
    }

    /// A widget with [`unlimited`](Self::unlimited) credits and a conversation.
    pub(crate) async fn open(&self, now: Timestamp) -> (AccountKey, ConversationId) {
        let key = self.widget();
        self.unlimited(key, now);
        (key, self.conversation(key, now).await)
    }
}

/// A migrated database to copy. Nobody is connected to it.
fn migrated() -> &'static str {
    static MIGRATED: OnceLock<String> = OnceLock::new();
    MIGRATED.get_or_init(|| {
        let server = TempPg::shared();
        let url = server.create_database();
        let migrating = url.clone();
        let opened = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            drop(runtime.block_on(Database::open(&migrating, 1)).unwrap());
        });
        opened.join().unwrap();
        let name = url.split(['/', '?']).find(|part| part.starts_with("test_")).unwrap();
        let cut =
            format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'");
        psql(&server.url("postgres"), &cut).unwrap();
        url
    })
}

pub(crate) fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// A Monday morning.
pub(crate) fn monday() -> Timestamp {
    at("2026-11-23T10:00:00Z")
}

pub(crate) fn new_conversation() -> ConversationRef {
    let fields = NewConversation {
        session_id: "session".into(),
        visitor_email: Some("visitor@example.com".into()),
        page_url: Some("https://example.com/".into()),
        ..NewConversation::default()
    };
    ConversationRef::New(PublicConversationId::from_random(rand::random()), Box::new(fields))
}

/// An attempt that holds 900 tokens: a prompt of 400 and a reply of 500.
pub(crate) fn attempt() -> Attempt {
    attempt_of(400, 500)
}

pub(crate) fn attempt_of(prompt_tokens: u32, reply_tokens: u32) -> Attempt {
    Attempt {
        provider: ProviderName::GEMINI,
        model: "gemini-pro".into(),
        prompt_text: "When are you open?".into(),
        request: ReserveRequest { prompt_tokens, reply_tokens },
        number: 1,
        hold_for: SignedDuration::from_secs(60),
        may_wait: false,
    }
}

pub(crate) fn message(text: &str) -> VisitorMessage {
    VisitorMessage { text: text.into(), client_message_id: None }
}

pub(crate) fn begin(account: AccountKey, conversation: ConversationId, now: Timestamp) -> Begin {
    Begin {
        account,
        conversation: ConversationRef::Existing(conversation),
        message: message("When are you open?"),
        attempt: attempt(),
        now,
    }
}

pub(crate) fn outcome(status: Status, prompt_tokens: u32, completion_tokens: u32) -> Outcome {
    let answered = status == Status::Success;
    Outcome {
        status,
        usage: TokenUsage { prompt_tokens, completion_tokens, ..TokenUsage::default() },
        usage_estimated: false,
        model: None,
        response_text: answered.then(|| "From 9 to 5.".into()),
        error: (!answered).then(|| "503".into()),
        response_time_ms: 1_200,
        cost: Some(MicroUsd(125)),
    }
}

pub(crate) fn reply() -> Reply {
    Reply {
        text: "From 9 to 5.".into(),
        confidence: 0.95,
        entry: None,
        response_time_ms: 1_234,
        source: "llm",
        sources: Vec::new(),
        truncated: false,
        suggestions: Vec::new(),
    }
}

/// A stored message whose attempt holds credits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub(crate) account: AccountKey,
    pub(crate) conversation: ConversationId,
    pub(crate) message: MessageId,
    pub(crate) reservation: Reservation,
}

impl Held {
    /// The last step, with this outcome.
    pub(crate) fn finish(self, outcome: Outcome, now: Timestamp) -> Finish {
        Finish {
            account: self.account,
            settle: Some((self.reservation, outcome)),
            conversation: self.conversation,
            message: self.message,
            reply: reply(),
            now,
        }
    }

    /// The step after a failed attempt.
    pub(crate) fn retry(self, outcome: Outcome, now: Timestamp) -> Retry {
        Retry {
            reservation: self.reservation,
            outcome,
            conversation: self.conversation,
            message: self.message,
            attempt: Attempt { number: 2, ..attempt() },
            now,
        }
    }
}

/// Begins and returns what is held, or why nothing is.
pub(crate) async fn try_begin(ledger: &Ledger, begin: Begin) -> Result<Held, Denial> {
    let account = begin.account;
    match ledger.begin(begin).await.unwrap() {
        Begun::Stored { conversation, message, reserved } => {
            let held = |reservation| Held { account, conversation, message, reservation };
            reserved.map(held).map_err(|refusal| refusal.denial)
        }
        Begun::Duplicate(id) => panic!("a duplicate of {id}"),
    }
}

/// Begins where there is room.
pub(crate) async fn held(ledger: &Ledger, begin: Begin) -> Held {
    try_begin(ledger, begin).await.unwrap()
}

/// A whole cycle that uses so many tokens.
pub(crate) async fn spend(
    store: &Store,
    account: AccountKey,
    conversation: ConversationId,
    tokens: u32,
    now: Timestamp,
) {
    let held = held(store.ledger(), begin(account, conversation, now)).await;
    let done = held.finish(outcome(Status::Success, 0, tokens), now);
    store.ledger().finish(done).await.unwrap();
}

pub(crate) fn amount(tokens: i64, requests: i64) -> Amount {
    Amount { tokens, requests }
}

pub(crate) fn is_settled(result: &Result<Finished, LedgerError>) -> bool {
    matches!(result, Err(LedgerError::AlreadySettled(_)))
}

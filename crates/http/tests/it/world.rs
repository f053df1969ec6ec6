//! A server with the demo widget, another client's widget, and a scripted model.

use crate::client::{Response, send};
use frontdesk_chat::{FrontDesk, Most, Now, Settings};
use frontdesk_domain::ids::{ConversationId, PublicConversationId, WidgetId};
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_http::{Bounds, LegacyScripts, MetricsConfig, Server, ServerConfig, WidgetServing};
use frontdesk_limits::{Limits, Rates};
use frontdesk_persistence::Database;
use frontdesk_providers::{
    ChatModel, ChatReply, ChatRequest, Finish, ProviderError, Providers, ReplySource, ReplyStream, StreamEnd,
    StreamEvent,
};
use frontdesk_tests::ScratchDir;
use frontdesk_webhooks::{Policy, PrivateTarget, Webhooks};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

pub(crate) const ADMIN_KEY: &str = "0123456789abcdef-admin";
pub(crate) const NOW: &str = "2026-11-23T10:00:00.123Z";

/// A widget of another client, an inactive one, and one without a client. The database opens a widget's account
/// by its own clock, which is not the tests'.
const OTHERS: &str = "
    INSERT INTO clients (id, client_name, email) VALUES (50, 'Other', 'other@example.com');
    INSERT INTO widget_configs (id, client_id, widget_key, widget_name) VALUES (60, 50, 'other', 'Other');
    INSERT INTO widget_configs (id, client_id, widget_key, widget_name, is_active) VALUES (61, 50, 'off', 'Off', 0);
    INSERT INTO widget_configs (id, widget_key, widget_name) VALUES (62, 'alone', 'Alone');
    UPDATE client_llm_usage SET last_daily_reset = '2026-11-23', last_monthly_reset = '2026-11-01',
        created_at = '2026-11-23 10:00:00.123000', updated_at = NULL;
";

/// What the model says.
pub(crate) const PIECES: [&str; 2] = ["We open ", "at nine."];

/// A model that says how many tokens it used, once it is let.
struct Scripted {
    name: ProviderName,
    called: Arc<Semaphore>,
    may_answer: Arc<Semaphore>,
    may_go_on: Arc<Semaphore>,
    stopped: Arc<Semaphore>,
}

#[async_trait::async_trait]
impl ChatModel for Scripted {
    fn provider(&self) -> &ProviderName {
        &self.name
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ProviderError> {
        self.called.add_permits(1);
        self.may_answer.acquire().await.unwrap().forget();
        Ok(ChatReply {
            text: PIECES.concat(),
            finish: Finish::Complete,
            usage: TokenUsage { prompt_tokens: 400, completion_tokens: 50, ..TokenUsage::default() },
            usage_estimated: false,
            model: request.model.clone(),
            request_id: None,
            quota: Default::default(),
        })
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ReplyStream, ProviderError> {
        let mut call = Call(Some(Arc::clone(&self.stopped)));
        let whole = self.complete(request).await?;
        call.0 = None;
        Ok(Box::new(Pieces {
            said: 0,
            whole,
            may_go_on: Arc::clone(&self.may_go_on),
            stopped: Arc::clone(&self.stopped),
        }))
    }
}

/// Tells when it is dropped with its semaphore.
struct Call(Option<Arc<Semaphore>>);

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(stopped) = &self.0 {
            stopped.add_permits(1);
        }
    }
}

/// The answer in pieces: after the first it waits until it may go on.
struct Pieces {
    said: usize,
    whole: ChatReply,
    may_go_on: Arc<Semaphore>,
    stopped: Arc<Semaphore>,
}

impl Pieces {
    /// 10 tokens for each piece that came out; the whole reply's usage at its end.
    fn end(&self, finish: Finish) -> StreamEnd {
        let said =
            TokenUsage { completion_tokens: 10 * u32::try_from(self.said).unwrap(), ..self.whole.usage };
        StreamEnd {
            finish,
            usage: if finish == Finish::Complete { self.whole.usage } else { said },
            usage_estimated: finish != Finish::Complete,
            model: self.whole.model.clone(),
            request_id: None,
            error: None,
            quota: Default::default(),
        }
    }
}

#[async_trait::async_trait]
impl ReplySource for Pieces {
    async fn next(&mut self) -> Option<StreamEvent> {
        let Some(piece) = PIECES.get(self.said) else {
            return Some(StreamEvent::End(self.end(Finish::Complete)));
        };
        if self.said > 0 {
            self.may_go_on.acquire().await.unwrap().forget();
        }
        self.said += 1;
        Some(StreamEvent::Delta((*piece).to_owned()))
    }

    fn stop(self: Box<Self>) -> StreamEnd {
        self.stopped.add_permits(1);
        self.end(Finish::Cut)
    }
}

pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) database: Database,
    pub(crate) desk: FrontDesk,
    /// A permit for each call that the model has got.
    pub(crate) called: Arc<Semaphore>,
    /// A permit for each call that the model may answer.
    pub(crate) may_answer: Arc<Semaphore>,
    /// A permit for each piece, but the first, that the model may say.
    pub(crate) may_go_on: Arc<Semaphore>,
    /// A permit for each call that ended before its answer did.
    pub(crate) stopped: Arc<Semaphore>,
    pub(crate) stop: Option<oneshot::Sender<()>>,
    pub(crate) running: JoinHandle<std::io::Result<()>>,
    /// Milliseconds since [`NOW`].
    hand: Arc<AtomicI64>,
    directory: ScratchDir,
}

#[derive(Clone, Copy)]
pub(crate) struct Options {
    pub(crate) admin_key: Option<&'static str>,
    pub(crate) max_in_flight: usize,
    pub(crate) answer_deadline: Duration,
    /// Calls that the model answers at once.
    pub(crate) answers: usize,
    pub(crate) bounds: Bounds,
    pub(crate) rates: Rates,
    pub(crate) trusted_proxies: usize,
    pub(crate) widget: &'static Widget,
}

/// How the widget is served.
pub(crate) struct Widget {
    pub(crate) public_url: Option<&'static str>,
    /// Whether the demo client's site is shown.
    pub(crate) demo: bool,
    /// Paths and global names.
    pub(crate) legacy_scripts: &'static [(&'static str, &'static str)],
}

impl Widget {
    pub(crate) const PLAIN: Self = Self { public_url: None, demo: false, legacy_scripts: &[] };
}

impl Default for Options {
    fn default() -> Self {
        Self {
            admin_key: Some(ADMIN_KEY),
            max_in_flight: 16,
            answer_deadline: Duration::from_secs(20),
            answers: 100,
            bounds: Bounds::default(),
            rates: Rates::default(),
            trusted_proxies: 0,
            widget: &Widget::PLAIN,
        }
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let directory = ScratchDir::new();
        let database = Database::open(&directory.sqlite_url(), 2).await.unwrap();
        assert_eq!(database.seed_demo().await.unwrap(), Some("demo"));
        let world = Self::on(database, directory, options);
        world.sql(OTHERS);
        world
    }

    /// A server on any database. Only one in `directory` can be looked into.
    pub(crate) fn on(database: Database, directory: ScratchDir, options: Options) -> Self {
        let called = Arc::new(Semaphore::new(0));
        let may_answer = Arc::new(Semaphore::new(options.answers));
        let (may_go_on, stopped) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let model = Scripted {
            name: ProviderName::GEMINI,
            called: Arc::clone(&called),
            may_answer: Arc::clone(&may_answer),
            may_go_on: Arc::clone(&may_go_on),
            stopped: Arc::clone(&stopped),
        };
        let hand = Arc::new(AtomicI64::new(0));
        let now = now(&hand);
        let desk = desk(&database, model, options, &now);
        let config = ServerConfig {
            host: "127.0.0.1".into(),
            port: 0,
            shutdown_timeout: Duration::from_secs(20),
            admin_key: options.admin_key.map(Into::into),
            webhooks: webhooks(&database, &now),
            widget: widget(options.widget),
            bounds: options.bounds,
            trusted_proxies: options.trusted_proxies,
            limits: Limits::new(options.rates, Arc::clone(&now), None),
            metrics: MetricsConfig::default(),
            follow_trace: None,
        };
        let counter = AtomicU64::new(0);
        let random = Arc::new(move || counter.fetch_add(1, Ordering::Relaxed));
        let server = Server::bind(&config, desk.clone(), database.clone(), now, random).unwrap();
        let address = server.address();
        let (stop, told_to_stop) = oneshot::channel::<()>();
        // A test that drops its world lets the server go on until the test ends.
        let stop_signal = async move {
            if told_to_stop.await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let running = tokio::spawn(server.run(stop_signal));
        Self {
            address,
            database,
            desk,
            called,
            may_answer,
            may_go_on,
            stopped,
            stop: Some(stop),
            running,
            hand,
            directory,
        }
    }

    pub(crate) fn sql(&self, statements: &str) {
        self.connection().execute_batch(statements).unwrap();
    }

    pub(crate) fn number(&self, query: &str) -> i64 {
        self.connection().query_row(query, [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn text(&self, query: &str) -> String {
        self.connection().query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// Every row of every table, in a form that can be compared.
    pub(crate) fn dump(&self) -> Vec<String> {
        let connection = self.connection();
        let mut names =
            connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").unwrap();
        let names = names.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
        let mut dump = Vec::new();
        for name in names {
            let mut rows = connection.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
            let columns = rows.column_count();
            let told = |row: &rusqlite::Row<'_>| -> rusqlite::Result<String> {
                let values = (0..columns).map(|column| row.get::<_, rusqlite::types::Value>(column));
                Ok(format!("{name}: {:?}", values.collect::<Result<Vec<_>, _>>()?))
            };
            dump.extend(rows.query_map([], told).unwrap().map(Result::unwrap));
        }
        dump.sort();
        assert!(dump.iter().any(|row| row.starts_with("widget_knowledge_base: ")));
        dump
    }

    fn connection(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.directory.path().join("frontdesk.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(10)).unwrap();
        connection
    }

    /// How many rows visitors have caused.
    pub(crate) fn stored(&self) -> i64 {
        self.number(
            "SELECT (SELECT count(*) FROM widget_conversations) + (SELECT count(*) FROM widget_messages)
                + (SELECT count(*) FROM llm_request_logs)",
        )
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        self.hand.fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        send(self.address, &format!("GET {path}"), b"").await
    }

    pub(crate) async fn get_as_admin(&self, path: &str) -> Response {
        let head = format!("GET /api/chat-widget{path}\nAuthorization: Bearer {ADMIN_KEY}");
        send(self.address, &head, b"").await
    }

    /// Sends a body to an administrator's call, such as `PUT /widgets/1/knowledge/2`.
    pub(crate) async fn send_as_admin(&self, call: &str, body: &str) -> Response {
        let (method, path) = call.split_once(' ').unwrap();
        let head = format!(
            "{method} /api/chat-widget{path}\nAuthorization: Bearer {ADMIN_KEY}\nContent-Type: application/json"
        );
        send(self.address, &head, body.as_bytes()).await
    }

    pub(crate) async fn admin(&self, call: &str, body: Value) -> Response {
        self.send_as_admin(call, &body.to_string()).await
    }

    /// Sends a body to a call of a widget.
    pub(crate) async fn post_text(&self, path: &str, body: &str) -> Response {
        let head = format!("POST /api/chat-widget/public/widget/{path}\nContent-Type: application/json");
        send(self.address, &head, body.as_bytes()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Response {
        self.post_text(path, &body.to_string()).await
    }

    pub(crate) async fn conversation(&self, key: &str) -> i64 {
        let opened = self.post(&format!("{key}/conversation"), json!({"session_id": "s1"})).await;
        opened.json()["conversation_id"].as_i64().unwrap()
    }

    pub(crate) async fn inner_id(&self, public: i64) -> Option<ConversationId> {
        let id = PublicConversationId::new(public);
        let found = self.database.conversation(WidgetId(1), id, 1).await.unwrap();
        found.map(|conversation| conversation.id)
    }
}

fn desk(database: &Database, model: Scripted, options: Options, now: &Now) -> FrontDesk {
    let model: Arc<dyn ChatModel> = Arc::new(model);
    let settings = Settings {
        fallback_providers: Vec::new(),
        provider_timeout: Duration::from_secs(15),
        answer_deadline: options.answer_deadline,
        reservation_timeout: Duration::from_mins(2),
        credit_wait: Duration::ZERO,
        most: Most { answering: options.max_in_flight, waiting: 0, wait: Duration::ZERO },
        knowledge_cache_bytes: 64 << 20,
    };
    let providers: Providers = [model].into_iter().collect();
    let counter = AtomicU64::new(1);
    let random = Arc::new(move || counter.fetch_add(1, Ordering::Relaxed) << 11);
    FrontDesk::new(database.clone(), providers, settings, Arc::clone(now), random)
}

fn widget(options: &Widget) -> WidgetServing {
    WidgetServing {
        public_url: options.public_url.map(|url| url.parse().unwrap()),
        legacy_scripts: LegacyScripts::new(options.legacy_scripts.iter().copied()).unwrap(),
        demo_key: options.demo.then(|| "demo".to_owned()),
    }
}

/// Webhooks on this machine, and no other private ones.
fn webhooks(database: &Database, now: &Now) -> Webhooks {
    let private_targets = vec![PrivateTarget { host: "127.0.0.1".into(), port: None }];
    let policy = Policy { allow_http: true, private_targets };
    Webhooks::new(database.clone(), policy, Arc::clone(now), Arc::new(|| 0)).unwrap()
}

fn now(hand: &Arc<AtomicI64>) -> Now {
    let (start, hand): (Timestamp, _) = (NOW.parse().unwrap(), Arc::clone(hand));
    Arc::new(move || start + SignedDuration::from_millis(hand.load(Ordering::Relaxed)))
}

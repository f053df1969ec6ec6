//! The front desk: what the HTTP layer talks to.

use crate::answer_stream::{AnswerStream, patiently};
use crate::error::ChatError;
use crate::figures;
use crate::message::{Answer, IncomingMessage, MessageText, check_client_message_id};
use crate::opening::Sessions;
use crate::places::{InFlight, Most, Places};
use crate::prices::Prices;
use crate::reader::Reader;
use crate::spans;
use crate::visit::Visit;
use crate::widgets::Widgets;
use frontdesk_domain::ProviderName;
use frontdesk_domain::ids::PublicConversationId;
use frontdesk_persistence::{AccountKey, Database, Lane, Widget, within};
use frontdesk_providers::{ModelNames, Providers};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// The clock. A function, so that tests choose the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// A cryptographic source of random numbers, for ids that must not be guessed.
pub type Random = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Beyond the deadline for the providers, how long a visitor waits for the answer to be stored.
const STORING: Duration = Duration::from_secs(5);

/// How answers are made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Asked in this order after the widget's own provider.
    pub fallback_providers: Vec<ProviderName>,
    /// The longest wait for one call to a provider.
    pub provider_timeout: Duration,
    /// The longest wait for a whole answer; no call to a provider begins after it.
    pub answer_deadline: Duration,
    /// How long credits are held for one call; longer than `answer_deadline`.
    pub reservation_timeout: Duration,
    /// The longest wait for credits that only other visitors' messages hold.
    pub credit_wait: Duration,
    /// How many messages are answered at once, and how many may wait for it.
    pub most: Most,
    /// Bytes of knowledge bases' indexes that stay in memory.
    pub knowledge_cache_bytes: u64,
}

impl Settings {
    pub(crate) fn hold_for(&self) -> SignedDuration {
        SignedDuration::try_from(self.reservation_timeout).unwrap_or(SignedDuration::MAX)
    }
}

/// Answers visitors' messages. Cheap to clone.
#[derive(Clone)]
pub struct FrontDesk(pub(crate) Arc<Desk>);

/// What all answers share.
pub(crate) struct Desk {
    pub(crate) database: Database,
    pub(crate) providers: Providers,
    pub(crate) names: ModelNames,
    pub(crate) prices: Arc<Prices>,
    pub(crate) settings: Settings,
    pub(crate) now: Now,
    pub(crate) widgets: Widgets,
    pub(crate) sessions: Sessions,
    random: Random,
    places: Places,
    tasks: TaskTracker,
    runtime: tokio::runtime::Handle,
}

impl std::fmt::Debug for FrontDesk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FrontDesk").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

impl FrontDesk {
    /// A front desk on this database and these providers. To be called within the tokio runtime that
    /// shall run the answers.
    pub fn new(
        database: Database,
        providers: Providers,
        settings: Settings,
        now: Now,
        random: Random,
    ) -> Self {
        let runtime = tokio::runtime::Handle::current();
        Self(Arc::new(Desk {
            widgets: Widgets::new(database.clone(), settings.knowledge_cache_bytes),
            sessions: Sessions::new(),
            places: Places::new(settings.most),
            names: providers.model_names(),
            prices: Arc::default(),
            tasks: TaskTracker::new(),
            runtime,
            database,
            providers,
            settings,
            now,
            random,
        }))
    }

    /// The active widget with this key, at most two seconds old.
    ///
    /// # Errors
    /// [`ChatError::WidgetNotFound`], [`ChatError::Database`].
    pub async fn widget(&self, key: &str) -> Result<Arc<Widget>, ChatError> {
        self.0.widget(key).await
    }

    /// Has the next message of each widget see what was changed before this call; other processes see it within
    /// two seconds.
    pub fn forget_widgets(&self) {
        self.0.widgets.forget();
    }

    /// Whether a widget may name this provider: one that the guide names, with a key here or not, or one that is
    /// set up here.
    pub fn knows_provider(&self, provider: &ProviderName) -> bool {
        let guides = [ProviderName::GEMINI, ProviderName::GROQ, ProviderName::OPENAI, ProviderName::CLAUDE];
        guides.contains(provider) || self.0.providers.get(provider).is_some()
    }

    /// Answers a message. Once this has begun, the message is answered and booked even if the caller goes
    /// away.
    ///
    /// # Errors
    /// [`ChatError`]; every variant says what was stored.
    pub async fn answer(&self, key: &str, message: IncomingMessage) -> Result<Answer, ChatError> {
        let mut task = self.start(key, message, None)?;
        patiently(&mut task, self.0.patience()).await
    }

    /// Answers a message in pieces, as the model says them: with the same checks and the same books as
    /// [`answer`](Self::answer), which it is in all but two things. After the model's first piece no other
    /// provider is asked: what was produced is the answer. And a caller who drops the stream stops the model:
    /// what it has said so far is stored and charged; if that is nothing, the message gets the answer that it
    /// would get without a model.
    ///
    /// # Errors
    /// [`ChatError`], where the message is refused at once; what goes wrong later comes out of the stream.
    pub fn answer_streamed(&self, key: &str, message: IncomingMessage) -> Result<AnswerStream, ChatError> {
        let (reader, pieces) = Reader::new();
        let task = self.start(key, message, Some(reader))?;
        Ok(AnswerStream::new(pieces, task, self.0.patience()))
    }

    fn start(
        &self,
        key: &str,
        message: IncomingMessage,
        reader: Option<Reader>,
    ) -> Result<JoinHandle<Result<Answer, ChatError>>, ChatError> {
        let desk = Arc::clone(&self.0);
        let text = MessageText::parse(&message.text)?;
        check_client_message_id(message.client_message_id.as_deref())?;
        let ticket = desk.places.enter().inspect_err(|_| figures::turned_away())?;
        let key = key.to_owned();
        let span = spans::answer();
        let answer = async move {
            let place = ticket.place().await.inspect_err(|_| figures::turned_away())?;
            let widget = desk.widget(&key).await?;
            let visit = Visit::begin(&desk, &widget, text, message, reader).await?;
            let answer = visit.answer().await;
            drop(place);
            answer
        };
        let answer = within(Lane::Visitors, answer).instrument(span);
        Ok(self.0.tasks.spawn_on(answer, &self.0.runtime))
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.0
    }

    /// The bytes of the knowledge bases' indexes that are in memory, at most [`Settings::knowledge_cache_bytes`]. One that
    /// is larger stays alone and counts as that.
    pub async fn knowledge_bytes(&self) -> u64 {
        self.0.widgets.bytes().await
    }

    /// How many circuit breakers of each provider let nothing through now.
    pub fn open_breakers(&self) -> Vec<(ProviderName, usize)> {
        self.0.providers.open_breakers()
    }

    /// How many messages are under way.
    pub fn in_flight(&self) -> InFlight {
        self.0.places.in_flight()
    }

    /// Whether a message is being answered.
    pub fn is_answering(&self) -> bool {
        !self.0.tasks.is_empty()
    }

    /// Refuses new messages and waits for those that are being answered.
    pub async fn drain(&self) {
        self.0.places.close();
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }
}

impl Desk {
    /// How long a visitor waits for a message that arrives now.
    fn patience(&self) -> Instant {
        Instant::now() + self.places.longest_wait() + self.settings.answer_deadline + STORING
    }

    /// A random number, at least 0 and below 1.
    #[expect(clippy::cast_precision_loss, reason = "a float holds 53 bits")]
    pub(crate) fn jitter(&self) -> f64 {
        ((self.random)() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) async fn widget(&self, key: &str) -> Result<Arc<Widget>, ChatError> {
        self.widgets.get(key).await?.ok_or(ChatError::WidgetNotFound)
    }

    /// An id for a conversation, which cannot be guessed.
    pub(crate) fn new_id(&self) -> PublicConversationId {
        PublicConversationId::from_random((self.random)())
    }

    pub(crate) fn time(&self) -> Timestamp {
        (self.now)()
    }
}

pub(crate) fn account(widget: &Widget) -> AccountKey {
    AccountKey { widget: widget.id, client: widget.client }
}

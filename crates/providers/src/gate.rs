//! Whether a call may be made now, and with which key.
//!
//! Each key of a provider has a circuit breaker and a quota for each model. A gate looks for a key that may be
//! used, takes the call from its quota, and books the outcome when it is there. The rules are the domain's
//! ([`frontdesk_domain::breaker`], [`frontdesk_domain::quota`]); here are the keys, the lock and the log.

mod admit;
mod books;
mod outcome;
mod permit;
mod refusal;
mod shared_quotas;
mod slip;
mod watched;

pub use permit::Permit;
pub use shared_quotas::SharedQuotas;

use crate::chat::ChatModel;
use crate::error::ProviderError;
use books::Books;
use frontdesk_domain::ProviderName;
use frontdesk_domain::breaker::BreakerPolicy;
use frontdesk_domain::quota::{QuotaLimits, QuotaRules, QuotaSettings};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use shared_quotas::Entry;
use std::fmt;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The clock. A function, so that tests choose the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A call that is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Whom to ask.
    pub provider: &'a ProviderName,
    /// The model to ask for.
    pub model: &'a str,
    /// On whose behalf: no tenant can use up a provider's minute for all others.
    pub tenant: i32,
    /// The most tokens that it may use: the prompt's estimate and the reply's cap.
    pub tokens: u32,
    /// Whether this provider has failed for the same message before; such calls have a budget.
    pub is_retry: bool,
}

/// What stands ready for another try at the same provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prospects {
    /// It has another key that may be asked at once.
    pub another_key: bool,
    /// Its retry budget is not spent.
    pub may_retry: bool,
    /// One of its keys is neither behind an open circuit breaker nor at rest after a refusal.
    pub ready: bool,
}

/// How much of a provider is used, and how its failures are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resilience {
    /// What each key takes for each model, where it is not what the provider's free tier does.
    pub quota: QuotaSettings,
    /// Whether the provider's free tier holds where `quota` sets nothing. At another address than the vendor's
    /// its limits are not known.
    pub free_tier: bool,
    /// When a key's model is left alone.
    pub breaker: BreakerPolicy,
}

impl Default for Resilience {
    /// The free tier's quota; the breaker's defaults.
    fn default() -> Self {
        Self { quota: QuotaSettings::default(), free_tier: true, breaker: BreakerPolicy::default() }
    }
}

impl Resilience {
    fn rules(&self, provider: &ProviderName, model: &str) -> QuotaRules {
        let rules = QuotaRules::new(provider, model, self.quota);
        if self.free_tier { rules } else { QuotaRules { assumed: QuotaLimits::UNLIMITED, ..rules } }
    }
}

/// One provider with all its keys. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Gate {
    shared: Arc<Shared>,
}

/// What a gate and the permits that it gave share.
struct Shared {
    /// One adapter for each key.
    keys: Vec<Arc<dyn ChatModel>>,
    /// `None`: every call is let through and nothing is booked.
    resilience: Option<Resilience>,
    now: Now,
    /// Held for moments only, never across an await.
    books: Mutex<Books>,
    /// Where the search for a key begins next, so that all keys share the load.
    next_key: AtomicUsize,
    /// What each key is called in the shared counters: a fingerprint where the key is known, else its number.
    fingerprints: Vec<String>,
    /// The counters that all processes share, where there are any.
    quotas: OnceLock<SharedQuotas>,
}

impl Gate {
    pub(crate) fn new(keys: Vec<Arc<dyn ChatModel>>, resilience: Resilience, now: Now) -> Self {
        let fingerprints = (1..=keys.len()).map(|number| number.to_string()).collect();
        Self::with(keys, fingerprints, Some(resilience), now)
    }

    /// As [`Gate::new`], with a [`fingerprint`] of each key: counters that outlive a process must not take a new
    /// key for the old one.
    pub(crate) fn with_fingerprints(
        keys: Vec<Arc<dyn ChatModel>>,
        fingerprints: Vec<String>,
        resilience: Resilience,
        now: Now,
    ) -> Self {
        Self::with(keys, fingerprints, Some(resilience), now)
    }

    /// Lets every call through.
    pub(crate) fn unguarded(model: Arc<dyn ChatModel>) -> Self {
        Self::with(vec![model], Vec::new(), None, Arc::new(|| Timestamp::UNIX_EPOCH))
    }

    fn with(
        keys: Vec<Arc<dyn ChatModel>>,
        fingerprints: Vec<String>,
        resilience: Option<Resilience>,
        now: Now,
    ) -> Self {
        let (books, next_key, quotas) = (Mutex::default(), AtomicUsize::new(0), OnceLock::new());
        let shared = Shared { keys, resilience, now, books, next_key, fingerprints, quotas };
        Self { shared: Arc::new(shared) }
    }

    /// Counts together with all other processes that use these counters. The first ones stay.
    pub(crate) fn share(&self, quotas: &SharedQuotas) {
        self.shared.quotas.get_or_init(|| quotas.clone());
    }

    pub(crate) async fn admit(&self, call: &Call<'_>) -> Result<Permit, ProviderError> {
        admit::admit(&self.shared, call).await
    }

    pub(crate) fn first(&self) -> Option<&Arc<dyn ChatModel>> {
        self.shared.keys.first()
    }

    /// As [`admit`](Self::admit), for a first call, but nothing is taken, counted or told, and no other process
    /// is asked.
    pub(crate) fn would_admit(&self, call: &Call<'_>) -> Result<(), ProviderError> {
        admit::would_admit(&self.shared, call)
    }

    pub(crate) fn open_breakers(&self) -> usize {
        self.shared.books().open_breakers((self.shared.now)())
    }

    pub(crate) fn prospects(&self, model: &str, failed: Option<usize>) -> Prospects {
        let several = self.shared.keys.len() > 1;
        if self.shared.resilience.is_none() {
            return Prospects { another_key: several, may_retry: true, ready: true };
        }
        let now = (self.shared.now)();
        let books = self.shared.books();
        let ready = books.has_ready_key(model, now);
        let another = match failed.and_then(|number| number.checked_sub(1)) {
            Some(failed) => books.has_ready_key_beside(model, failed, now),
            None => ready,
        };
        Prospects { another_key: several && another, may_retry: books.may_retry(now), ready }
    }
}

impl Shared {
    fn books(&self) -> MutexGuard<'_, Books> {
        // Books are whole after each step; a panic elsewhere is no reason to refuse all visitors.
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key and model in the shared counters.
    fn entry(&self, model: &str, key: usize, rules: QuotaRules) -> Entry {
        let provider = self.keys.get(key).map_or("", |adapter| adapter.provider().as_str());
        let fingerprint = self.fingerprints.get(key).map_or("", String::as_str);
        Entry { name: format!("frontdesk:quota:{provider}:{fingerprint}:{model}"), rules }
    }

    /// A key as operators know it: never the key itself.
    fn name<'a>(&'a self, model: &'a str, key: usize) -> KeyName<'a> {
        let provider = self.keys.get(key).map(|adapter| adapter.provider());
        KeyName { provider, model, number: key + 1, of: self.keys.len() }
    }
}

/// What tells keys apart without telling anything of them: 64 bits of a hash.
pub(crate) fn fingerprint(key: &str) -> String {
    let hash = Sha256::new().chain_update("frontdesk quota ").chain_update(key).finalize();
    let first = hash.iter().take(8).fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    format!("{first:016x}")
}

/// `groq openai/gpt-oss-20b (key 2 of 3)`
struct KeyName<'a> {
    provider: Option<&'a ProviderName>,
    model: &'a str,
    number: usize,
    of: usize,
}

impl fmt::Display for KeyName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(provider) = self.provider {
            write!(f, "{provider} ")?;
        }
        f.write_str(self.model)?;
        if self.of > 1 { write!(f, " (key {} of {})", self.number, self.of) } else { Ok(()) }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("keys", &self.shared.keys.len()).finish_non_exhaustive()
    }
}

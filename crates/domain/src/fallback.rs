//! What next after this failure? The fallback policy as a pure state machine.
//!
//! ```text
//! Ask(provider 1) ─failure─▶ Ask(provider 1) again after a wait ─▶ Ask(provider 2) ─▶ .. ─▶ KnowledgeBase ─▶ Default
//!                  denied, blocked ───────────────────────────────────────────────────────▶ KnowledgeBase
//! ```
//!
//! ```
//! use frontdesk_domain::fallback::{Circumstances, Failure, FallbackPolicy, Step};
//! use std::time::Duration;
//! let policy = FallbackPolicy { providers: 1, ..Default::default() };
//! let Step::Ask(only) = policy.start(0.0) else { unreachable!() };
//! let next = policy.after_failure(only, Failure::QuotaSpent, &Circumstances::within(Duration::from_secs(15)));
//! assert_eq!(next, Step::KnowledgeBase);
//! ```

mod budget;
mod order;
#[cfg(test)]
mod tests;

pub use budget::RetryBudget;
pub use order::{AnswerOrder, UnknownAnswerOrder};

use crate::confidence::KNOWLEDGE_BASE_MIN;

use std::time::Duration;

/// How a call to a provider failed. The same vocabulary for all providers.
///
/// ```
/// use frontdesk_domain::fallback::Failure;
/// use std::time::Duration;
/// let failure = Failure::RateLimited { retry_after: Some(Duration::from_secs(3)) };
/// assert_eq!(failure.to_string(), "rate limited");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No key is set for the provider.
    #[error("not configured")]
    NotConfigured,
    /// The provider refused the key.
    #[error("invalid key")]
    InvalidKey,
    /// Too many requests or tokens per minute.
    #[error("rate limited")]
    RateLimited {
        /// How long the provider asked to wait.
        retry_after: Option<Duration>,
    },
    /// The day's free quota or the money is spent: waiting seconds will not help.
    #[error("quota spent")]
    QuotaSpent,
    /// The provider is overloaded or failed on its side.
    #[error("overloaded")]
    Overloaded {
        /// How long the provider asked to wait.
        retry_after: Option<Duration>,
    },
    /// No complete answer in time. It may have been billed, so it is not asked again.
    #[error("timeout")]
    Timeout,
    /// No connection, or one that broke before the answer was complete.
    #[error("unreachable")]
    Unreachable,
    /// The provider refused to answer this prompt.
    #[error("blocked")]
    Blocked,
    /// A complete answer without any text, for example when reasoning used up the reply cap.
    #[error("empty answer")]
    Empty,
    /// The model does not exist, or no longer.
    #[error("model gone")]
    ModelGone,
    /// The provider found fault with the request.
    #[error("request rejected")]
    Rejected,
    /// The answer is not what the provider's API promises.
    #[error("malformed answer")]
    Malformed,
    /// An answer that stopped before its end.
    #[error("cut off")]
    CutOff,
    /// Nothing was sent: the provider has failed too often just now, and rests.
    #[error("circuit breaker open")]
    CircuitOpen,
    /// Nothing was sent: the call would exceed what is known of the provider's quota.
    #[error("quota reached")]
    QuotaReached,
}

/// The next thing to do for a message.
///
/// ```
/// use frontdesk_domain::fallback::{FallbackPolicy, Step};
/// let policy = FallbackPolicy { providers: 1, ..Default::default() };
/// let next = match policy.start(0.0) {
///     Step::Ask(ask) => format!("ask provider {}", ask.provider),
///     Step::KnowledgeBase => "look it up".to_owned(),
///     Step::Default => "be friendly".to_owned(),
/// };
/// assert_eq!(next, "ask provider 0");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Ask a provider.
    Ask(Ask),
    /// Answer from the knowledge base.
    KnowledgeBase,
    /// Answer with the friendly default.
    Default,
}

/// One call to a provider.
///
/// ```
/// use frontdesk_domain::fallback::{Ask, Circumstances, Failure, FallbackPolicy, Step};
/// use std::time::Duration;
/// let policy = FallbackPolicy { providers: 1, ..Default::default() };
/// let first = Ask { provider: 0, attempt: 1, after: Duration::ZERO };
/// let again = policy.after_failure(first, Failure::Unreachable, &Circumstances::within(Duration::from_secs(15)));
/// assert_eq!(again, Step::Ask(Ask { provider: 0, attempt: 2, after: policy.backoff }));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// Position in the chain of providers, from 0.
    pub provider: usize,
    /// Which try at this provider it is, from 1.
    pub attempt: u32,
    /// How long to wait first.
    pub after: Duration,
}

/// What the policy has to know beside the failure itself.
///
/// ```
/// use frontdesk_domain::fallback::Circumstances;
/// use std::time::Duration;
/// let circumstances = Circumstances::within(Duration::from_secs(15));
/// assert!(circumstances.may_retry && !circumstances.another_key);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circumstances {
    /// Time until the visitor's deadline.
    pub remaining: Duration,
    /// Whether the provider has another key that may be asked at once.
    pub another_key: bool,
    /// Whether the provider's retry budget allows one more call.
    pub may_retry: bool,
    /// A random number, at least 0 and below 1, for the jitter of a wait.
    pub jitter: f64,
}

impl Circumstances {
    /// One key, a retry budget that is not spent, and no jitter: the longest waits.
    ///
    /// ```
    /// use frontdesk_domain::fallback::Circumstances;
    /// use std::time::Duration;
    /// let second = Duration::from_secs(1);
    /// assert_eq!(Circumstances::within(second).remaining, second);
    /// ```
    pub const fn within(remaining: Duration) -> Self {
        Self { remaining, another_key: false, may_retry: true, jitter: 1.0 }
    }
}

/// The policy of one message: how many providers there are to ask and how patient to be.
///
/// ```
/// use frontdesk_domain::fallback::{Circumstances, Failure, FallbackPolicy, Step};
/// use std::time::Duration;
/// let policy = FallbackPolicy { providers: 3, attempts_per_provider: 1, ..Default::default() };
/// let (mut step, mut asked) = (policy.start(0.0), 0);
/// while let Step::Ask(ask) = step {
///     asked += 1;
///     step = policy.after_failure(ask, Failure::Timeout, &Circumstances::within(Duration::from_secs(15)));
/// }
/// assert_eq!((asked, step), (3, Step::KnowledgeBase));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FallbackPolicy {
    /// Length of the provider chain.
    pub providers: usize,
    /// Whether the knowledge base may answer (`fallback_to_knowledge_base`).
    pub knowledge_base: bool,
    /// Whether models or the knowledge base are first (`answer_order`).
    pub order: AnswerOrder,
    /// Tries at one provider, the first included.
    pub attempts_per_provider: u32,
    /// The longest wait before the second try at a provider that named no wait. It doubles from try to try.
    pub backoff: Duration,
    /// Where [`FallbackPolicy::backoff`] stops to grow. A provider that asks for a longer wait is left for the
    /// next one.
    pub longest_wait: Duration,
}

impl Default for FallbackPolicy {
    /// No providers, knowledge base on, three tries, up to 250 and 500 ms between them, never over 2 s.
    ///
    /// ```
    /// # use frontdesk_domain::fallback::{FallbackPolicy, Step};
    /// assert_eq!(FallbackPolicy::default().start(0.0), Step::KnowledgeBase);
    /// ```
    fn default() -> Self {
        Self {
            providers: 0,
            knowledge_base: true,
            order: AnswerOrder::LlmFirst,
            attempts_per_provider: 3,
            backoff: Duration::from_millis(250),
            longest_wait: Duration::from_secs(2),
        }
    }
}

impl FallbackPolicy {
    /// The first step of a message, to which the knowledge base's best entry is right with the probability
    /// `confidence` (0 where it has none). Only where it goes first and is sure enough it answers before a
    /// provider is asked.
    ///
    /// ```
    /// # use frontdesk_domain::fallback::{AnswerOrder, Ask, FallbackPolicy, Step};
    /// let policy = FallbackPolicy { providers: 2, ..Default::default() };
    /// let first = Step::Ask(Ask { provider: 0, attempt: 1, after: Default::default() });
    /// assert_eq!(policy.start(0.99), first);
    /// let policy = FallbackPolicy { order: AnswerOrder::KnowledgeFirst, ..policy };
    /// assert_eq!(policy.start(0.85), Step::KnowledgeBase);
    /// assert_eq!(policy.start(0.84), first);
    /// ```
    pub fn start(&self, confidence: f64) -> Step {
        let is_first = self.knowledge_base && self.order == AnswerOrder::KnowledgeFirst;
        if is_first && confidence >= KNOWLEDGE_BASE_MIN { Step::KnowledgeBase } else { self.ask_provider(0) }
    }

    /// The step after `ask` failed. A step that could not begin before the deadline is never returned.
    ///
    /// | failure | next |
    /// |---|---|
    /// | `Overloaded`, `Unreachable`, `Malformed`, `CutOff` | the same provider after a wait |
    /// | `RateLimited` | the same provider at once with another key, or after the wait that it named |
    /// | `InvalidKey`, `QuotaSpent` | the same provider at once with another key |
    /// | `Timeout`, `Empty`, `ModelGone`, `Rejected`, `NotConfigured`, `CircuitOpen`, `QuotaReached` | the next provider at once |
    /// | `Blocked` | no other provider: the prompt is not carried around |
    ///
    /// The same provider is only asked again where its retry budget allows, no more than
    /// `attempts_per_provider` times, and where the wait fits; else the next one is. The wait is random between
    /// nothing and `backoff`, doubled from try to try up to `longest_wait` ("full jitter": those who failed
    /// together do not come back together). A wait that the provider names is the least, with up to `backoff`
    /// on top; one above `longest_wait` leads to the next provider.
    ///
    /// `CutOff` is for an answer of which the visitor has seen nothing: after a first token nothing is repeated.
    ///
    /// ```
    /// # use frontdesk_domain::fallback::{Ask, Circumstances, Failure, FallbackPolicy, Step};
    /// # use std::time::Duration;
    /// let policy = FallbackPolicy { providers: 2, ..Default::default() };
    /// let first = Ask { provider: 0, attempt: 1, after: Duration::ZERO };
    /// let ample = &Circumstances::within(Duration::from_secs(15));
    /// // An overloaded provider is asked again, a slow or spent one is left.
    /// let again = policy.after_failure(first, Failure::Overloaded { retry_after: None }, ample);
    /// assert!(matches!(again, Step::Ask(Ask { provider: 0, attempt: 2, .. })));
    /// let next = policy.after_failure(first, Failure::QuotaSpent, ample);
    /// assert!(matches!(next, Step::Ask(Ask { provider: 1, attempt: 1, .. })));
    /// // A prompt that was blocked is not carried to another provider.
    /// assert_eq!(policy.after_failure(first, Failure::Blocked, ample), Step::KnowledgeBase);
    /// ```
    pub fn after_failure(&self, ask: Ask, failure: Failure, circumstances: &Circumstances) -> Step {
        let remaining = circumstances.remaining;
        if remaining.is_zero() || failure == Failure::Blocked {
            return self.without_model();
        }
        let may_repeat = circumstances.may_retry && ask.attempt < self.attempts_per_provider;
        match self.wait_before_retry(ask, failure, circumstances) {
            Some(after) if may_repeat && after < remaining => {
                Step::Ask(Ask { provider: ask.provider, attempt: ask.attempt + 1, after })
            }
            _ => self.ask_provider(ask.provider + 1),
        }
    }

    /// How long `ask` may take, with `remaining` until the visitor's deadline. While another provider is left it
    /// is half of that, so that a provider that hangs leaves time for the next; the last provider gets all.
    ///
    /// ```
    /// # use frontdesk_domain::fallback::{Ask, FallbackPolicy};
    /// # use std::time::Duration;
    /// let policy = FallbackPolicy { providers: 3, ..Default::default() };
    /// let ask = |provider| Ask { provider, attempt: 1, after: Duration::ZERO };
    /// // Three providers, of which the first two hang:
    /// assert_eq!(policy.time_for(ask(0), Duration::from_secs(20)), Duration::from_secs(10));
    /// assert_eq!(policy.time_for(ask(1), Duration::from_secs(10)), Duration::from_secs(5));
    /// assert_eq!(policy.time_for(ask(2), Duration::from_secs(5)), Duration::from_secs(5));
    /// ```
    pub fn time_for(&self, ask: Ask, remaining: Duration) -> Duration {
        if ask.provider + 1 < self.providers { remaining / 2 } else { remaining }
    }

    /// The step where no model may or can be asked: credits are exhausted or the widget has none.
    ///
    /// ```
    /// # use frontdesk_domain::fallback::{FallbackPolicy, Step};
    /// let policy = FallbackPolicy { knowledge_base: false, ..Default::default() };
    /// assert_eq!(policy.without_model(), Step::Default);
    /// ```
    pub fn without_model(&self) -> Step {
        if self.knowledge_base { Step::KnowledgeBase } else { Step::Default }
    }

    fn ask_provider(&self, provider: usize) -> Step {
        if provider < self.providers {
            Step::Ask(Ask { provider, attempt: 1, after: Duration::ZERO })
        } else {
            self.without_model()
        }
    }

    /// How long to wait before the same provider is worth another try; `None` where it is not.
    fn wait_before_retry(
        &self,
        ask: Ask,
        failure: Failure,
        circumstances: &Circumstances,
    ) -> Option<Duration> {
        let jitter = circumstances.jitter;
        match failure {
            Failure::RateLimited { .. } | Failure::InvalidKey | Failure::QuotaSpent
                if circumstances.another_key =>
            {
                Some(Duration::ZERO)
            }
            // Without a named wait the minute's quota is as likely still spent.
            Failure::RateLimited { retry_after } => self.at_least(retry_after?, jitter),
            Failure::Overloaded { retry_after: Some(named) } => self.at_least(named, jitter),
            Failure::Overloaded { retry_after: None }
            | Failure::Unreachable
            | Failure::Malformed
            | Failure::CutOff => Some(part_of(self.ceiling(ask.attempt), jitter)),
            Failure::NotConfigured
            | Failure::InvalidKey
            | Failure::QuotaSpent
            | Failure::Timeout
            | Failure::Blocked
            | Failure::Empty
            | Failure::ModelGone
            | Failure::Rejected
            | Failure::CircuitOpen
            | Failure::QuotaReached => None,
        }
    }

    /// A wait that the provider named, and a little more, so that not all come back at the same moment.
    fn at_least(&self, named: Duration, jitter: f64) -> Option<Duration> {
        (named <= self.longest_wait).then(|| named + part_of(self.backoff, jitter))
    }

    /// The longest wait after try number `attempt` failed.
    fn ceiling(&self, attempt: u32) -> Duration {
        let doubled = 1u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.backoff.saturating_mul(doubled).min(self.longest_wait)
    }
}

/// What is no number from 0 to 1 counts as 1.
fn part_of(whole: Duration, jitter: f64) -> Duration {
    if (0.0..1.0).contains(&jitter) { whole.mul_f64(jitter) } else { whole }
}

//! The limits of the public API.

use crate::key::{Key, Network};
use crate::memory::{Memory, Now};
use crate::rate::{Rate, Standing};
use crate::shared::SharedLimits;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Which limits there are; `None` is none. By default there is none at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// Messages from one address.
    pub address_messages: Option<Rate>,
    /// Public calls of all kinds from one address.
    pub address_calls: Option<Rate>,
    /// Wrong keys for the administration from one address.
    pub address_failed_keys: Option<Rate>,
    /// Messages to one widget.
    pub widget_messages: Option<Rate>,
    /// Whether each conversation has the limit that its widget sets.
    pub conversations: bool,
}

/// A call that is one too many. It was not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("rate limit reached: {key}")]
pub struct Exceeded {
    /// Where.
    pub key: Key,
    /// What is left of that limit: nothing.
    pub standing: Standing,
    /// After which time one more is let through.
    pub wait: Duration,
}

/// All limits, and what was counted. Cheap to clone.
#[derive(Clone)]
pub struct Limits {
    rates: Rates,
    now: Now,
    memory: Arc<Memory>,
    shared: Option<SharedLimits>,
}

/// What is left of the tightest limit that a call was counted under; `None` where there is none.
type Admitted = Result<Option<Standing>, Exceeded>;

impl Limits {
    /// Limits that this process counts by itself, or together with others where there are `shared` counts.
    pub fn new(rates: Rates, now: Now, shared: Option<SharedLimits>) -> Self {
        Self { rates, memory: Arc::new(Memory::new(Arc::clone(&now))), now, shared }
    }

    /// Counts a public call from this address.
    ///
    /// # Errors
    /// [`Exceeded`]: it is one too many.
    pub async fn call(&self, address: IpAddr) -> Admitted {
        self.admit(&[(Key::AddressCalls(Network::of(address)), self.rates.address_calls)]).await
    }

    /// Counts a message from this address to this widget.
    ///
    /// # Errors
    /// [`Exceeded`]: it is one too many.
    pub async fn message(&self, address: IpAddr, widget: i32) -> Admitted {
        self.admit(&[
            (Key::AddressMessages(Network::of(address)), self.rates.address_messages),
            (Key::WidgetMessages(widget), self.rates.widget_messages),
        ])
        .await
    }

    /// Counts a message of a conversation, whose widget sets the rate.
    ///
    /// # Errors
    /// [`Exceeded`]: it is one too many.
    pub async fn conversation(&self, widget: i32, conversation: i64, rate: Option<Rate>) -> Admitted {
        let rate = rate.filter(|_| self.rates.conversations);
        self.admit(&[(Key::ConversationMessages { widget, conversation }, rate)]).await
    }

    /// Counts a wrong key for the administration.
    ///
    /// # Errors
    /// [`Exceeded`]: it is one too many.
    pub async fn failed_key(&self, address: IpAddr) -> Admitted {
        self.admit(&[(Key::AddressFailedKeys(Network::of(address)), self.rates.address_failed_keys)]).await
    }

    async fn admit(&self, checks: &[(Key, Option<Rate>)]) -> Admitted {
        let checks: Vec<_> = checks.iter().filter_map(|(key, rate)| Some((*key, (*rate)?))).collect();
        if checks.is_empty() {
            return Ok(None);
        }
        if let Some(shared) = &self.shared
            && let Some(answer) = shared.admit((self.now)(), &checks).await
        {
            return answer;
        }
        self.memory.admit(&checks)
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("rates", &self.rates)
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

//! What is known of each model and key of one provider.

use super::Resilience;
use frontdesk_domain::ProviderName;
use frontdesk_domain::breaker::Breaker;
use frontdesk_domain::fallback::RetryBudget;
use frontdesk_domain::quota::{Quota, Refused, Why};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

/// Models that are kept in mind. A widget's setting names the model, so there could be any number.
const MAX_MODELS: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Books {
    models: HashMap<Arc<str>, ModelBook>,
    budget: RetryBudget,
    uses: u64,
}

/// One model with all keys.
#[derive(Debug)]
pub(super) struct ModelBook {
    pub(super) name: Arc<str>,
    pub(super) keys: Vec<KeyBook>,
    last_use: u64,
}

/// One model with one key.
#[derive(Debug)]
pub(super) struct KeyBook {
    pub(super) breaker: Breaker,
    pub(super) quota: Quota,
    /// Bare refusals for too many calls, in a row until now.
    pub(super) refusals: u32,
    /// Which refusals the log has told, and until when they hold.
    told: HashMap<Why, Timestamp>,
}

/// Who keeps books: a provider and its rules.
pub(super) struct Keeper<'a> {
    pub(super) provider: &'a ProviderName,
    pub(super) keys: usize,
    pub(super) resilience: &'a Resilience,
}

impl Books {
    /// The book of a model; a new one takes the place of the one that was not used for longest where there are
    /// too many.
    pub(super) fn model(&mut self, model: &str, keeper: &Keeper<'_>) -> &mut ModelBook {
        self.uses += 1;
        let uses = self.uses;
        if !self.models.contains_key(model) {
            self.make_room();
        }
        // An entry wants the name by value, which costs an allocation for each call.
        let book = self.models.entry(Arc::from(model)).or_insert_with(|| ModelBook::new(model, keeper));
        book.last_use = uses;
        book
    }

    /// The book of a key, unless it was forgotten.
    pub(super) fn key(&mut self, model: &str, key: usize) -> Option<&mut KeyBook> {
        self.models.get_mut(model)?.keys.get_mut(key)
    }

    /// What is known of each key of a model, to be asked what would be. A model without a book gets none.
    pub(super) fn copies(&self, model: &str, keeper: &Keeper<'_>) -> Vec<(Breaker, Quota)> {
        let copy = |key: &KeyBook| (key.breaker.clone(), key.quota.clone());
        match self.models.get(model) {
            Some(book) => book.keys.iter().map(copy).collect(),
            None => ModelBook::new(model, keeper).keys.iter().map(copy).collect(),
        }
    }

    pub(super) fn has_ready_key(&self, model: &str, now: Timestamp) -> bool {
        self.models.get(model).is_none_or(|book| book.keys.iter().any(|key| key.is_ready(now)))
    }

    /// How many circuit breakers let nothing through now, over all models and keys.
    pub(super) fn open_breakers(&self, now: Timestamp) -> usize {
        let keys = self.models.values().flat_map(|model| &model.keys);
        keys.filter(|key| !key.breaker.is_ready(now)).count()
    }

    /// Whether a key other than this one may be asked.
    pub(super) fn has_ready_key_beside(&self, model: &str, key: usize, now: Timestamp) -> bool {
        let keys = self.models.get(model).into_iter().flat_map(|book| book.keys.iter().enumerate());
        keys.filter(|(other, _)| *other != key).any(|(_, key)| key.is_ready(now))
    }

    pub(super) fn may_retry(&self, now: Timestamp) -> bool {
        self.budget.may_retry(now)
    }

    /// Takes a repetition out of the budget, if there is one left.
    pub(super) fn take_retry(&mut self, now: Timestamp) -> bool {
        let left = self.budget.may_retry(now);
        if left {
            self.budget.count(true, now);
        }
        left
    }

    pub(super) fn count_first(&mut self, now: Timestamp) {
        self.budget.count(false, now);
    }

    fn make_room(&mut self) {
        if self.models.len() < MAX_MODELS {
            return;
        }
        let oldest = self.models.values().min_by_key(|book| book.last_use).map(|book| Arc::clone(&book.name));
        if let Some(oldest) = oldest {
            self.models.remove(&oldest);
        }
    }
}

impl ModelBook {
    fn new(model: &str, keeper: &Keeper<'_>) -> Self {
        let rules = keeper.resilience.rules(keeper.provider, model);
        let key = |_| KeyBook {
            breaker: Breaker::new(keeper.resilience.breaker),
            quota: Quota::new(rules.clone()),
            refusals: 0,
            told: HashMap::new(),
        };
        Self { name: Arc::from(model), keys: (0..keeper.keys).map(key).collect(), last_use: 0 }
    }
}

impl KeyBook {
    fn is_ready(&self, now: Timestamp) -> bool {
        self.breaker.is_ready(now) && !self.quota.rests(now)
    }

    /// Whether the log is to tell of a refusal: once until it is over, not for each message.
    pub(super) fn is_news(&mut self, refused: &Refused, now: Timestamp) -> bool {
        if self.told.get(&refused.why).is_some_and(|until| now < *until) {
            return false;
        }
        // What never fits is told once a minute.
        let until = refused.until.or_else(|| now.checked_add(jiff::SignedDuration::from_mins(1)).ok());
        self.told.insert(refused.why, until.unwrap_or(Timestamp::MAX));
        true
    }
}

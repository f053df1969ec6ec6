//! Takes events from the outbox to where they are wanted.

use crate::figures;
use crate::resolver::{Lookup, system_lookup};
use crate::schedule::next_attempt;
use crate::sender::{Attempt, Sender};
use crate::target::{Policy, TargetError};
use frontdesk_domain::ids::{DeliveryId, WebhookId};
use frontdesk_persistence::{
    AttemptReport, ClaimedDelivery, Database, DatabaseError, Lane, Then, WebhookError, within,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{Id, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

/// How often what is due is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Deliveries that a process makes at once.
const MAX_IN_FLIGHT: usize = 32;
/// How long a claimed delivery is ours: longer than an attempt and the report on it take.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// The status with which a receiver says that it does not want to hear anything any more.
const GONE: u16 = 410;

/// The clock.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// A source of random numbers.
pub type Random = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The way of events to clients' webhooks. Cheap to clone.
#[derive(Clone)]
pub struct Webhooks {
    database: Database,
    sender: Sender,
    now: Now,
    random: Random,
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").field("sender", &self.sender).finish_non_exhaustive()
    }
}

/// What became of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// It stands in the log under this id.
    pub delivery: DeliveryId,
    /// What the receiver answered.
    pub attempt: Attempt,
}

impl Webhooks {
    /// Sends what `policy` allows. `random` varies when failed deliveries are tried again.
    ///
    /// # Errors
    /// No TLS client can be made.
    pub fn new(database: Database, policy: Policy, now: Now, random: Random) -> Result<Self, reqwest::Error> {
        Self::with_lookup(database, policy, now, random, &system_lookup())
    }

    pub(crate) fn with_lookup(
        database: Database,
        policy: Policy,
        now: Now,
        random: Random,
        lookup: &Lookup,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self { database, sender: Sender::new(policy, lookup)?, now, random })
    }

    /// Whether events may be sent to this URL. Which addresses its name stands for is looked at with each delivery.
    ///
    /// # Errors
    /// Why they may not.
    pub fn check_url(&self, url: &str) -> Result<(), TargetError> {
        self.sender.check(url)
    }

    /// Tries a webhook out, once and now; it may be switched off.
    ///
    /// # Errors
    /// [`WebhookError::Unknown`], [`WebhookError::Database`].
    pub async fn send_test(&self, webhook: WebhookId) -> Result<Tested, WebhookError> {
        let delivery = self.database.begin_test_delivery(webhook, LEASE, (self.now)()).await?;
        let attempt = self.sender.send(&delivery, (self.now)()).await;
        let then = if attempt.error.is_none() { Then::Delivered } else { Then::Failed };
        self.database.report_delivery(&delivery, report(&attempt, then), (self.now)()).await?;
        Ok(Tested { delivery: delivery.id, attempt })
    }

    /// Delivers what is due until `stop` is done, then finishes the attempts that are being made. Any number of
    /// processes may do so on one database.
    pub async fn deliver(self, stop: impl Future<Output = ()>) {
        let mut round = Round { webhooks: self, in_flight: JoinSet::new(), targets: HashMap::new() };
        let mut every = interval(LOOK_EVERY);
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                () = round.one_done(), if !round.in_flight.is_empty() => {}
                _ = every.tick() => {}
            }
            if let Err(error) = round.begin().await {
                tracing::warn!(%error, "webhook deliveries could not be claimed; trying again");
            }
        }
        while !round.in_flight.is_empty() {
            round.one_done().await;
        }
    }

    /// Delivers what is due now and returns how many attempts were made.
    ///
    /// # Errors
    /// [`DatabaseError`]; what was claimed before is done.
    pub async fn deliver_due(&self) -> Result<usize, DatabaseError> {
        let mut round = Round { webhooks: self.clone(), in_flight: JoinSet::new(), targets: HashMap::new() };
        let mut made = 0;
        loop {
            let begun = round.begin().await?;
            if begun == 0 && round.in_flight.is_empty() {
                return Ok(made);
            }
            made += begun;
            round.one_done().await;
        }
    }

    async fn attempt(self, delivery: ClaimedDelivery) {
        let attempt = self.sender.send(&delivery, (self.now)()).await;
        let now = (self.now)();
        let then = self.follow(&delivery, &attempt, now);
        log(&delivery, &attempt, then);
        figures::attempted(then);
        match self.database.report_delivery(&delivery, report(&attempt, then), now).await {
            Ok(given_up) => figures::dropped(then, given_up),
            Err(error) => {
                tracing::warn!(delivery = delivery.id.0, %error, "a webhook delivery could not be reported; it is made again");
            }
        }
    }

    fn follow(&self, delivery: &ClaimedDelivery, attempt: &Attempt, now: Timestamp) -> Then {
        if attempt.error.is_none() {
            return Then::Delivered;
        }
        if attempt.status_code == Some(GONE) {
            return Then::Gone;
        }
        let random = (self.random)();
        next_attempt(delivery.attempt, attempt.retry_after, now, delivery.retry_until, random)
            .map_or(Then::Failed, |at| Then::Retry { at })
    }
}

/// Attempts that are being made.
struct Round {
    webhooks: Webhooks,
    in_flight: JoinSet<()>,
    targets: HashMap<Id, WebhookId>,
}

impl Round {
    /// Claims what there is room for and begins it; returns how many.
    async fn begin(&mut self) -> Result<usize, DatabaseError> {
        let room = MAX_IN_FLIGHT.saturating_sub(self.in_flight.len());
        if room == 0 {
            return Ok(0);
        }
        let webhooks = &self.webhooks;
        let busy = self.targets.values().copied().collect();
        let claimed = webhooks.database.claim_deliveries(room, busy, LEASE, (webhooks.now)()).await?;
        let begun = claimed.len();
        for delivery in claimed {
            let webhook = delivery.webhook;
            // A task of its own does not inherit the lane.
            let attempt = within(Lane::Administrators, webhooks.clone().attempt(delivery));
            let task = self.in_flight.spawn(attempt);
            self.targets.insert(task.id(), webhook);
        }
        Ok(begun)
    }

    async fn one_done(&mut self) {
        let id = match self.in_flight.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            // Its lease runs out, and it is made again.
            Some(Err(error)) => {
                tracing::error!(%error, "a webhook delivery broke off");
                error.id()
            }
            None => return,
        };
        self.targets.remove(&id);
    }
}

fn report(attempt: &Attempt, then: Then) -> AttemptReport {
    AttemptReport {
        status_code: attempt.status_code,
        error: attempt.error.clone(),
        duration_ms: attempt.duration_ms,
        then,
    }
}

/// The URL may hold a key of the receiver's: only the webhook's id is logged.
fn log(delivery: &ClaimedDelivery, attempt: &Attempt, then: Then) {
    let (id, webhook, event) = (delivery.id.0, delivery.webhook.0, delivery.event.kind.as_str());
    let error = attempt.error.as_deref();
    let (number, milliseconds) = (delivery.attempt, attempt.duration_ms);
    match then {
        Then::Delivered => {
            tracing::debug!(
                delivery = id,
                webhook,
                event,
                attempt = number,
                milliseconds,
                "webhook delivered"
            );
        }
        Then::Retry { at } => {
            tracing::info!(delivery = id, webhook, event, attempt = number, error, %at, "webhook not delivered; trying again");
        }
        Then::Failed => {
            tracing::warn!(
                delivery = id,
                webhook,
                event,
                attempt = number,
                error,
                "webhook not delivered; given up"
            );
        }
        Then::Gone => {
            tracing::warn!(delivery = id, webhook, event, "webhook answered 410 Gone and was switched off");
        }
    }
}

//! What waits for clients' webhooks, for those who watch over the processes.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::outbox::RETRY_FOR;
use crate::types::UtcTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use jiff::Timestamp;

/// Deliveries that are looked at: who waits for more need not know how many.
const MOST_COUNTED: i64 = 10_000;

/// Deliveries to webhooks that are switched on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PendingDeliveries {
    /// How many wait, for their first attempt or another one; at most 10,000 are counted.
    pub count: i64,
    /// When the oldest of them came, or was sent again by hand. Of more than 10,000, the oldest of those that are due
    /// first.
    pub oldest: Option<Timestamp>,
}

#[derive(QueryableByName)]
struct Figures {
    #[diesel(sql_type = BigInt)]
    pending: i64,
    #[diesel(sql_type = Nullable<diesel::sql_types::Timestamp>)]
    retry_until: Option<UtcTime>,
}

impl Database {
    /// What waits for webhooks now, over all processes.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn pending_deliveries(&self) -> Result<PendingDeliveries, DatabaseError> {
        // The index of what is due holds what is pending and nothing else.
        let sql = format!(
            "SELECT COUNT(*) AS pending, MIN(retry_until) AS retry_until FROM (
                SELECT d.retry_until FROM webhook_deliveries d
                WHERE d.status = 'pending' AND EXISTS (SELECT 1 FROM webhooks w WHERE w.id = d.webhook_id AND w.is_active)
                ORDER BY d.next_attempt_at LIMIT {MOST_COUNTED}
            ) first"
        );
        let Figures { pending, retry_until } = read!(self, |c| diesel::sql_query(sql).get_result(c))?;
        Ok(PendingDeliveries { count: pending, oldest: retry_until.map(|until| until.0 - RETRY_FOR) })
    }
}

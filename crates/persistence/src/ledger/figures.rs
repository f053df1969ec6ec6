//! What the ledger tells the metrics.

use super::applied::Applied;
use super::operation::{Operation, Settle};
use metrics::{counter, histogram};
use std::collections::HashSet;
use std::time::Duration;

/// Clients with series of their own, for each writer. The tokens of all others are told together, so that metrics
/// stay few however many clients there are.
const MOST_CLIENTS: usize = 1_000;
/// What those others are called, and accounts without a client.
const OTHERS: &str = "other";
const NOBODY: &str = "none";

/// One writer's.
#[derive(Debug, Default)]
pub(super) struct Figures {
    clients: HashSet<i32>,
}

impl Figures {
    /// A batch is about to be written, whose operations have waited for so long.
    #[expect(clippy::unused_self, reason = "all figures come from one place")]
    pub(super) fn batch(&self, waits: impl ExactSizeIterator<Item = Duration>) {
        #[expect(clippy::cast_precision_loss, reason = "a batch has a few hundred operations")]
        histogram!("frontdesk_ledger_batch_operations").record(waits.len() as f64);
        let histogram = histogram!("frontdesk_ledger_wait_seconds");
        waits.for_each(|wait| histogram.record(wait));
    }

    /// It took so long to write it, its repetitions included.
    #[expect(clippy::unused_self, reason = "all figures come from one place")]
    pub(super) fn committed(&self, took: Duration) {
        histogram!("frontdesk_ledger_commit_seconds").record(took);
    }

    /// What a committed operation has booked. Tokens of one call beyond what the log can hold are not charged and
    /// not counted.
    pub(super) fn booked(&mut self, operation: &Operation, applied: &Applied) {
        let Some(Settle::Outcome(_, outcome)) = &operation.settle else { return };
        let client = match applied.client {
            Some(client) if self.has_series(client.0) => client.to_string(),
            Some(_) => OTHERS.to_owned(),
            None => NOBODY.to_owned(),
        };
        let kinds =
            [("prompt", outcome.usage.prompt_tokens), ("completion", outcome.usage.completion_tokens)];
        for (kind, tokens) in kinds.into_iter().filter(|(_, tokens)| *tokens > 0) {
            counter!("frontdesk_tokens_total", "client" => client.clone(), "kind" => kind)
                .increment(tokens.into());
        }
    }

    fn has_series(&mut self, client: i32) -> bool {
        self.clients.contains(&client) || (self.clients.len() < MOST_CLIENTS && self.clients.insert(client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bounded_number_of_clients_has_series_and_keeps_them() {
        let mut figures = Figures::default();
        let most = i32::try_from(MOST_CLIENTS).unwrap();
        assert!((0..most).all(|client| figures.has_series(client)));
        assert!(!figures.has_series(most));
        assert!(figures.has_series(0));
    }
}

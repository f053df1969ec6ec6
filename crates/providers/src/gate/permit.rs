//! A call that may be made.

use super::outcome::Outcome;
use super::slip::Slip;
use super::watched::Watched;
use crate::chat::{ChatModel, ChatReply, ChatRequest};
use crate::error::ProviderError;
use crate::stream::ReplyStream;
use std::fmt;
use std::sync::Arc;

/// A call that may be made, once. Dropped unused it counts as not made.
pub struct Permit {
    model: Arc<dyn ChatModel>,
    /// `None` where nothing is booked.
    slip: Option<Slip>,
}

impl Permit {
    pub(super) fn new(model: Arc<dyn ChatModel>, slip: Option<Slip>) -> Self {
        Self { model, slip }
    }

    /// Which of the provider's keys it is for, from 1, for the log; `None` where there is one only.
    pub fn key_number(&self) -> Option<usize> {
        self.slip.as_ref()?.key_number()
    }

    /// Asks for a whole answer.
    ///
    /// # Errors
    /// As [`ChatModel::complete`].
    pub async fn complete(mut self, request: &ChatRequest) -> Result<ChatReply, ProviderError> {
        self.begin();
        let result = self.model.complete(request).await;
        let outcome = match &result {
            Ok(reply) => Outcome::of_reply(reply),
            Err(error) => Outcome::of_error(error),
        };
        if let Some(slip) = self.slip {
            slip.book(&outcome);
        }
        result
    }

    /// Asks for an answer in pieces. The outcome is booked when the stream ends or is stopped.
    ///
    /// # Errors
    /// As [`ChatModel::stream`].
    pub async fn stream(mut self, request: &ChatRequest) -> Result<ReplyStream, ProviderError> {
        self.begin();
        let result = self.model.stream(request).await;
        match (result, self.slip) {
            (Ok(stream), Some(slip)) => Ok(Box::new(Watched::new(stream, slip))),
            (Err(error), Some(slip)) => {
                slip.book(&Outcome::of_error(&error));
                Err(error)
            }
            (result, None) => result,
        }
    }

    fn begin(&mut self) {
        if let Some(slip) = &mut self.slip {
            slip.begin();
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("provider", self.model.provider()).finish_non_exhaustive()
    }
}

//! A stream whose end is booked.

use super::outcome::Outcome;
use super::slip::Slip;
use crate::stream::{ReplySource, ReplyStream, StreamEnd, StreamEvent};
use async_trait::async_trait;

/// Passes everything on. Dropped before its end it counts as a call whose visitor has gone.
pub(super) struct Watched {
    stream: ReplyStream,
    /// Gone once the end is booked.
    slip: Option<Slip>,
}

impl Watched {
    pub(super) fn new(stream: ReplyStream, slip: Slip) -> Self {
        Self { stream, slip: Some(slip) }
    }
}

#[async_trait]
impl ReplySource for Watched {
    async fn next(&mut self) -> Option<StreamEvent> {
        let event = self.stream.next().await;
        if let Some(StreamEvent::End(end)) = &event
            && let Some(slip) = self.slip.take()
        {
            slip.book(&Outcome::of_end(end));
        }
        event
    }

    fn stop(self: Box<Self>) -> StreamEnd {
        let Self { stream, slip } = *self;
        let end = stream.stop();
        if let Some(slip) = slip {
            slip.book(&Outcome::of_end(&end));
        }
        end
    }
}

//! An answer that comes in pieces.

pub(crate) mod decode;
pub(crate) mod live;
pub(crate) mod progress;
#[cfg(test)]
mod replays;
pub(crate) mod sse;

use crate::chat::{ChatReply, Finish};
use crate::error::ProviderError;
use async_trait::async_trait;
use frontdesk_domain::TokenUsage;
use frontdesk_domain::quota::QuotaReport;

/// What comes out of a [`ReplyStream`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamEvent {
    /// The next piece of the visible text; never empty.
    Delta(String),
    /// The end, once and last.
    End(StreamEnd),
}

/// How a streamed answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamEnd {
    /// Whether the text is whole.
    pub finish: Finish,
    /// What was used.
    pub usage: TokenUsage,
    /// True where the provider did not say all that was used and [`crate::estimate`] did.
    pub usage_estimated: bool,
    /// As [`ChatReply::model`].
    pub model: String,
    /// As [`ChatReply::request_id`].
    pub request_id: Option<String>,
    /// Why the text is [`Finish::Cut`], for the log; `None` where the caller stopped it.
    pub error: Option<ProviderError>,
    /// What the provider said of its quota.
    pub quota: QuotaReport,
}

/// An answer that has begun: its first event is a [`StreamEvent::Delta`] with visible text, its last one the
/// [`StreamEvent::End`].
pub type ReplyStream = Box<dyn ReplySource>;

/// Where the pieces come from. Dropping it closes the connection and nothing else happens.
#[async_trait]
pub trait ReplySource: Send {
    /// The next event; `None` after the end. May be dropped at any await without losing a piece.
    async fn next(&mut self) -> Option<StreamEvent>;

    /// Closes the connection, and says what was used for all that has come out of it: the end of an answer that
    /// nobody waits for any more.
    fn stop(self: Box<Self>) -> StreamEnd;
}

/// A whole answer as a stream of one piece: what a server gives that does not stream.
#[derive(Debug)]
pub struct WholeReply {
    text: Option<String>,
    end: StreamEnd,
    told: bool,
}

impl From<ChatReply> for WholeReply {
    fn from(reply: ChatReply) -> Self {
        let end = StreamEnd {
            finish: reply.finish,
            usage: reply.usage,
            usage_estimated: reply.usage_estimated,
            model: reply.model,
            request_id: reply.request_id,
            error: None,
            quota: reply.quota,
        };
        Self { text: Some(reply.text), end, told: false }
    }
}

#[async_trait]
impl ReplySource for WholeReply {
    async fn next(&mut self) -> Option<StreamEvent> {
        if let Some(text) = self.text.take() {
            return Some(StreamEvent::Delta(text));
        }
        let told = std::mem::replace(&mut self.told, true);
        (!told).then(|| StreamEvent::End(self.end.clone()))
    }

    fn stop(self: Box<Self>) -> StreamEnd {
        let finish = if self.text.is_some() { Finish::Cut } else { self.end.finish };
        StreamEnd { finish, ..self.end }
    }
}

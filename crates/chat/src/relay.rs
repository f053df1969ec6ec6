//! Asking one provider for an answer in pieces, which go to the visitor as they come.
//!
//! Until the model's first piece a call fails as a plain one does. After it nothing is tried again: whatever
//! ends the answer, what was produced is the answer.

use crate::ask::{Asked, Candidate, ModelText, Unanswered, milliseconds};
use crate::reader::{Reader, Stopped};
use frontdesk_domain::TokenUsage;
use frontdesk_domain::fallback::Failure;
use frontdesk_persistence::{Outcome, Status};
use frontdesk_providers::estimate::estimate_prompt;
use frontdesk_providers::{ChatRequest, Finish, Permit, ProviderError, ReplyStream, StreamEnd, StreamEvent};
use jiff::civil::Date;
use std::pin::pin;
use tokio::time::{Instant, sleep_until};

/// What came out of a stream.
struct Relayed {
    text: String,
    end: StreamEnd,
    stopped: Option<Stopped>,
}

impl Candidate {
    /// Makes the call and hands over what comes, until `until`. `day` chooses the price.
    pub(crate) async fn relay(
        &self,
        permit: Permit,
        request: &ChatRequest,
        day: Date,
        (reader, until): (&Reader, Instant),
    ) -> Asked {
        let began = Instant::now();
        let opened = tokio::select! {
            opened = permit.stream(request) => opened,
            // The call is dropped, which closes its connection.
            () = reader.left() => return self.left_waiting(request, milliseconds(began), day),
        };
        match opened {
            Ok(stream) => {
                let relayed = relay(stream, reader, until).await;
                self.relayed(relayed, milliseconds(began), day)
            }
            Err(error) => self.failed(error, milliseconds(began), day),
        }
    }

    /// The visitor left before there was anything to read. What was sent may be billed all the same.
    fn left_waiting(&self, request: &ChatRequest, ms: u32, day: Date) -> Asked {
        let prompt_tokens = estimate_prompt(&self.provider, request);
        let usage = TokenUsage { prompt_tokens, ..TokenUsage::default() };
        self.left_without_text(usage, true, ms, day)
    }

    fn left_without_text(&self, usage: TokenUsage, usage_estimated: bool, ms: u32, day: Date) -> Asked {
        let outcome = Outcome {
            status: Status::Failed,
            cost: self.cost(None, &usage, day),
            usage,
            usage_estimated,
            model: None,
            response_text: None,
            error: Some(Stopped::VisitorLeft.to_string()),
            response_time_ms: ms,
        };
        Asked { outcome, answer: Err(Unanswered::VisitorLeft) }
    }

    fn relayed(&self, relayed: Relayed, ms: u32, day: Date) -> Asked {
        let Relayed { text, end, stopped } = relayed;
        if text.trim().is_empty() {
            return self.without_text(end, stopped, ms, day);
        }
        let outcome = Outcome {
            status: Status::Success,
            cost: self.cost(Some(&end.model), &end.usage, day),
            usage: end.usage,
            usage_estimated: end.usage_estimated,
            response_text: Some(text.clone()),
            error: (end.finish == Finish::Cut).then(|| why_cut(stopped, end.error.as_ref())),
            model: Some(end.model).filter(|model| !model.is_empty()),
            response_time_ms: ms,
        };
        Asked { outcome, answer: Ok(ModelText { text, truncated: end.finish != Finish::Complete }) }
    }

    /// A stream opens with visible text; one that did not is no answer.
    fn without_text(&self, end: StreamEnd, stopped: Option<Stopped>, ms: u32, day: Date) -> Asked {
        let failure = match stopped {
            Some(Stopped::VisitorLeft) => {
                return self.left_without_text(end.usage, end.usage_estimated, ms, day);
            }
            Some(Stopped::Deadline | Stopped::SlowReader) => Failure::Timeout,
            Some(Stopped::NoEnd) | None => Failure::Empty,
        };
        let mut error = end.error.unwrap_or_else(|| ProviderError::new(failure, ""));
        error.usage = Some(end.usage);
        error.usage_estimated = end.usage_estimated;
        self.failed(error, ms, day)
    }
}

async fn relay(mut stream: ReplyStream, reader: &Reader, until: Instant) -> Relayed {
    let mut text = String::new();
    let mut deadline = pin!(sleep_until(until));
    let stopped = loop {
        let event = tokio::select! {
            event = stream.next() => event,
            () = reader.left() => break Stopped::VisitorLeft,
            () = &mut deadline => break Stopped::Deadline,
        };
        match event {
            Some(StreamEvent::Delta(piece)) => {
                let shown = text.len();
                text.push_str(&piece);
                if let Err(stopped) = reader.show(piece, until).await {
                    // Who reads on later finds what waited for him, and this piece did not.
                    if stopped == Stopped::SlowReader {
                        text.truncate(shown);
                    }
                    break stopped;
                }
            }
            Some(StreamEvent::End(end)) => return Relayed { text, end, stopped: None },
            None => break Stopped::NoEnd,
        }
    };
    Relayed { text, end: stream.stop(), stopped: Some(stopped) }
}

fn why_cut(stopped: Option<Stopped>, error: Option<&ProviderError>) -> String {
    match (stopped, error) {
        (Some(stopped), _) => format!("cut off: {stopped}"),
        // Its own words are "cut off" already, where the provider gave no reason.
        (None, Some(error)) if error.failure == Failure::CutOff => error.to_string(),
        (None, Some(error)) => format!("cut off: {error}"),
        (None, None) => Failure::CutOff.to_string(),
    }
}

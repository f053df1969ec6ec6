//! How far a streamed answer has come, and how it ends.

use super::StreamEnd;
use crate::chat::{ChatRequest, Finish};
use crate::error::{ProviderError, one_line};
use crate::estimate::{estimate_prompt, estimate_reply};
use crate::http::answer::request_id;
use crate::reading::{MAX_MODEL, Stop, storable};
use frontdesk_domain::fallback::Failure;
use frontdesk_domain::quota::QuotaReport;
use frontdesk_domain::{ProviderName, TokenUsage};
use std::collections::VecDeque;

/// The longest reason that is kept, in bytes; a refusal comes in pieces.
const MAX_REASON: usize = 2_000;

/// What has been read so far.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// All visible text.
    text: String,
    /// What the model has said to itself, where that is told: it is billed as a part of the completion.
    thoughts: String,
    /// Where the pieces end that wait to be taken.
    pieces: VecDeque<usize>,
    taken: usize,
    stop: Option<Stop>,
    /// The provider's word for `stop`, and what it says about it.
    reason: String,
    usage: TokenUsage,
    prompt_told: bool,
    /// The length of the text that the reported completion covers; `None` while none is reported.
    covered: Option<usize>,
    /// The model has done something that may be billed.
    worked: bool,
    model: Option<String>,
    request_id: Option<String>,
    /// The provider's own word that it failed.
    failure: Option<ProviderError>,
    /// Why it broke off.
    broken: Option<ProviderError>,
    over: bool,
}

impl Progress {
    pub(crate) fn new(request_id: Option<String>) -> Self {
        Self { request_id, ..Self::default() }
    }

    /// More visible text. What comes with a block or after it is dropped: it is what was to be withheld.
    pub(crate) fn add_text(&mut self, text: &str) {
        let text = storable(text);
        if text.is_empty() || matches!(self.stop, Some(Stop::Blocked | Stop::Failed(_))) {
            return;
        }
        self.worked = true;
        self.text.push_str(&text);
        // Blanks before any text wait for it: a visitor would not see them.
        if self.is_visible() || !text.trim().is_empty() {
            self.pieces.push_back(self.text.len());
        }
    }

    /// The model says more to itself.
    pub(crate) fn think(&mut self, words: &str) {
        self.thoughts.push_str(words);
    }

    /// The model works, without text to show.
    pub(crate) fn works(&mut self) {
        self.worked = true;
    }

    /// Why the model stopped. More may follow, such as the usage. A block is never taken back.
    pub(crate) fn stop(&mut self, stop: Stop, reason: &str) {
        self.worked = true;
        if !matches!(self.stop, Some(Stop::Blocked | Stop::Failed(_))) {
            self.stop = Some(stop);
            self.reason.clear();
            self.reason.push_str(reason);
        }
    }

    /// The next piece of a refusal's words.
    pub(crate) fn refuse(&mut self, words: &str) {
        if self.stop != Some(Stop::Blocked) {
            self.stop(Stop::Blocked, "stop: ");
        }
        if self.reason.len() + words.len() <= MAX_REASON {
            self.reason.push_str(words);
        }
    }

    /// All that was used for the text so far, in place of what was told before.
    pub(crate) fn used(&mut self, usage: TokenUsage) {
        self.used_for_prompt(usage);
        self.used_for_completion(usage);
    }

    /// What was used for the prompt.
    pub(crate) fn used_for_prompt(&mut self, usage: TokenUsage) {
        let told = self.usage;
        self.usage = TokenUsage {
            completion_tokens: told.completion_tokens,
            reasoning_tokens: told.reasoning_tokens,
            ..usage
        };
        self.prompt_told = true;
        self.worked = true;
    }

    /// What was used for the text so far.
    pub(crate) fn used_for_completion(&mut self, usage: TokenUsage) {
        self.usage.completion_tokens = usage.completion_tokens;
        self.usage.reasoning_tokens = usage.reasoning_tokens;
        self.covered = Some(self.text.len());
        self.worked = true;
    }

    /// What the provider has told so far.
    pub(crate) fn reported(&self) -> TokenUsage {
        self.usage
    }

    pub(crate) fn of_model(&mut self, model: Option<&str>) {
        if let Some(model) = model.filter(|model| !model.is_empty()) {
            self.model = Some(one_line(model, MAX_MODEL));
        }
    }

    /// The call's id in place of the one there is.
    pub(crate) fn of_request(&mut self, id: Option<&str>) {
        if let Some(id) = id.and_then(request_id) {
            self.request_id = Some(id);
        }
    }

    /// The call's id where there is none yet.
    pub(crate) fn of_request_unless_known(&mut self, id: Option<&str>) {
        if self.request_id.is_none() {
            self.of_request(id);
        }
    }

    /// The provider says that it failed; nothing else is read.
    pub(crate) fn fail(&mut self, error: ProviderError) {
        self.failure = Some(error);
        self.over = true;
    }

    /// The stream broke off; nothing else is read.
    pub(crate) fn interrupt(&mut self, error: ProviderError) {
        self.broken = Some(error);
        self.over = true;
    }

    /// The provider says that nothing follows.
    pub(crate) fn end(&mut self) {
        self.over = true;
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Whether there has been text to show.
    pub(crate) fn is_visible(&self) -> bool {
        self.taken > 0 || !self.pieces.is_empty()
    }

    /// Whether the provider has said why the model stopped.
    pub(crate) fn has_stopped(&self) -> bool {
        self.stop.is_some()
    }

    pub(crate) fn text_len(&self) -> usize {
        self.text.len()
    }

    /// The bytes of all that the model has said.
    pub(crate) fn held(&self) -> usize {
        self.text.len() + self.thoughts.len()
    }

    /// The next piece of text that was not taken yet.
    pub(crate) fn piece(&mut self) -> Option<String> {
        let end = self.pieces.pop_front()?;
        let piece = self.text[self.taken..end].to_owned();
        self.taken = end;
        Some(piece)
    }

    /// The end of an answer of which there was text to show: told by the provider, broken off, or not waited for.
    pub(crate) fn conclude(
        mut self,
        provider: &ProviderName,
        request: &ChatRequest,
        quota: QuotaReport,
    ) -> StreamEnd {
        let all_taken = self.pieces.is_empty();
        let (finish, error) = match self.stop {
            _ if !self.over || !all_taken => (Finish::Cut, None),
            Some(Stop::Complete) => (Finish::Complete, None),
            Some(Stop::Truncated) => (Finish::Truncated, None),
            Some(Stop::Blocked) => (Finish::Cut, Some(ProviderError::new(Failure::Blocked, &self.reason))),
            Some(Stop::Failed(failure)) => (Finish::Cut, Some(ProviderError::new(failure, &self.reason))),
            None => match (self.failure.take(), self.broken.take()) {
                (Some(error), _) => (Finish::Cut, Some(error)),
                (None, Some(error)) => {
                    (Finish::Cut, Some(ProviderError { failure: Failure::CutOff, ..error }))
                }
                (None, None) => (Finish::Truncated, None),
            },
        };
        // What the model may have gone on to make of a text that stopped before its end is not known.
        let (usage, estimated) = self.usage(provider, request);
        StreamEnd {
            finish,
            usage,
            usage_estimated: estimated || self.stop.is_none() && finish == Finish::Cut,
            model: self.model.unwrap_or_else(|| one_line(&request.model, MAX_MODEL)),
            request_id: self.request_id,
            error,
            quota,
        }
    }

    /// The error of an answer that ended without text to show.
    pub(crate) fn failure(mut self, provider: &ProviderName, request: &ChatRequest) -> ProviderError {
        // What the provider calls its own failure, before it did anything, it does not bill.
        let billed = self.worked || self.failure.is_none();
        let reason = if self.stop.is_none() { "no finish reason" } else { self.reason.as_str() };
        let mut error = match (self.stop, self.failure.take().or(self.broken.take())) {
            (Some(Stop::Blocked), _) => ProviderError::new(Failure::Blocked, reason),
            (Some(Stop::Failed(failure)), _) => ProviderError::new(failure, reason),
            (_, Some(error)) => error,
            (_, None) => ProviderError::new(Failure::Empty, reason),
        };
        if billed {
            let (usage, estimated) = self.usage(provider, request);
            error.usage = Some(usage);
            error.usage_estimated = estimated;
        }
        error.request_id = error.request_id.or(self.request_id);
        error
    }

    /// What was used, and whether any of it is an estimate.
    fn usage(&self, provider: &ProviderName, request: &ChatRequest) -> (TokenUsage, bool) {
        let mut usage = self.usage;
        if !self.prompt_told {
            usage.prompt_tokens = estimate_prompt(provider, request);
        }
        let uncovered = &self.text[self.covered.unwrap_or(0)..];
        let room = request.reply_tokens.saturating_sub(usage.completion_tokens);
        let mut more = estimate_reply(provider, room, &[uncovered]);
        if self.covered.is_none() {
            more = estimate_reply(provider, room, &[&self.thoughts, uncovered]);
            usage.reasoning_tokens = estimate_reply(provider, room, &[&self.thoughts]);
        }
        usage.completion_tokens = usage.completion_tokens.saturating_add(more);
        let told = self.prompt_told && self.covered.is_some() && uncovered.is_empty();
        (usage, !told)
    }
}

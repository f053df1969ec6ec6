//! From the bytes of a stream to an answer's progress, whatever the bytes are. Pure: no connection, no time.

use super::StreamEnd;
use super::progress::Progress;
use super::sse::{Event, SseReader, TooLong};
use crate::chat::{ChatReply, ChatRequest};
use crate::dialect::Dialect;
use crate::error::ProviderError;
use crate::http::answer::Answer;
use crate::http::redact::Redactor;
use crate::reading::tells_of_error;
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::Failure;
use serde_json::Value;

/// Decodes one stream.
#[derive(Debug)]
pub(crate) struct Decoder {
    dialect: &'static Dialect,
    /// Status and headers of the answer.
    head: Answer,
    reader: SseReader,
    progress: Progress,
    /// The most bytes that are held: of text, of an event, and of what is no event.
    limit: usize,
    events: bool,
    /// What is no event is an answer in itself.
    no_stream: Option<Answer>,
}

impl Decoder {
    pub(crate) fn new(dialect: &'static Dialect, head: Answer, redactor: Redactor, limit: usize) -> Self {
        let progress = Progress::new(head.request_id(dialect.id_header));
        Self {
            dialect,
            head,
            reader: SseReader::new(redactor),
            progress,
            limit,
            events: false,
            no_stream: None,
        }
    }

    /// Takes in the next bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !self.progress.is_over() {
            let room = self.limit.saturating_sub(self.progress.held());
            match self.reader.next(&mut rest, room) {
                Ok(Some(event)) => self.event(&event, false),
                Ok(None) => return,
                Err(TooLong) => {
                    let detail = format!("answer longer than {} bytes", self.limit);
                    self.progress.interrupt(ProviderError::new(Failure::Malformed, &detail));
                }
            }
        }
    }

    /// The body has ended as it should. That is the end of the answer only if the provider said before that
    /// the model had stopped.
    pub(crate) fn end_of_body(&mut self) {
        if !self.progress.is_over()
            && let Some(event) = self.reader.last()
        {
            self.event(&event, true);
        }
        if self.progress.is_over() {
            return;
        }
        if let Some(error) = self.bare_error() {
            self.progress.fail(error);
        } else if self.progress.has_stopped() {
            self.progress.end();
        } else if self.events {
            let detail = "the stream stopped before the answer's end";
            self.progress.interrupt(ProviderError::new(Failure::CutOff, detail));
        } else {
            self.no_stream = Some(self.head.with_body(self.reader.bare().to_vec()));
            self.progress.end();
        }
    }

    /// The connection broke, or the time is up. An error that came before in lines that are no events is why.
    pub(crate) fn interrupt(&mut self, error: ProviderError) {
        if let Some(told) = self.bare_error() {
            self.progress.fail(told);
        } else if self.progress.has_stopped() {
            self.progress.end();
        } else {
            self.progress.interrupt(error);
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.progress.is_over()
    }

    /// Whether there has been text to show.
    pub(crate) fn is_visible(&self) -> bool {
        self.progress.is_visible()
    }

    /// The next piece of text that was not taken yet.
    pub(crate) fn piece(&mut self) -> Option<String> {
        self.progress.piece()
    }

    /// The end of an answer of which there was text to show. What was read is gone then.
    pub(crate) fn conclude(&mut self, provider: &ProviderName, request: &ChatRequest) -> StreamEnd {
        let quota = (self.dialect.quota)(self.head.headers());
        std::mem::take(&mut self.progress).conclude(provider, request, quota)
    }

    /// The outcome of an answer that ended without text to show: an error, unless it was no stream at all but
    /// a whole answer under a wrong name.
    pub(crate) fn without_text(
        &mut self,
        provider: &ProviderName,
        request: &ChatRequest,
    ) -> Result<ChatReply, ProviderError> {
        if let Some(answer) = &self.no_stream {
            return self.dialect.read(answer, provider, request);
        }
        let error = std::mem::take(&mut self.progress).failure(provider, request);
        let empty = error.quota.entries.is_empty();
        Err(if empty { error.with_quota((self.dialect.quota)(self.head.headers())) } else { error })
    }

    /// `is_last`: it may have been cut in the middle.
    fn event(&mut self, event: &Event, is_last: bool) {
        let data = event.data.trim_ascii();
        if data.is_empty() {
            return;
        }
        if data == b"[DONE]" {
            self.events = true;
            return self.progress.end();
        }
        let json = serde_json::from_slice::<Value>(data);
        if event.name == "error" || json.as_ref().is_ok_and(tells_of_error) {
            self.events = true;
            let error = self.error(data);
            return self.progress.fail(error);
        }
        match json {
            Ok(json) if json.is_object() => {
                self.events = true;
                (self.dialect.event)(&event.name, &json, &mut self.progress);
            }
            Err(_) if is_last => self.events = true,
            _ => {
                let answer = self.head.with_body(data.to_vec());
                self.progress.interrupt(answer.malformed());
            }
        }
    }

    fn error(&self, data: &[u8]) -> ProviderError {
        let answer = self.head.with_body(data.to_vec());
        (self.dialect.error)(&answer).unwrap_or_else(|| answer.malformed())
    }

    /// The error that stands in lines that are no events: the first JSON value among them that tells of one.
    fn bare_error(&self) -> Option<ProviderError> {
        let bare = self.reader.bare();
        let starts = |line: &[u8]| matches!(line.trim_ascii_start().first(), Some(b'{' | b'['));
        let before = bare.split_inclusive(|byte| *byte == b'\n').take_while(|line| !starts(line));
        let start = before.map(<[u8]>::len).sum();
        let mut values = serde_json::Deserializer::from_slice(bare.get(start..)?).into_iter::<Value>();
        // What breaks off is no error that could be read.
        let value = values.next()?.ok()?;
        tells_of_error(&value).then(|| self.error(value.to_string().as_bytes()))
    }
}

#[cfg(test)]
impl Decoder {
    /// Bytes held for what the model has not said, and of what it has.
    pub(crate) fn held(&self) -> usize {
        self.reader.held() + self.progress.held()
    }
}

//! An answer in pieces, seen from the visitor's side.

use crate::error::ChatError;
use crate::message::Answer;
use frontdesk_persistence::DatabaseError;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// What comes out of an [`AnswerStream`].
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerEvent {
    /// The next piece of the text; never empty. All pieces put together are the answer's text, also where no
    /// model gave it.
    Delta(String),
    /// The answer, after everything about it is committed. Once and last.
    Done(Box<Answer>),
}

/// An answer on its way. Dropping it says that the visitor has left: the model is stopped, and what it has said
/// so far is stored and charged.
#[derive(Debug)]
pub struct AnswerStream {
    pieces: mpsc::Receiver<String>,
    task: Option<JoinHandle<Result<Answer, ChatError>>>,
    until: Instant,
    /// Whether a piece has come out.
    begun: bool,
    /// An answer whose text has just come out as one piece.
    ready: Option<Answer>,
}

impl AnswerStream {
    pub(crate) fn new(
        pieces: mpsc::Receiver<String>,
        task: JoinHandle<Result<Answer, ChatError>>,
        until: Instant,
    ) -> Self {
        Self { pieces, task: Some(task), until, begun: false, ready: None }
    }

    /// The next event; `None` after the last. May be dropped at any await without losing an event.
    ///
    /// # Errors
    /// As [`FrontDesk::answer`](crate::FrontDesk::answer), once and last, also after pieces.
    pub async fn next(&mut self) -> Option<Result<AnswerEvent, ChatError>> {
        if let Some(answer) = self.ready.take() {
            return Some(Ok(AnswerEvent::Done(Box::new(answer))));
        }
        let task = self.task.as_mut()?;
        if let Ok(Some(piece)) = timeout_at(self.until, self.pieces.recv()).await {
            self.begun = true;
            return Some(Ok(AnswerEvent::Delta(piece)));
        }
        let answered = patiently(task, self.until).await;
        self.task = None;
        Some(answered.map(|answer| self.last(answer)))
    }

    /// An answer that did not come in pieces is one piece.
    fn last(&mut self, answer: Answer) -> AnswerEvent {
        if self.begun {
            return AnswerEvent::Done(Box::new(answer));
        }
        let text = answer.text.clone();
        self.ready = Some(answer);
        AnswerEvent::Delta(text)
    }
}

/// What the answer's task came to. It goes on by itself when the visitor's patience ends: what was paid for is
/// booked.
pub(crate) async fn patiently(
    task: &mut JoinHandle<Result<Answer, ChatError>>,
    until: Instant,
) -> Result<Answer, ChatError> {
    match timeout_at(until, task).await {
        Ok(answered) => answered.map_err(|error| ChatError::Task(error.to_string()))?,
        Err(_) => Err(DatabaseError::Unavailable("the answer could not be stored in time".into()).into()),
    }
}

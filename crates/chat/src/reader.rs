//! A visitor who reads an answer while it is being made, seen from the flow.

use std::future::pending;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// Pieces that wait for a visitor who reads more slowly than the model writes. Then the model waits, too.
const PIECES: usize = 32;

/// Where the pieces of an answer go. Gone when the other end is dropped.
#[derive(Debug)]
pub(crate) struct Reader(mpsc::Sender<String>);

/// Why an answer was stopped before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stopped {
    #[error("the visitor left")]
    VisitorLeft,
    #[error("the visitor did not read on before the deadline of the answer")]
    SlowReader,
    #[error("the deadline of the answer was reached")]
    Deadline,
    #[error("the stream had no end")]
    NoEnd,
}

impl Reader {
    pub(crate) fn new() -> (Self, mpsc::Receiver<String>) {
        let (sender, receiver) = mpsc::channel(PIECES);
        (Self(sender), receiver)
    }

    /// Hands over a piece, when there is room for it. A visitor who does not make any counts as gone.
    pub(crate) async fn show(&self, piece: String, until: Instant) -> Result<(), Stopped> {
        match timeout_at(until, self.0.send(piece)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Stopped::VisitorLeft),
            Err(_) => Err(Stopped::SlowReader),
        }
    }

    pub(crate) async fn left(&self) {
        self.0.closed().await;
    }

    pub(crate) fn has_left(&self) -> bool {
        self.0.is_closed()
    }
}

/// Done when the visitor has left. One who waits for the whole answer is never known to have left.
pub(crate) async fn left(reader: Option<&Reader>) {
    match reader {
        Some(reader) => reader.left().await,
        None => pending().await,
    }
}

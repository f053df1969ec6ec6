//! How many messages are answered at once, and how many may wait for it.
//!
//! A burst waits a moment for its turn; what there is no room for is turned away at once, so that neither memory nor
//! a visitor's patience is used up.

use crate::error::ChatError;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

#[derive(Debug)]
pub(crate) struct Places {
    most: Most,
    answering: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

/// The bounds of the answers under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// Messages that may be answered at the same time.
    pub answering: usize,
    /// Messages that may wait until one of those is done.
    pub waiting: usize,
    /// How long each of them may wait.
    pub wait: Duration,
}

/// How many messages are under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlight {
    /// Messages that are being answered.
    pub answering: usize,
    /// Messages that wait for their turn.
    pub waiting: usize,
}

/// A message that was let in.
pub(crate) enum Ticket {
    /// Its turn has come.
    Place(OwnedSemaphorePermit),
    Queued {
        seat: OwnedSemaphorePermit,
        answering: Arc<Semaphore>,
        until: Instant,
    },
}

impl Places {
    pub(crate) fn new(most: Most) -> Self {
        Self {
            most,
            answering: Arc::new(Semaphore::new(most.answering)),
            waiting: Arc::new(Semaphore::new(most.waiting)),
        }
    }

    /// Lets a message in, if there is a place for it or a seat to wait on.
    pub(crate) fn enter(&self) -> Result<Ticket, ChatError> {
        // Places go to those who wait first: a newcomer finds none while somebody does.
        if let Ok(place) = Arc::clone(&self.answering).try_acquire_owned() {
            return Ok(Ticket::Place(place));
        }
        let seat = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| ChatError::Overloaded)?;
        let answering = Arc::clone(&self.answering);
        Ok(Ticket::Queued { seat, answering, until: Instant::now() + self.most.wait })
    }

    /// Lets nobody in any more, and turns away who waits.
    pub(crate) fn close(&self) {
        self.waiting.close();
        self.answering.close();
    }

    pub(crate) fn longest_wait(&self) -> Duration {
        self.most.wait
    }

    pub(crate) fn in_flight(&self) -> InFlight {
        InFlight {
            answering: self.most.answering.saturating_sub(self.answering.available_permits()),
            waiting: self.most.waiting.saturating_sub(self.waiting.available_permits()),
        }
    }
}

impl Ticket {
    /// Waits for its turn. The place is held until what is returned is dropped.
    pub(crate) async fn place(self) -> Result<OwnedSemaphorePermit, ChatError> {
        match self {
            Self::Place(place) => Ok(place),
            Self::Queued { seat, answering, until } => {
                let place = timeout_at(until, answering.acquire_owned()).await;
                drop(seat);
                let closed = |_: AcquireError| ChatError::Overloaded;
                place.map_err(|_| ChatError::Overloaded)?.map_err(closed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(answering: usize, waiting: usize) -> Places {
        Places::new(Most { answering, waiting, wait: Duration::from_secs(2) })
    }

    async fn place(ticket: Result<Ticket, ChatError>) -> OwnedSemaphorePermit {
        ticket.unwrap().place().await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_neither_place_nor_seat_is_turned_away_at_once() {
        let places = places(1, 1);
        let first = place(places.enter()).await;
        let second = places.enter();
        assert!(matches!(places.enter(), Err(ChatError::Overloaded)));
        assert_eq!(places.in_flight(), InFlight { answering: 1, waiting: 1 });
        drop(first);
        let second = place(second).await;
        assert_eq!(places.in_flight(), InFlight { answering: 1, waiting: 0 });
        drop(second);
        assert_eq!(places.in_flight(), InFlight { answering: 0, waiting: 0 });
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_is_turned_away_and_frees_the_seat() {
        let places = places(1, 1);
        let _first = place(places.enter()).await;
        let began = Instant::now();
        assert!(matches!(places.enter().unwrap().place().await, Err(ChatError::Overloaded)));
        assert_eq!(began.elapsed(), Duration::from_secs(2));
        assert_eq!(places.in_flight(), InFlight { answering: 1, waiting: 0 });
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_goes_to_who_waits_and_not_to_a_newcomer() {
        let places = places(1, 2);
        let first = place(places.enter()).await;
        let waits = tokio::spawn(places.enter().unwrap().place());
        tokio::task::yield_now().await;
        drop(first);
        assert!(matches!(places.enter(), Ok(Ticket::Queued { .. })));
        assert!(waits.await.unwrap().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn at_the_end_those_who_wait_are_turned_away() {
        let places = places(1, 1);
        let _first = place(places.enter()).await;
        let waits = places.enter().unwrap();
        places.close();
        assert!(matches!(waits.place().await, Err(ChatError::Overloaded)));
        assert!(matches!(places.enter(), Err(ChatError::Overloaded)));
    }
}

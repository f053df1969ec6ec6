//! Callers who wait for a hold of their account to end.

use std::collections::{HashMap, VecDeque};
use tokio::sync::oneshot;

/// Who waits, first come first served. It belongs to a writer, which alone settles and denies for its
/// accounts: no settlement of this process can slip in between a denial and the wait.
#[derive(Debug, Default)]
pub(super) struct Waiting(HashMap<i32, VecDeque<oneshot::Sender<()>>>);

impl Waiting {
    /// Queues up for `account`.
    pub(super) fn join(&mut self, account: i32) -> HoldsWait {
        let (sender, receiver) = oneshot::channel();
        let queue = self.0.entry(account).or_default();
        queue.retain(|waiting| !waiting.is_closed());
        queue.push_back(sender);
        HoldsWait(receiver)
    }

    /// Tells the first who still waits for `account` that there may be room.
    pub(super) fn wake(&mut self, account: i32) {
        let Some(queue) = self.0.get_mut(&account) else { return };
        while let Some(waiting) = queue.pop_front() {
            if waiting.send(()).is_ok() {
                break;
            }
        }
        if queue.is_empty() {
            self.0.remove(&account);
        }
    }
}

/// A place in the queue of those who wait for an account's holds; it is given up when this is dropped.
#[derive(Debug)]
pub struct HoldsWait(oneshot::Receiver<()>);

impl HoldsWait {
    /// Returns when a hold of the account has ended in this process and it is this caller's turn. Another
    /// process's settlements are not seen: whoever waits needs a time limit, and tries once more after it.
    pub async fn settled(self) {
        // The writer is gone with its sender: then the next try says so.
        drop(self.0.await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_settlement_wakes_the_first_who_still_waits() {
        let mut waiting = Waiting::default();
        let (first, second, other) = (waiting.join(1), waiting.join(1), waiting.join(2));
        drop(first);
        waiting.wake(1);
        second.settled().await;
        waiting.wake(1);
        assert_eq!(waiting.0.keys().copied().collect::<Vec<_>>(), [2]);
        waiting.wake(2);
        other.settled().await;
    }
}

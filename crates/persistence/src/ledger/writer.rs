//! Group commit: one thread owns one connection and turns everything that waits into one transaction.

use super::applied::Applied;
use super::batch::{Answers, Committing, apply};
use super::figures::Figures;
use super::operation::{AccountRef, ConversationRef, Operation};
use super::store::LedgerStore;
use super::waiting::Waiting;
use crate::error::{DatabaseError, LedgerError};
use diesel::r2d2::R2D2Connection;
use diesel::result::{DatabaseErrorKind, Error};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, oneshot};

/// The most operations in one transaction.
pub(crate) const MAX_BATCH: usize = 256;
/// How many operations may wait; a caller beyond that waits for room.
const QUEUE: usize = 4 * MAX_BATCH;
/// The longest wait for room: longer than a writer waits for a lock.
const MAX_WAIT: Duration = Duration::from_secs(10);
/// Tries at a batch whose connection breaks or which the server asks to repeat.
const TRIES: u32 = 3;

type Answer = oneshot::Sender<Result<Applied, LedgerError>>;

struct Job {
    operation: Operation,
    answer: Answer,
    queued: Instant,
}

/// The sending side of a writer thread. The thread ends when the last one is dropped, after it has
/// worked off its queue.
#[derive(Debug, Clone)]
pub(crate) struct Writer(mpsc::Sender<Job>);

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.operation.fmt(f)
    }
}

impl Writer {
    /// Starts a thread that puts at most `most` operations into one transaction. `connect` is called for its
    /// first connection and after each lost one.
    pub(crate) fn spawn<S, C>(name: String, most: usize, connect: C) -> std::io::Result<Self>
    where
        S: LedgerStore + R2D2Connection + 'static,
        C: Fn() -> Result<S, DatabaseError> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(QUEUE);
        std::thread::Builder::new().name(name).spawn(move || serve(receiver, most, &connect))?;
        Ok(Self(sender))
    }

    /// Queues an operation and waits until it is committed. Once queued it is carried out even if the
    /// caller goes away.
    pub(crate) async fn submit(&self, operation: Operation) -> Result<Applied, LedgerError> {
        let stopped = || DatabaseError::Unavailable("the ledger's writer has stopped".into());
        let (answer, committed) = oneshot::channel();
        self.0.send_timeout(Job { operation, answer, queued: Instant::now() }, MAX_WAIT).await.map_err(
            |error| match error {
                SendTimeoutError::Closed(_) => stopped(),
                SendTimeoutError::Timeout(_) => {
                    DatabaseError::Saturated(format!("no room in the ledger's queue within {MAX_WAIT:?}"))
                }
            },
        )?;
        committed.await.map_err(|_| stopped())?
    }
}

fn serve<S, C>(mut receiver: mpsc::Receiver<Job>, most: usize, connect: &C)
where
    S: LedgerStore + R2D2Connection,
    C: Fn() -> Result<S, DatabaseError>,
{
    let mut connection = None;
    let mut waiting = Waiting::default();
    let mut figures = Figures::default();
    while let Some(first) = receiver.blocking_recv() {
        let mut jobs = vec![first];
        while jobs.len() < most
            && let Ok(job) = receiver.try_recv()
        {
            jobs.push(job);
        }
        let began = Instant::now();
        figures.batch(jobs.iter().map(|job| began.duration_since(job.queued)));
        let (operations, answers): (Vec<_>, Vec<_>) =
            jobs.into_iter().map(|job| (job.operation, job.answer)).unzip();
        let mut results = commit_all(&mut connection, connect, &operations);
        figures.committed(began.elapsed());
        for (operation, result) in operations.iter().zip(&mut results) {
            if let Ok(applied) = result {
                figures.booked(operation, applied);
                queue_up(&mut waiting, operation, applied);
            }
        }
        for (answer, result) in answers.into_iter().zip(results) {
            // A caller that is gone does not want its answer; the operation stands.
            drop(answer.send(result));
        }
    }
}

/// Wakes who waits for what a committed operation gave back, and gives its own caller a place to wait.
fn queue_up(waiting: &mut Waiting, operation: &Operation, applied: &mut Applied) {
    if operation.settle.is_some() {
        waiting.wake(applied.account);
    }
    match &applied.reserved {
        Some(Err(denial)) if denial.only_held && operation.may_wait() => {
            applied.wait = Some(waiting.join(applied.account));
        }
        // There may be room for one more.
        Some(Ok(_)) if operation.message.is_none() => waiting.wake(applied.account),
        _ => {}
    }
}

/// Commits the batch; if it fails as a whole, one by one, so that a bad row cannot fail its neighbours.
fn commit_all<S, C>(connection: &mut Option<S>, connect: &C, operations: &[Operation]) -> Answers
where
    S: LedgerStore + R2D2Connection,
    C: Fn() -> Result<S, DatabaseError>,
{
    let error = match commit(connection, connect, operations) {
        Ok(answers) => return answers,
        Err(error) => error,
    };
    if let [operation] = operations {
        return vec![Err(reason(connection.as_mut(), operation, error))];
    }
    if matches!(error, DatabaseError::Unavailable(_)) {
        return operations.iter().map(|_| Err(error.clone().into())).collect();
    }
    tracing::warn!(%error, operations = operations.len(), "a ledger batch failed; its operations are tried one by one");
    let mut locked: HashSet<AccountRef> = HashSet::new();
    let mut gone: Option<DatabaseError> = None;
    let mut one = |operation: &Operation| {
        if let Some(error) = &gone {
            return Err(error.clone().into());
        }
        // Each try would wait the whole lock timeout again.
        if locked.contains(&operation.account) {
            return Err(DatabaseError::Busy("its account is locked by another session".into()).into());
        }
        let result = commit(connection, connect, std::slice::from_ref(operation));
        match &result {
            Err(DatabaseError::Busy(_)) => drop(locked.insert(operation.account)),
            Err(error @ DatabaseError::Unavailable(_)) => gone = Some(error.clone()),
            _ => (),
        }
        let mut answers = result.map_err(|error| reason(connection.as_mut(), operation, error))?;
        answers.pop().ok_or_else(|| DatabaseError::Data("a batch of one without an answer".into()))?
    };
    operations.iter().map(&mut one).collect()
}

/// Why an operation could not be stored. Visitors may erase a conversation in which their next message is already on
/// its way here.
fn reason<S: LedgerStore>(store: Option<&mut S>, operation: &Operation, error: DatabaseError) -> LedgerError {
    let gone = match (&error, &operation.conversation, store) {
        (DatabaseError::Missing(_), Some(ConversationRef::Existing(id)), Some(store)) => {
            matches!(store.has_conversation(id.0), Ok(false)).then_some(*id)
        }
        _ => None,
    };
    gone.map_or_else(|| error.into(), LedgerError::UnknownConversation)
}

fn commit<S, C>(slot: &mut Option<S>, connect: &C, operations: &[Operation]) -> Result<Answers, DatabaseError>
where
    S: LedgerStore + R2D2Connection,
    C: Fn() -> Result<S, DatabaseError>,
{
    let mut doubt: Option<Committing> = None;
    let mut last = DatabaseError::Unavailable("no try was made".into());
    for _ in 0..TRIES {
        let store = match slot {
            Some(store) => store,
            None => slot.insert(connect()?),
        };
        let mut committing = None;
        let applied =
            catch_unwind(AssertUnwindSafe(|| apply(store, operations, &mut doubt, &mut committing)));
        let Ok(applied) = applied else {
            // The thread must outlive a fault in one batch: without it every later caller would be refused.
            *slot = None;
            last = DatabaseError::Data("a ledger batch panicked".into());
            doubt = committing.or(doubt);
            if doubt.is_none() {
                break;
            }
            continue;
        };
        match applied {
            Ok(()) => {
                return committing
                    .map(|done| done.answers)
                    .ok_or_else(|| DatabaseError::Data("a batch was committed without answers".into()));
            }
            Err(error) if must_repeat(&error) => last = error.into(),
            Err(error) if store.is_broken() || store.ping().is_err() => {
                *slot = None;
                last = DatabaseError::Unavailable(error.to_string());
                // Nobody knows what the server kept of a commit that was under way: look first.
                doubt = committing.or(doubt);
            }
            // The doubt may stand in the way, for example with its locks.
            Err(error) if doubt.is_some() => last = error.into(),
            Err(error) => return Err(error.into()),
        }
    }
    // Only this answer keeps the callers' operations from being tried one by one.
    Err(match doubt {
        Some(_) => DatabaseError::Unavailable(format!("a commit is in doubt: {last}")),
        None => last,
    })
}

/// The server undid the transaction and asks for it again: a serialization failure or a deadlock, which
/// an operator's own statements can cause.
fn must_repeat(error: &Error) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Error::DatabaseError(_, info) => info.message().contains("deadlock detected"),
        _ => false,
    }
}

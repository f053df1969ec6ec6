//! Questions that got no answer, or none that helped: what an operator sees of them and does with them.

pub(crate) mod group;
pub(crate) mod vote;

use super::knowledge::change::{ChangeStore, NewEntry};
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::schema::{
    unanswered_messages as link, unanswered_progress as p, unanswered_questions as u,
    widget_knowledge_base as k, widget_messages as m,
};
use crate::types::{Strings, UtcTime};
use diesel::prelude::*;
use frontdesk_domain::ids::{EntryId, WidgetId};
use jiff::Timestamp;

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionStatus {
    /// It waits for an operator.
    Open,
    /// An entry answers it. It opens again when it comes up without an answer once more.
    Answered,
    /// An operator does not want to see it. It is counted on, and stays dismissed.
    Dismissed,
}

impl QuestionStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Answered, Self::Dismissed];

    /// As it is stored: `open`, `answered`, `dismissed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Dismissed => "dismissed",
        }
    }
}

/// Questions that ask the same.
#[derive(Debug, Clone, PartialEq)]
pub struct UnansweredQuestion {
    /// Its id.
    pub id: i32,
    /// As it was asked first.
    pub question: String,
    /// The latest different wordings, the latest first.
    pub samples: Vec<String>,
    /// How many messages asked it.
    pub occurrences: i64,
    /// When the first of them came.
    pub first_seen: Timestamp,
    /// When the last of them came.
    pub last_seen: Timestamp,
    /// The entry that fitted the last of them best, with its question.
    pub guess: Option<(EntryId, String)>,
    /// How sure that entry was, from 0 to 1.
    pub guess_confidence: Option<f64>,
    /// The entry that was made of it.
    pub answered_by: Option<EntryId>,
}

/// Some of a widget's unanswered questions.
#[derive(Debug, Clone, PartialEq)]
pub struct UnansweredPage {
    /// The most frequent first, of equally frequent ones the latest.
    pub questions: Vec<UnansweredQuestion>,
    /// How many there are on all pages.
    pub total: i64,
}

/// Why a question was not answered or dismissed; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum UnansweredError {
    /// The widget has no such question.
    #[error("the widget has no unanswered question {0}; it may have been pruned")]
    Unknown(i32),
    /// It has been answered.
    #[error("question {0} has an answer already; change that entry")]
    AlreadyAnswered(i32),
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

type Row =
    (i32, String, Strings, i64, UtcTime, UtcTime, Option<i32>, Option<f64>, Option<i32>, Option<String>);

impl From<Row> for UnansweredQuestion {
    fn from(row: Row) -> Self {
        let (id, question, samples, occurrences, first, last, guess, guess_confidence, answered, guessed) =
            row;
        Self {
            id,
            question,
            samples: samples.0,
            occurrences,
            first_seen: first.0,
            last_seen: last.0,
            guess: guess.map(EntryId).zip(guessed),
            guess_confidence,
            answered_by: answered.map(EntryId),
        }
    }
}

/// What two databases say differently.
trait QuestionStore: LedgerStore + ChangeStore {
    /// The status of a widget's question, locked until the transaction ends.
    fn status(&mut self, widget: i32, question: i32) -> QueryResult<Option<String>>;

    fn set_status(&mut self, question: i32, status: QuestionStatus, entry: Option<i32>) -> QueryResult<()>;

    fn questions(
        &mut self,
        widget: i32,
        status: QuestionStatus,
        rows: (i64, i64),
    ) -> QueryResult<(Vec<Row>, i64)>;

    /// Deletes up to `most` questions that were last seen before `before`.
    fn forget(&mut self, before: UtcTime, most: i64) -> QueryResult<usize>;

    fn count_old(&mut self, before: UtcTime) -> QueryResult<i64>;

    /// Deletes up to `most` notes on messages from before `before` that are in no question.
    fn forget_messages(&mut self, before: UtcTime, most: i64) -> QueryResult<usize>;
}

macro_rules! question_store {
    ($connection:ty $(, $lock:ident)?) => {
        impl QuestionStore for $connection {
            fn status(&mut self, widget: i32, question: i32) -> QueryResult<Option<String>> {
                let own = u::table.filter(u::id.eq(question)).filter(u::widget_id.eq(widget));
                own.select(u::status)$(.$lock())?.first(self).optional()
            }

            fn set_status(
                &mut self,
                question: i32,
                status: QuestionStatus,
                entry: Option<i32>,
            ) -> QueryResult<()> {
                let set = (u::status.eq(status.as_str()), u::answered_by_entry_id.eq(entry));
                diesel::update(u::table.find(question)).set(set).execute(self)?;
                Ok(())
            }

            fn questions(
                &mut self,
                widget: i32,
                status: QuestionStatus,
                (limit, offset): (i64, i64),
            ) -> QueryResult<(Vec<Row>, i64)> {
                let own = u::widget_id.eq(widget).and(u::status.eq(status.as_str()));
                let total = u::table.filter(own.clone()).count().get_result(self)?;
                let rows = u::table
                    .left_join(k::table.on(u::guess_entry_id.eq(k::id.nullable())))
                    .filter(own)
                    .order((u::occurrences.desc(), u::last_seen.desc(), u::id))
                    .limit(limit)
                    .offset(offset)
                    .select((
                        u::id,
                        u::question,
                        u::samples,
                        u::occurrences,
                        u::first_seen,
                        u::last_seen,
                        u::guess_entry_id,
                        u::guess_confidence,
                        u::answered_by_entry_id,
                        k::question.nullable(),
                    ))
                    .load(self)?;
                Ok((rows, total))
            }

            fn forget(&mut self, before: UtcTime, most: i64) -> QueryResult<usize> {
                let old = u::table.filter(u::last_seen.lt(before)).order(u::id).limit(most);
                let old: Vec<i32> = old.select(u::id).load(self)?;
                // Seen again meanwhile, it stays.
                let old = u::table.filter(u::id.eq_any(old)).filter(u::last_seen.lt(before));
                diesel::delete(old).execute(self)
            }

            fn count_old(&mut self, before: UtcTime) -> QueryResult<i64> {
                u::table.filter(u::last_seen.lt(before)).count().get_result(self)
            }

            fn forget_messages(&mut self, before: UtcTime, most: i64) -> QueryResult<usize> {
                // A later one would be found once more.
                let found: i32 = p::table.find(1).select(p::message_id).first(self)?;
                let in_none = link::question_id.is_null().and(link::grouped);
                let old: Vec<i32> = link::table
                    .inner_join(m::table.on(m::id.eq(link::message_id)))
                    .filter(in_none)
                    .filter(link::message_id.le(found))
                    .filter(m::created_at.lt(before))
                    .order(link::message_id)
                    .limit(most)
                    .select(link::message_id)
                    .load(self)?;
                diesel::delete(link::table.filter(link::message_id.eq_any(old)).filter(in_none)).execute(self)
            }
        }
    };
}

question_store!(PgConnection, for_update);
question_store!(SqliteConnection);

impl Database {
    /// Up to `limit` of the widget's questions of this status, after the first `offset` of them.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn unanswered_questions(
        &self,
        widget: WidgetId,
        status: QuestionStatus,
        limit: u32,
        offset: u32,
    ) -> Result<UnansweredPage, DatabaseError> {
        let rows = (i64::from(limit), i64::from(offset));
        let (rows, total) = read!(self, |c| c.questions(widget.0, status, rows))?;
        Ok(UnansweredPage { questions: rows.into_iter().map(UnansweredQuestion::from).collect(), total })
    }

    /// How one of the widget's questions was asked first; `None`: it has no such question.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn unanswered_question(
        &self,
        widget: WidgetId,
        question: i32,
    ) -> Result<Option<String>, DatabaseError> {
        read!(self, |c| {
            let own = u::table.filter(u::id.eq(question)).filter(u::widget_id.eq(widget.0));
            own.select(u::question).first(c).optional()
        })
    }

    /// Makes an entry of a question, in one transaction with its status. A dismissed question can be answered.
    ///
    /// # Errors
    /// [`UnansweredError`].
    pub async fn answer_question(
        &self,
        widget: WidgetId,
        question: i32,
        entry: NewEntry,
        now: Timestamp,
    ) -> Result<EntryId, UnansweredError> {
        read!(self, |c| c.atomically(|c| {
            // Whoever changes a base locks its widget first.
            let known = c.lock_widget(widget.0)?;
            match c.status(widget.0, question)?.filter(|_| known) {
                None => Ok(Err(UnansweredError::Unknown(question))),
                Some(status) if status == QuestionStatus::Answered.as_str() => {
                    Ok(Err(UnansweredError::AlreadyAnswered(question)))
                }
                Some(_) => {
                    let ids = c.insert(widget.0, std::slice::from_ref(&entry), UtcTime(now))?;
                    let id = ids.first().copied().ok_or(diesel::result::Error::NotFound)?;
                    c.set_status(question, QuestionStatus::Answered, Some(id))?;
                    Ok(Ok(EntryId(id)))
                }
            }
        }))?
    }

    /// Dismisses a question. Dismissing it again changes nothing.
    ///
    /// # Errors
    /// [`UnansweredError`].
    pub async fn dismiss_question(&self, widget: WidgetId, question: i32) -> Result<(), UnansweredError> {
        read!(self, |c| c.atomically(|c| match c.status(widget.0, question)? {
            None => Ok(Err(UnansweredError::Unknown(question))),
            Some(status) if status == QuestionStatus::Answered.as_str() => {
                Ok(Err(UnansweredError::AlreadyAnswered(question)))
            }
            Some(_) => {
                c.set_status(question, QuestionStatus::Dismissed, None)?;
                Ok(Ok(()))
            }
        }))?
    }

    /// Deletes up to `most` questions, of any status, that were not asked since `before`; returns how many.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn prune_unanswered(&self, before: Timestamp, most: i64) -> Result<usize, DatabaseError> {
        read!(self, |c| c.atomically(|c| c.forget(UtcTime(before), most)))
    }

    /// Deletes up to `most` notes on messages from before `before` whose question is gone, or that asked nothing;
    /// returns how many. While a message is younger its note keeps it from being counted twice.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn prune_unanswered_messages(
        &self,
        before: Timestamp,
        most: i64,
    ) -> Result<usize, DatabaseError> {
        read!(self, |c| c.atomically(|c| c.forget_messages(UtcTime(before), most)))
    }

    /// How many questions [`prune_unanswered`](Self::prune_unanswered) would delete in all.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn count_old_unanswered(&self, before: Timestamp) -> Result<u64, DatabaseError> {
        let old = read!(self, |c| c.count_old(UtcTime(before)))?;
        Ok(u64::try_from(old).unwrap_or(0))
    }
}

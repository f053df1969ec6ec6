//! Erasure of what a visitor wrote and of who they are. The numbers of the ledger stay as they are: rows of the
//! request log keep their tokens and lose their texts.
//!
//! Locks are taken in the order of everybody else: the turn of those who group unanswered questions, the widget's
//! accounts as the ledger does, conversations with their messages, questions. While the accounts are locked nobody
//! writes in a conversation of the widget on the ledger's behalf.

use super::visitor::{Visitor, VisitorStore};
use super::{ConversationKey, ConversationStore};
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::{LedgerStore, is_pending};
use crate::repositories::unanswered::group::GroupStore;
use crate::schema::{
    idempotency_keys as k, llm_request_logs as l, unanswered_questions as u, widget_conversations as v,
    widget_messages as m,
};
use crate::types::Strings;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use frontdesk_domain::ids::WidgetId;

/// Conversations that are erased in one transaction.
const AT_ONCE: i64 = 100;
/// A wording of an unanswered question is cut after so many characters.
const WORDING_CHARS: usize = 500;
/// Messages of others that are looked at for a wording that may stay.
const OTHERS: u32 = 1_000;

/// What was erased.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// Deleted conversations.
    pub conversations: u64,
    /// Deleted messages.
    pub messages: u64,
    /// Rows of the request log that lost their texts.
    pub requests: u64,
    /// Unanswered questions that lost a wording, or were deleted with their only one.
    pub questions: u64,
}

impl Erased {
    fn add(&mut self, other: Self) {
        self.conversations += other.conversations;
        self.messages += other.messages;
        self.requests += other.requests;
        self.questions += other.questions;
    }
}

/// Why nothing was erased.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EraseError {
    /// A message of the visitor is being answered: its answer would be stored after the erasure.
    #[error("a message of the visitor is still being answered")]
    StillAnswering,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// What became of an erasure within its transaction.
type Outcome = Result<Erased, EraseError>;

#[derive(QueryableByName)]
pub(super) struct Wording {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
pub(super) struct QuestionId {
    #[diesel(sql_type = Integer)]
    id: i32,
}

/// What two databases share, but diesel cannot say once for both.
trait EraseStore: ConversationStore + GroupStore + VisitorStore {
    /// Whether a message in one of these conversations is being answered.
    fn is_answering(&mut self, conversations: &[i32]) -> QueryResult<bool>;
    /// The unanswered questions that messages of these conversations asked.
    fn questions(&mut self, conversations: &[i32]) -> QueryResult<Vec<i32>>;
    /// Those messages.
    fn asked(&mut self, conversations: &[i32]) -> QueryResult<Vec<String>>;
    /// What is still there of the messages that asked a question.
    fn still_asked(&mut self, question: i32) -> QueryResult<Vec<String>>;
    /// Takes texts, keys, conversations and messages away.
    fn take_away(&mut self, conversations: &[i32]) -> QueryResult<Erased>;
    /// A question's first wording and its others.
    fn wordings(&mut self, question: i32) -> QueryResult<Option<(String, Strings)>>;
    /// Writes the wordings that are left, or deletes the question where none is.
    fn keep_wordings(&mut self, question: i32, wordings: &[String]) -> QueryResult<()>;
}

fn list(ids: &[i32]) -> String {
    ids.iter().map(i32::to_string).collect::<Vec<_>>().join(", ")
}

macro_rules! erase_store {
    ($connection:ty $(, $lock:ident)?) => {
        impl EraseStore for $connection {
            fn is_answering(&mut self, conversations: &[i32]) -> QueryResult<bool> {
                let pending = l::table.filter(l::conversation_id.eq_any(conversations)).filter(is_pending());
                diesel::select(diesel::dsl::exists(pending)).get_result(self)
            }

            fn questions(&mut self, conversations: &[i32]) -> QueryResult<Vec<i32>> {
                let rows: Vec<QuestionId> = diesel::sql_query(format!(
                    "SELECT DISTINCT l.question_id AS id FROM widget_messages r JOIN unanswered_messages l ON l.message_id = r.id
                    WHERE r.conversation_id IN ({}) AND l.question_id IS NOT NULL ORDER BY 1",
                    list(conversations)
                ))
                .load(self)?;
                Ok(rows.into_iter().map(|row| row.id).collect())
            }

            fn asked(&mut self, conversations: &[i32]) -> QueryResult<Vec<String>> {
                let rows: Vec<Wording> = diesel::sql_query(format!(
                    "SELECT q.message_text AS text FROM widget_messages r JOIN unanswered_messages l ON l.message_id = r.id
                    JOIN widget_messages q ON q.id = r.reply_to
                    WHERE r.conversation_id IN ({}) AND l.question_id IS NOT NULL",
                    list(conversations)
                ))
                .load(self)?;
                Ok(rows.into_iter().map(|row| row.text).collect())
            }

            fn still_asked(&mut self, question: i32) -> QueryResult<Vec<String>> {
                let rows: Vec<Wording> = diesel::sql_query(format!(
                    "SELECT q.message_text AS text FROM unanswered_messages l JOIN widget_messages r ON r.id = l.message_id
                    JOIN widget_messages q ON q.id = r.reply_to
                    WHERE l.question_id = {question} ORDER BY l.message_id DESC LIMIT {OTHERS}"
                ))
                .load(self)?;
                Ok(rows.into_iter().map(|row| row.text).collect())
            }

            fn take_away(&mut self, conversations: &[i32]) -> QueryResult<Erased> {
                let own = || v::table.filter(v::id.eq_any(conversations));
                let requests = diesel::update(l::table.filter(l::conversation_id.eq_any(conversations)))
                    .set((
                        l::prompt_text.eq(None::<String>),
                        l::response_text.eq(None::<String>),
                        l::conversation_id.eq(None::<i32>),
                        l::message_id.eq(None::<i32>),
                    ))
                    .execute(self)?;
                let named: Vec<Option<i64>> = own().select(v::public_id).load(self)?;
                let named: Vec<i64> = named.into_iter().flatten().collect();
                diesel::delete(k::table.filter(k::conversation.eq_any(named))).execute(self)?;
                let messages = m::table.filter(m::conversation_id.eq_any(conversations));
                let messages = diesel::delete(messages).execute(self)?;
                let conversations = diesel::delete(own()).execute(self)?;
                Ok(Erased {
                    conversations: conversations as u64,
                    messages: messages as u64,
                    requests: requests as u64,
                    questions: 0,
                })
            }

            fn wordings(&mut self, question: i32) -> QueryResult<Option<(String, Strings)>> {
                u::table.find(question).select((u::question, u::samples))$(.$lock())?.first(self).optional()
            }

            fn keep_wordings(&mut self, question: i32, wordings: &[String]) -> QueryResult<()> {
                let row = u::table.find(question);
                let Some(first) = wordings.first() else {
                    diesel::delete(row).execute(self)?;
                    return Ok(());
                };
                let samples = Strings(wordings.to_vec());
                diesel::update(row).set((u::question.eq(first), u::samples.eq(samples))).execute(self)?;
                Ok(())
            }
        }
    };
}

erase_store!(PgConnection, for_update);
erase_store!(SqliteConnection);

impl Database {
    /// Erases a conversation: its messages, its visitor's details, its texts in the request log and among the unanswered
    /// questions. `None`: there is no such conversation.
    ///
    /// # Errors
    /// [`EraseError`]; nothing was erased.
    pub async fn erase_conversation(&self, key: ConversationKey) -> Result<Option<Erased>, EraseError> {
        let erased: Result<Option<Erased>, EraseError> = read!(self, |c| {
            let Some((id, widget)) = c.find(key)? else { return Ok(Ok(None)) };
            c.atomically(|c| {
                lock(c, widget)?;
                let erased = erase(c, &[id])?;
                Ok(erased.map(|erased| Some(erased).filter(|erased| erased.conversations > 0)))
            })
        })?;
        erased
    }

    /// Erases all conversations of a visitor of this widget, as [`erase_conversation`](Self::erase_conversation) does,
    /// some in each transaction.
    ///
    /// # Errors
    /// [`EraseError`]; some conversations may be erased, and the same call goes on with the others.
    pub async fn erase_visitor(&self, widget: WidgetId, visitor: Visitor) -> Result<Erased, EraseError> {
        let mut all = Erased::default();
        loop {
            let visitor = visitor.clone();
            let some: Outcome = read!(self, |c| c.atomically(|c| {
                lock(c, Some(widget.0))?;
                let ids = c.conversations_of(widget.0, &visitor, (AT_ONCE, 0))?;
                if ids.is_empty() { Ok(Ok(Erased::default())) } else { erase(c, &ids) }
            }))?;
            let some = some?;
            if some.conversations == 0 {
                return Ok(all);
            }
            all.add(some);
        }
    }
}

fn lock<C: EraseStore>(c: &mut C, widget: Option<i32>) -> QueryResult<()> {
    c.wait_briefly()?;
    c.take_turn()?;
    c.lock(widget.as_slice(), &[])?;
    Ok(())
}

fn erase<C: EraseStore>(c: &mut C, conversations: &[i32]) -> QueryResult<Outcome> {
    if c.is_answering(conversations)? {
        return Ok(Err(EraseError::StillAnswering));
    }
    let questions = c.questions(conversations)?;
    let asked = c.asked(conversations)?;
    let mut erased = c.take_away(conversations)?;
    for question in questions {
        erased.questions += u64::from(forget_wordings(c, question, &asked)?);
    }
    Ok(Ok(erased))
}

/// Takes wordings that only erased messages had out of a question; returns whether there were any.
fn forget_wordings<C: EraseStore>(c: &mut C, question: i32, erased: &[String]) -> QueryResult<bool> {
    let Some((first, samples)) = c.wordings(question)? else { return Ok(false) };
    let others = c.still_asked(question)?;
    let before: Vec<String> = std::iter::once(first).chain(samples.0).collect();
    let may_stay = |wording: &String| is_among(&others, wording) || !is_among(erased, wording);
    let mut left: Vec<String> = before.iter().filter(|wording| may_stay(wording)).cloned().collect();
    if left.len() == before.len() {
        return Ok(false);
    }
    if left.is_empty() {
        left.extend(others.first().map(|other| other.trim().chars().take(WORDING_CHARS).collect()));
    }
    let mut seen = std::collections::HashSet::new();
    left.retain(|wording| seen.insert(wording.clone()));
    c.keep_wordings(question, &left)?;
    Ok(true)
}

/// Whether a wording is that of one of these messages.
fn is_among(messages: &[String], wording: &str) -> bool {
    let is_cut = wording.chars().count() >= WORDING_CHARS;
    messages
        .iter()
        .map(|message| message.trim())
        .any(|message| message == wording || (is_cut && message.starts_with(wording)))
}

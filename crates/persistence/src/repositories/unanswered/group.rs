//! Puts replies that did not help into their questions, from what is stored: a crash loses none, and two processes
//! at once count none twice.
//!
//! A reply gets a row in `unanswered_messages` when it is found or voted on, and is grouped in a transaction that marks
//! that row. `unanswered_progress` says up to which message everything has been found. It stays a minute behind, for
//! a message may become visible after one with a greater id; nothing that stores a message takes that long.

use super::QuestionStatus;
use super::vote::ENDED_IN_DEFAULT;
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::outbox;
use crate::schema::{
    unanswered_messages as link, unanswered_progress as p, unanswered_questions as u, widget_messages as m,
};
use crate::types::{Strings, UtcTime};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text, Timestamp as SqlTimestamp};
use frontdesk_domain::ids::{EntryId, MessageId, WidgetId};
use jiff::{SignedDuration, Timestamp};

/// Open questions of a widget. The one that was asked least makes room for a new one, of equals the oldest.
pub const MAX_OPEN: i64 = 1_000;
/// Different wordings that are kept of a question.
pub const MAX_SAMPLES: usize = 5;
/// Messages that are looked through at once.
const LOOK: u32 = 10_000;
/// After so long every message with a smaller id is visible.
const VISIBLE: SignedDuration = SignedDuration::from_secs(60);

/// A reply that did not help and is in no question yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingReply {
    /// The reply.
    pub reply: MessageId,
    /// Whose it is.
    pub widget: WidgetId,
    /// The visitor's message.
    pub text: String,
    /// When it was answered.
    pub at: Timestamp,
}

/// The entry that fits best, though not well enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Guess {
    /// The entry.
    pub entry: EntryId,
    /// From 0 to 1.
    pub confidence: f64,
}

/// A waiting reply that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The reply.
    pub reply: MessageId,
    /// What was asked, cut to the length that is kept; `None` where nothing was.
    pub question: Option<String>,
    /// When it was answered.
    pub at: Timestamp,
    /// The best guess at that time.
    pub guess: Option<Guess>,
}

#[derive(QueryableByName)]
pub(crate) struct WaitingRow {
    #[diesel(sql_type = Integer)]
    reply: i32,
    #[diesel(sql_type = Integer)]
    widget: i32,
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    at: Option<UtcTime>,
}

/// A question as messages are compared with it: id, wording, status.
pub(crate) type Known = (i32, String, String);

/// What two databases say differently.
pub(crate) trait GroupStore: LedgerStore {
    /// One process at a time: locks the progress until the transaction ends.
    fn take_turn(&mut self) -> QueryResult<()>;
    fn collect(&mut self, settled: UtcTime) -> QueryResult<()>;
    fn waiting(&mut self, most: u32) -> QueryResult<Vec<WaitingRow>>;
    /// Whether the reply was waiting; it is no more.
    fn claim(&mut self, reply: i32) -> QueryResult<bool>;
    fn known(&mut self, widget: i32) -> QueryResult<Vec<Known>>;
    fn make_room(&mut self, widget: i32) -> QueryResult<Option<i32>>;
    fn make(&mut self, widget: i32, text: &str, heard: &Heard) -> QueryResult<i32>;
    fn count(&mut self, question: i32, text: &str, heard: &Heard) -> QueryResult<()>;
    fn link(&mut self, reply: i32, question: i32) -> QueryResult<()>;
    fn conversation(&mut self, reply: i32) -> QueryResult<Option<i32>>;
}

macro_rules! group_store {
    ($connection:ty $(, $lock:ident)?) => {
        impl GroupStore for $connection {
            fn take_turn(&mut self) -> QueryResult<()> {
                p::table.find(1).select(p::id)$(.$lock())?.first::<i32>(self)?;
                Ok(())
            }

            fn collect(&mut self, settled: UtcTime) -> QueryResult<()> {
                let next = format!(
                    "(SELECT * FROM widget_messages WHERE id > (SELECT message_id FROM unanswered_progress)
                    ORDER BY id LIMIT {LOOK}) AS m"
                );
                diesel::sql_query(format!(
                    "INSERT INTO unanswered_messages (message_id, question_id, by_vote, grouped)
                    SELECT m.id, NULL, false, false FROM {next}
                    WHERE m.message_type = 'bot' AND m.reply_to IS NOT NULL AND {ENDED_IN_DEFAULT}
                    ON CONFLICT (message_id) DO NOTHING"
                ))
                .execute(self)?;
                let newest: Option<i32> = diesel::dsl::sql::<Nullable<Integer>>("SELECT max(m.id) FROM ")
                    .sql(&next)
                    .sql(" WHERE m.created_at < ")
                    .bind::<SqlTimestamp, _>(settled)
                    .get_result(self)?;
                if let Some(newest) = newest {
                    diesel::update(p::table.find(1)).set(p::message_id.eq(newest)).execute(self)?;
                }
                Ok(())
            }

            fn waiting(&mut self, most: u32) -> QueryResult<Vec<WaitingRow>> {
                diesel::sql_query(format!(
                    "SELECT l.message_id AS reply, v.widget_id AS widget, q.message_text AS text, r.created_at AS at
                    FROM unanswered_messages l JOIN widget_messages r ON r.id = l.message_id
                    JOIN widget_messages q ON q.id = r.reply_to
                    JOIN widget_conversations v ON v.id = r.conversation_id
                    WHERE NOT l.grouped AND v.widget_id IS NOT NULL ORDER BY l.message_id LIMIT {most}"
                ))
                .load(self)
            }

            fn claim(&mut self, reply: i32) -> QueryResult<bool> {
                let waiting = link::table.find(reply).filter(diesel::dsl::not(link::grouped));
                Ok(diesel::update(waiting).set(link::grouped.eq(true)).execute(self)? > 0)
            }

            fn known(&mut self, widget: i32) -> QueryResult<Vec<Known>> {
                let own = u::table.filter(u::widget_id.eq(widget)).order(u::id);
                own.select((u::id, u::question, u::status)).load(self)
            }

            fn make_room(&mut self, widget: i32) -> QueryResult<Option<i32>> {
                let least = u::table
                    .filter(u::widget_id.eq(widget))
                    .filter(u::status.eq(QuestionStatus::Open.as_str()))
                    .order((u::occurrences, u::last_seen, u::id));
                let least: Option<i32> = least.select(u::id).first(self).optional()?;
                if let Some(id) = least {
                    diesel::delete(u::table.find(id)).execute(self)?;
                }
                Ok(least)
            }

            fn make(&mut self, widget: i32, text: &str, heard: &Heard) -> QueryResult<i32> {
                diesel::insert_into(u::table)
                    .values((
                        u::widget_id.eq(widget),
                        u::question.eq(text),
                        u::samples.eq(Strings(vec![text.to_owned()])),
                        u::occurrences.eq(1),
                        u::first_seen.eq(UtcTime(heard.at)),
                        u::last_seen.eq(UtcTime(heard.at)),
                        u::status.eq(QuestionStatus::Open.as_str()),
                        u::guess_entry_id.eq(heard.guess.map(|guess| guess.entry.0)),
                        u::guess_confidence.eq(heard.guess.map(|guess| guess.confidence)),
                    ))
                    .returning(u::id)
                    .get_result(self)
            }

            fn count(&mut self, question: i32, text: &str, heard: &Heard) -> QueryResult<()> {
                let columns = (u::samples, u::last_seen, u::occurrences, u::status);
                let row = u::table.find(question).select(columns)$(.$lock())?;
                let (Strings(mut samples), last, occurrences, status) =
                    row.first::<(Strings, UtcTime, i64, String)>(self)?;
                samples.retain(|sample| sample != text);
                samples.insert(0, text.to_owned());
                samples.truncate(MAX_SAMPLES);
                // The answer did not reach this visitor: an operator has to look again.
                let reopened = status == QuestionStatus::Answered.as_str();
                let status = if reopened { QuestionStatus::Open.as_str() } else { status.as_str() };
                diesel::update(u::table.find(question))
                    .set((
                        u::samples.eq(Strings(samples)),
                        u::last_seen.eq(last.max(UtcTime(heard.at))),
                        u::occurrences.eq(occurrences.saturating_add(1)),
                        u::status.eq(status),
                        u::guess_entry_id.eq(heard.guess.map(|guess| guess.entry.0)),
                        u::guess_confidence.eq(heard.guess.map(|guess| guess.confidence)),
                    ))
                    .execute(self)?;
                Ok(())
            }

            fn link(&mut self, reply: i32, question: i32) -> QueryResult<()> {
                let linked = link::question_id.eq(question);
                diesel::update(link::table.find(reply)).set(linked).execute(self)?;
                Ok(())
            }

            fn conversation(&mut self, reply: i32) -> QueryResult<Option<i32>> {
                let found = m::table.find(reply).select(m::conversation_id).first(self).optional()?;
                Ok(found.flatten())
            }
        }
    };
}

group_store!(PgConnection, for_update);
group_store!(SqliteConnection);

impl Database {
    /// Finds replies that ended in the default since the last time, and returns up to `most` that wait to be
    /// grouped, votes included, the oldest first.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn waiting_unanswered(
        &self,
        most: u32,
        now: Timestamp,
    ) -> Result<Vec<WaitingReply>, DatabaseError> {
        // Before the beginning of the calendar there are no messages.
        let settled = UtcTime(now.checked_sub(VISIBLE).unwrap_or(Timestamp::MIN));
        let rows = read!(self, |c| c.atomically(|c| {
            c.take_turn()?;
            c.collect(settled)?;
            c.waiting(most)
        }))?;
        let reply = |row: WaitingRow| WaitingReply {
            reply: MessageId(row.reply),
            widget: WidgetId(row.widget),
            text: row.text,
            at: row.at.map_or(now, |at| at.0),
        };
        Ok(rows.into_iter().map(reply).collect())
    }

    /// Counts these replies of a widget, each once however often it is given, in one transaction; returns how many were
    /// new. `find` gets a question and the wordings of all that are known, and says the position of the one that asks
    /// the same.
    ///
    /// # Errors
    /// [`DatabaseError`]; nothing was counted.
    pub async fn group_unanswered(
        &self,
        widget: WidgetId,
        heard: Vec<Heard>,
        mut find: impl FnMut(&str, &[&str]) -> Option<usize> + Send + 'static,
    ) -> Result<usize, DatabaseError> {
        read!(self, |c| c.atomically(|c| group(c, widget.0, &heard, &mut find)))
    }
}

fn group<C: GroupStore>(
    c: &mut C,
    widget: i32,
    heard: &[Heard],
    find: &mut impl FnMut(&str, &[&str]) -> Option<usize>,
) -> QueryResult<usize> {
    c.take_turn()?;
    let mut known = c.known(widget)?;
    let mut counted = 0;
    for heard in heard {
        if !c.claim(heard.reply.0)? {
            continue;
        }
        counted += 1;
        let Some(text) = &heard.question else { continue };
        let wordings: Vec<&str> = known.iter().map(|(_, wording, _)| wording.as_str()).collect();
        let found = find(text, &wordings).and_then(|at| known.get_mut(at));
        let question = if let Some((id, _, status)) = found {
            c.count(*id, text, heard)?;
            if status == QuestionStatus::Answered.as_str() {
                QuestionStatus::Open.as_str().clone_into(status);
            }
            *id
        } else {
            let open = known.iter().filter(|(.., status)| status == QuestionStatus::Open.as_str()).count();
            if i64::try_from(open).unwrap_or(i64::MAX) >= MAX_OPEN
                && let Some(gone) = c.make_room(widget)?
            {
                known.retain(|(id, ..)| *id != gone);
            }
            let id = c.make(widget, text, heard)?;
            let conversation = c.conversation(heard.reply.0)?;
            outbox::question_unanswered(c, widget, (id, text), conversation, heard.at)?;
            known.push((id, text.clone(), QuestionStatus::Open.as_str().to_owned()));
            id
        };
        c.link(heard.reply.0, question)?;
    }
    Ok(counted)
}

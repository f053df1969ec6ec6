//! Visitors' votes on replies, and the counts of the entries that the replies were.
//!
//! The entry is locked before the message, as a deletion of the entry does it, and the message's vote is read
//! under its lock: votes at once follow each other, and each moves the counts from what was to what is. For an entry
//! that another session holds nobody waits: it is counted on later.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::ledger::LedgerStore;
use crate::repositories::knowledge::counts::CountStore;
use crate::repositories::unanswered::vote::VoteStore;
use crate::schema::{widget_conversations as v, widget_knowledge_base as k, widget_messages as m};
use diesel::prelude::*;
use frontdesk_domain::ids::{EntryId, MessageId, WidgetId};

/// What a visitor says of a reply: `None` leaves a part as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vote {
    /// Whether it helped; an inner `None` takes the vote back.
    pub was_helpful: Option<Option<bool>>,
    /// In the visitor's words; an inner `None` removes them.
    pub text: Option<Option<String>>,
}

/// A vote that was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feedback {
    /// The reply.
    pub message: MessageId,
    /// The entry that it was; no model's answer is one.
    pub entry: Option<EntryId>,
    /// The vote that stood before.
    pub before: Option<bool>,
    /// The vote that stands now.
    pub after: Option<bool>,
}

/// A reply's vote and entry.
type Voted = (Option<bool>, Option<i32>);
/// How often an entry was found helpful, and how often not.
type Counts = (Option<i32>, Option<i32>);

/// What two databases say differently.
trait FeedbackStore: LedgerStore + VoteStore + CountStore {
    /// Locks an entry until the transaction ends; its counts, if it is there and nobody else holds it.
    fn lock_entry(&mut self, entry: i32) -> QueryResult<Option<Counts>>;

    /// Locks a message until the transaction ends.
    fn lock_message(&mut self, message: i32) -> QueryResult<Option<Voted>>;

    /// The widget's reply with this id, not locked; `None` where that is no reply of the widget's bot.
    fn reply(&mut self, widget: i32, message: i32) -> QueryResult<Option<Voted>>;

    /// Stores the vote that stands now, and what the visitor says.
    fn save_vote(&mut self, message: i32, helpful: Option<bool>, vote: &Vote) -> QueryResult<()>;

    fn save_counts(&mut self, entry: i32, helpful: i32, not_helpful: i32) -> QueryResult<()>;
}

macro_rules! feedback_store {
    ($connection:ty $(, $lock:ident, $skip:ident)?) => {
        impl FeedbackStore for $connection {
            fn lock_entry(&mut self, entry: i32) -> QueryResult<Option<Counts>> {
                let counts = k::table.find(entry).select((k::helpful_count, k::not_helpful_count));
                counts$(.$lock().$skip())?.first(self).optional()
            }

            fn lock_message(&mut self, message: i32) -> QueryResult<Option<Voted>> {
                m::table.find(message).select((m::was_helpful, m::knowledge_base_id))$(.$lock())?.first(self).optional()
            }

            fn reply(&mut self, widget: i32, message: i32) -> QueryResult<Option<Voted>> {
                self.wait_briefly()?;
                m::table
                    .inner_join(v::table.on(m::conversation_id.eq(v::id.nullable())))
                    .filter(m::id.eq(message))
                    .filter(m::message_type.eq("bot"))
                    .filter(v::widget_id.eq(widget))
                    .select((m::was_helpful, m::knowledge_base_id))
                    .first(self)
                    .optional()
            }

            fn save_vote(&mut self, message: i32, helpful: Option<bool>, vote: &Vote) -> QueryResult<()> {
                let text = vote.text.as_ref().map(|text| m::feedback_text.eq(text.as_deref()));
                diesel::update(m::table.find(message)).set((m::was_helpful.eq(helpful), text)).execute(self)?;
                Ok(())
            }

            fn save_counts(&mut self, entry: i32, helpful: i32, not_helpful: i32) -> QueryResult<()> {
                let counts = (k::helpful_count.eq(helpful), k::not_helpful_count.eq(not_helpful));
                diesel::update(k::table.find(entry)).set(counts).execute(self)?;
                Ok(())
            }
        }
    };
}

feedback_store!(PgConnection, for_no_key_update, skip_locked);
feedback_store!(SqliteConnection);

impl Database {
    /// Stores a visitor's vote on a reply of the widget's bot, and moves it in the counts of the entry that the reply
    /// was. `None`: the widget has no such reply, and nothing was changed.
    ///
    /// # Errors
    /// [`DatabaseError`]; nothing was changed.
    pub async fn vote(
        &self,
        widget: WidgetId,
        message: MessageId,
        vote: Vote,
    ) -> Result<Option<Feedback>, DatabaseError> {
        read!(self, |c| c.atomically(|c| store(c, widget, message, &vote)))
    }
}

fn store<C: FeedbackStore>(
    c: &mut C,
    widget: WidgetId,
    message: MessageId,
    vote: &Vote,
) -> QueryResult<Option<Feedback>> {
    let Some((_, entry)) = c.reply(widget.0, message.0)? else { return Ok(None) };
    if let Some(entry) = entry {
        c.lock_entry(entry)?;
    }
    // Deleted meanwhile, with its conversation.
    let Some((before, entry)) = c.lock_message(message.0)? else { return Ok(None) };
    let after = vote.was_helpful.unwrap_or(before);
    c.save_vote(message.0, after, vote)?;
    if before != after {
        count(c, entry, before, after)?;
        if after == Some(false) {
            c.join(message.0)?;
        } else if before == Some(false) {
            c.leave(message.0)?;
        }
    }
    Ok(Some(Feedback { message, entry: entry.map(EntryId), before, after }))
}

fn count<C: FeedbackStore>(
    c: &mut C,
    entry: Option<i32>,
    before: Option<bool>,
    after: Option<bool>,
) -> QueryResult<()> {
    let Some(entry) = entry else { return Ok(()) };
    match c.lock_entry(entry)? {
        // A vote that is taken back before it was counted must not be lost at the bound of 0.
        Some((helpful, not_helpful)) if !c.is_waited_for(entry)? => c.save_counts(
            entry,
            moved(helpful, true, before, after),
            moved(not_helpful, false, before, after),
        ),
        _ => c.count_later(entry, change(true, before, after), change(false, before, after)),
    }
}

/// A count of votes that say `vote`, after one of them became another one. Counts that someone wrote by hand may be
/// too small for the votes that there are: none falls below 0.
fn moved(count: Option<i32>, vote: bool, before: Option<bool>, after: Option<bool>) -> i32 {
    count.unwrap_or(0).saturating_add(change(vote, before, after)).max(0)
}

/// What a vote that became another one adds to the count of those that say `vote`.
fn change(vote: bool, before: Option<bool>, after: Option<bool>) -> i32 {
    let counts = |voted: Option<bool>| i32::from(voted == Some(vote));
    counts(after) - counts(before)
}

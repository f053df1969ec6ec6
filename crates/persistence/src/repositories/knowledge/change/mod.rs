//! Changes of a knowledge base, each in one transaction.
//!
//! Whoever changes a base locks its widget's row first and the entries after it, by id. So changes of one base
//! follow each other, and what one decides by the entries that it read is still true when it writes. The ledger
//! and the votes, which count on entries, take no lock of a widget and do not wait for entries that change: what they
//! find locked is counted later (`counts.rs`).

mod postgres;
mod sqlite;

use super::stored::{StoredEntry, StoredRow};
use crate::database::{Database, read};
use crate::error::{DatabaseError, KnowledgeError};
use crate::ledger::LedgerStore;
use crate::types::UtcTime;
use diesel::QueryResult;
use frontdesk_domain::ids::{EntryId, WidgetId};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Entries in one statement: arrays of some thousand texts, not of all.
const CHUNK: usize = 2_000;

/// An entry to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    /// What is asked.
    pub question: String,
    /// What is answered.
    pub answer: String,
    /// Words that point to it.
    pub keywords: Vec<String>,
    /// A label for people.
    pub category: Option<String>,
    /// The higher, the earlier among equals.
    pub priority: i32,
    /// Whether it may be an answer.
    pub is_active: bool,
    /// Whatever its author keeps beside it.
    pub context: Option<serde_json::Value>,
}

/// New values for some columns of an entry: `None` leaves a column as it is, whatever it holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EntryPatch {
    /// What is asked.
    pub question: Option<String>,
    /// What is answered.
    pub answer: Option<String>,
    /// Words that point to it.
    pub keywords: Option<Vec<String>>,
    /// A label for people.
    pub category: Option<Option<String>>,
    /// The higher, the earlier among equals.
    pub priority: Option<i32>,
    /// Whether it may be an answer.
    pub is_active: Option<bool>,
    /// Whatever its author keeps beside it.
    pub context: Option<Option<serde_json::Value>>,
}

impl EntryPatch {
    /// What this patch and then a later one of the same entry come to.
    fn then(self, later: Self) -> Self {
        Self {
            question: later.question.or(self.question),
            answer: later.answer.or(self.answer),
            keywords: later.keywords.or(self.keywords),
            category: later.category.or(self.category),
            priority: later.priority.or(self.priority),
            is_active: later.is_active.or(self.is_active),
            context: later.context.or(self.context),
        }
    }
}

/// A step of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum KnowledgeChange {
    /// Makes an entry.
    Insert(NewEntry),
    /// Changes columns of an entry. Several patches of one entry apply in their order; an empty one changes
    /// nothing, `updated_at` neither.
    Update(EntryId, EntryPatch),
    /// Deletes an entry, whatever else the change holds for it. Replies that quoted it stay, without it.
    Delete(EntryId),
}

/// What two databases say differently.
pub(crate) trait ChangeStore: LedgerStore {
    /// Locks the widget until the transaction ends; whether it exists.
    fn lock_widget(&mut self, widget: i32) -> QueryResult<bool>;

    /// Of these entries the widget's, by id, locked until the transaction ends.
    fn lock_entries(&mut self, widget: i32, ids: &[i32]) -> QueryResult<Vec<i32>>;

    /// All entries of the widget, by id.
    fn base(&mut self, widget: i32) -> QueryResult<Vec<StoredRow>>;

    /// Stores new entries and returns their ids in the entries' order.
    fn insert(&mut self, widget: i32, entries: &[NewEntry], at: UtcTime) -> QueryResult<Vec<i32>>;

    /// Changes locked entries.
    fn update(&mut self, patches: &[(i32, EntryPatch)], at: UtcTime) -> QueryResult<()>;

    /// Deletes locked entries.
    fn delete(&mut self, ids: &[i32]) -> QueryResult<()>;
}

impl Database {
    /// Changes the widget's knowledge base: all of it or, when it fails, nothing. Returns the ids of the
    /// inserted entries in their order. `now` becomes the changed entries' `updated_at`.
    ///
    /// # Errors
    /// [`KnowledgeError::UnknownWidget`]; [`KnowledgeError::UnknownEntry`] for an id that is none of this widget's
    /// entries; [`KnowledgeError::Database`].
    pub async fn change_knowledge(
        &self,
        widget: WidgetId,
        changes: Vec<KnowledgeChange>,
        now: Timestamp,
    ) -> Result<Vec<EntryId>, KnowledgeError> {
        let steps = Steps::from(changes);
        read!(self, |c| c.atomically(|c| {
            if c.lock_widget(widget.0)? { steps.apply(c, widget, now) } else { Ok(unknown(widget)) }
        }))?
    }

    /// As [`change_knowledge`](Self::change_knowledge), with the changes that `decide` makes of the present entries
    /// (all, by id). Nobody else changes the base in between. What else `decide` found out is returned, too.
    ///
    /// # Errors
    /// As [`change_knowledge`](Self::change_knowledge).
    pub async fn revise_knowledge<T: Send + 'static>(
        &self,
        widget: WidgetId,
        decide: impl FnOnce(Vec<StoredEntry>) -> (Vec<KnowledgeChange>, T) + Send + 'static,
        now: Timestamp,
    ) -> Result<(Vec<EntryId>, T), KnowledgeError> {
        read!(self, |c| c.atomically(|c| {
            if !c.lock_widget(widget.0)? {
                return Ok(unknown(widget));
            }
            let base = c.base(widget.0)?.into_iter().map(StoredEntry::from).collect();
            let (changes, found) = decide(base);
            let inserted = Steps::from(changes).apply(c, widget, now)?;
            Ok(inserted.map(|ids| (ids, found)))
        }))?
    }
}

fn unknown<T>(widget: WidgetId) -> Result<T, KnowledgeError> {
    Err(KnowledgeError::UnknownWidget(widget))
}

/// A change by kind of step. New entries have nothing to do with old ones, so their order does not matter.
#[derive(Default)]
struct Steps {
    inserts: Vec<NewEntry>,
    /// `None` deletes.
    old: BTreeMap<i32, Option<EntryPatch>>,
}

impl From<Vec<KnowledgeChange>> for Steps {
    fn from(changes: Vec<KnowledgeChange>) -> Self {
        let mut steps = Self::default();
        for change in changes {
            match change {
                KnowledgeChange::Insert(entry) => steps.inserts.push(entry),
                KnowledgeChange::Update(id, patch) => {
                    let known = steps.old.entry(id.0).or_insert_with(|| Some(EntryPatch::default()));
                    *known = known.take().map(|earlier| earlier.then(patch));
                }
                KnowledgeChange::Delete(id) => {
                    steps.old.insert(id.0, None);
                }
            }
        }
        steps
    }
}

impl Steps {
    /// All steps. The widget must be locked. An error within has changed nothing.
    fn apply<C: ChangeStore>(
        self,
        c: &mut C,
        widget: WidgetId,
        now: Timestamp,
    ) -> QueryResult<Result<Vec<EntryId>, KnowledgeError>> {
        let ids: Vec<i32> = self.old.keys().copied().collect();
        if !ids.is_empty() {
            let own = c.lock_entries(widget.0, &ids)?;
            if let Some(other) = ids.iter().find(|id| own.binary_search(id).is_err()) {
                return Ok(Err(KnowledgeError::UnknownEntry(EntryId(*other))));
            }
        }
        let at = UtcTime(now);
        let (mut patches, mut gone) = (Vec::new(), Vec::new());
        for (id, patch) in self.old {
            match patch {
                Some(patch) if patch == EntryPatch::default() => {}
                Some(patch) => patches.push((id, patch)),
                None => gone.push(id),
            }
        }
        for patches in patches.chunks(CHUNK) {
            c.update(patches, at)?;
        }
        for gone in gone.chunks(CHUNK) {
            c.delete(gone)?;
        }
        let mut inserted = Vec::with_capacity(self.inserts.len());
        for entries in self.inserts.chunks(CHUNK) {
            inserted.extend(c.insert(widget.0, entries, at)?.into_iter().map(EntryId));
        }
        Ok(Ok(inserted))
    }
}

/// JSON as the databases take it as a text.
fn json(value: &impl serde::Serialize) -> QueryResult<String> {
    serde_json::to_string(value).map_err(|error| diesel::result::Error::SerializationError(error.into()))
}

impl From<diesel::result::Error> for KnowledgeError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(DatabaseError::from(error))
    }
}

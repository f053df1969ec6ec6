//! Entries as administrators see them: every column, inactive ones too.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::schema::widget_knowledge_base;
use crate::types::{JsonDoc, Strings, UtcTime};
use diesel::prelude::*;
use frontdesk_domain::ids::{EntryId, WidgetId};
use jiff::Timestamp;

/// A row of `widget_knowledge_base`; a column that is NULL has its default.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEntry {
    /// Its id.
    pub id: EntryId,
    /// What is asked.
    pub question: String,
    /// What is answered.
    pub answer: String,
    /// Words that point to it; none where the column is NULL.
    pub keywords: Vec<String>,
    /// A label for people.
    pub category: Option<String>,
    /// The higher, the earlier among equals.
    pub priority: i32,
    /// Whether it may be an answer.
    pub is_active: bool,
    /// Whatever its author keeps beside it; no answer is made of it.
    pub context: Option<serde_json::Value>,
    /// How many replies it was.
    pub times_used: i32,
    /// How many of those were found helpful.
    pub helpful_count: i32,
    /// How many were found not helpful.
    pub not_helpful_count: i32,
    /// When it was made; unknown in some old rows.
    pub created_at: Option<Timestamp>,
    /// When an administrator changed it last; votes and use are no changes.
    pub updated_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = widget_knowledge_base)]
pub(crate) struct StoredRow {
    id: i32,
    question: String,
    answer: String,
    keywords: Option<Strings>,
    category: Option<String>,
    priority: Option<i32>,
    is_active: Option<bool>,
    context: Option<JsonDoc>,
    times_used: Option<i32>,
    helpful_count: Option<i32>,
    not_helpful_count: Option<i32>,
    created_at: Option<UtcTime>,
    updated_at: Option<UtcTime>,
}

impl Database {
    /// All entries of the widget, inactive ones too, in the order of their ids.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn knowledge_base(&self, widget: WidgetId) -> Result<Vec<StoredEntry>, DatabaseError> {
        use widget_knowledge_base as k;
        let rows: Vec<StoredRow> = read!(self, |c| {
            k::table.filter(k::widget_id.eq(widget.0)).order(k::id).select(StoredRow::as_select()).load(c)
        })?;
        Ok(rows.into_iter().map(StoredEntry::from).collect())
    }

    /// The widget's entry with this id; one of another widget is not found.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn knowledge_entry(
        &self,
        widget: WidgetId,
        id: EntryId,
    ) -> Result<Option<StoredEntry>, DatabaseError> {
        use widget_knowledge_base as k;
        let row: Option<StoredRow> = read!(self, |c| {
            k::table
                .filter(k::id.eq(id.0))
                .filter(k::widget_id.eq(widget.0))
                .select(StoredRow::as_select())
                .first(c)
                .optional()
        })?;
        Ok(row.map(StoredEntry::from))
    }
}

impl From<StoredRow> for StoredEntry {
    fn from(row: StoredRow) -> Self {
        Self {
            id: EntryId(row.id),
            question: row.question,
            answer: row.answer,
            keywords: row.keywords.map(|keywords| keywords.0).unwrap_or_default(),
            category: row.category,
            priority: row.priority.unwrap_or(0),
            is_active: row.is_active.unwrap_or(true),
            context: row.context.map(|context| context.0),
            times_used: row.times_used.unwrap_or(0),
            helpful_count: row.helpful_count.unwrap_or(0),
            not_helpful_count: row.not_helpful_count.unwrap_or(0),
            created_at: row.created_at.map(|at| at.0),
            updated_at: row.updated_at.map(|at| at.0),
        }
    }
}

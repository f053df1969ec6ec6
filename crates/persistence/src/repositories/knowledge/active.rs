//! The entries that answers are made of.

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::schema::widget_knowledge_base;
use crate::types::Strings;
use diesel::prelude::*;
use frontdesk_domain::ids::{EntryId, WidgetId};

/// An active entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnowledgeEntry {
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
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = widget_knowledge_base)]
struct Row {
    id: i32,
    question: String,
    answer: String,
    keywords: Option<Strings>,
    category: Option<String>,
    priority: Option<i32>,
}

impl Database {
    /// The widget's active entries in the order of their ids.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn knowledge_entries(&self, widget: WidgetId) -> Result<Vec<KnowledgeEntry>, DatabaseError> {
        use widget_knowledge_base as k;
        let rows: Vec<Row> = read!(self, |c| {
            k::table
                .filter(k::widget_id.eq(widget.0))
                .filter(k::is_active.is_null().or(k::is_active.eq(true)))
                .order(k::id)
                .select(Row::as_select())
                .load(c)
        })?;
        Ok(rows.into_iter().map(KnowledgeEntry::from).collect())
    }
}

impl From<Row> for KnowledgeEntry {
    fn from(row: Row) -> Self {
        Self {
            id: EntryId(row.id),
            question: row.question,
            answer: row.answer,
            keywords: row.keywords.map(|keywords| keywords.0).unwrap_or_default(),
            category: row.category,
            priority: row.priority.unwrap_or(0),
        }
    }
}

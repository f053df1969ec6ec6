//! Upkeep of a widget's knowledge base, for administrators.

pub(crate) mod bulk;
pub(super) mod draft;
pub(crate) mod duplicates;
pub(crate) mod entry;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod search;

use crate::reply::Instant;
use frontdesk_domain::ids::{EntryId, WidgetId};
use frontdesk_persistence::StoredEntry;
use frontdesk_transfer::Existing;
use serde::Serialize;
use serde_json::Value;

/// The entry as files hold it.
fn existing(entry: &StoredEntry) -> Existing {
    Existing {
        id: entry.id,
        question: entry.question.clone(),
        answer: entry.answer.clone(),
        keywords: entry.keywords.clone(),
        category: entry.category.clone(),
        priority: entry.priority,
        is_active: entry.is_active,
        context: entry.context.clone(),
    }
}

/// An entry; the names are the columns of `widget_knowledge_base`.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    id: EntryId,
    widget_id: WidgetId,
    category: Option<&'a str>,
    question: &'a str,
    answer: &'a str,
    keywords: &'a [String],
    priority: i32,
    context: Option<&'a Value>,
    times_used: i32,
    helpful_count: i32,
    not_helpful_count: i32,
    is_active: bool,
    created_at: Option<Instant>,
    updated_at: Option<Instant>,
}

impl<'a> Row<'a> {
    pub(super) fn new(widget: WidgetId, entry: &'a StoredEntry) -> Self {
        Self {
            id: entry.id,
            widget_id: widget,
            category: entry.category.as_deref(),
            question: &entry.question,
            answer: &entry.answer,
            keywords: &entry.keywords,
            priority: entry.priority,
            context: entry.context.as_ref(),
            times_used: entry.times_used,
            helpful_count: entry.helpful_count,
            not_helpful_count: entry.not_helpful_count,
            is_active: entry.is_active,
            created_at: entry.created_at.map(Instant),
            updated_at: entry.updated_at.map(Instant),
        }
    }
}

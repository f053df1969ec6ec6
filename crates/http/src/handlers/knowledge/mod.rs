//! Upkeep of a widget's knowledge base, for administrators.

pub(crate) mod bulk;
pub(super) mod draft;
pub(crate) mod duplicates;
pub(crate) mod entry;
pub(crate) mod explain;
pub(crate) mod export;
pub(super) mod fields;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod search;

use crate::reply::Instant;
use frontdesk_domain::ids::{EntryId, WidgetId};
use frontdesk_persistence::StoredEntry;
use frontdesk_transfer::Existing;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The entry as files hold it.
fn existing(entry: StoredEntry) -> Existing {
    Existing {
        id: entry.id,
        question: entry.question,
        answer: entry.answer,
        keywords: entry.keywords,
        category: entry.category,
        priority: entry.priority,
        is_active: entry.is_active,
        context: entry.context,
    }
}

// The formats of files.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it is how the OpenAPI document shows `Format`")]
pub(super) enum FileFormat {
    Csv,
    Json,
    Markdown,
    Html,
}

/// An entry; the names are the columns of `widget_knowledge_base`.
#[derive(Serialize, ToSchema)]
#[schema(as = Entry)]
pub(super) struct Row<'a> {
    #[schema(example = 1)]
    id: EntryId,
    #[schema(example = 1)]
    widget_id: WidgetId,
    #[schema(example = "Location")]
    category: Option<&'a str>,
    #[schema(example = "Is there parking?")]
    question: &'a str,
    #[schema(example = "Behind the building.")]
    answer: &'a str,
    #[schema(example = json!(["car"]))]
    keywords: &'a [String],
    /// The greater goes first among entries that fit equally.
    priority: i32,
    /// Any JSON, kept for whoever wrote it.
    context: Option<&'a Value>,
    /// Replies that the entry was.
    #[schema(example = 12)]
    times_used: i32,
    /// Votes on those replies.
    #[schema(example = 3)]
    helpful_count: i32,
    #[schema(example = 1)]
    not_helpful_count: i32,
    /// An inactive entry is no answer.
    is_active: bool,
    created_at: Option<Instant>,
    /// When an administrator changed it last.
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

//! An entry as an administrator sends it. What its fields may hold is said in `frontdesk_knowledge::limits`.

use crate::fields::{Faults, Fields, Read, boolean, document, int, text};
use frontdesk_knowledge::limits::{self, Fault};
use frontdesk_persistence::{EntryPatch, NewEntry};
use serde_json::Value;

/// Columns that the server alone writes. They may be sent, for a front end sends back the row that it got, and are
/// not looked at.
const OURS: [&str; 7] =
    ["id", "widget_id", "times_used", "helpful_count", "not_helpful_count", "created_at", "updated_at"];

/// A whole entry.
pub(super) fn entry(fields: Fields) -> Result<NewEntry, Faults> {
    entry_or(fields, None)
}

/// A whole entry; where it has no question, this one.
pub(in crate::handlers) fn entry_or(mut fields: Fields, question: Option<&str>) -> Result<NewEntry, Faults> {
    let read = |value| checked(&text(value)?, limits::question);
    let question = match question {
        None => fields.required("question", read),
        Some(own) => fields.read("question", read).or_else(|| Some(own.to_owned())),
    };
    let answer = fields.required("answer", |value| checked(&text(value)?, limits::answer));
    let keywords = fields.read("keywords", keywords).unwrap_or_default();
    let category = fields.read("category", category).flatten();
    let priority = fields.read("priority", |value| int(&value)).unwrap_or(0);
    let is_active = fields.read("is_active", |value| boolean(&value)).unwrap_or(true);
    let context = fields.read("context", document);
    leave_ours(&mut fields);
    let entry = question.zip(answer).map(|(question, answer)| NewEntry {
        question,
        answer,
        keywords,
        category,
        priority,
        is_active,
        context,
    });
    fields.finish(entry)
}

/// The columns of an entry that are to change. Null empties those that may be empty, and leaves the others alone.
pub(super) fn patch(mut fields: Fields) -> Result<EntryPatch, Faults> {
    let patch = EntryPatch {
        question: fields.read("question", |value| checked(&text(value)?, limits::question)),
        answer: fields.read("answer", |value| checked(&text(value)?, limits::answer)),
        keywords: fields.sent("keywords", keywords).map(Option::unwrap_or_default),
        category: fields.sent("category", category).map(Option::flatten),
        priority: fields.read("priority", |value| int(&value)),
        is_active: fields.read("is_active", |value| boolean(&value)),
        context: fields.sent("context", document),
    };
    leave_ours(&mut fields);
    fields.finish(Some(patch))
}

fn leave_ours(fields: &mut Fields) {
    for name in OURS {
        fields.take(name);
    }
}

fn checked<T>(text: &str, check: impl FnOnce(&str) -> Result<T, Fault>) -> Read<T> {
    check(text).map_err(|fault| fault.to_string())
}

fn category(value: Value) -> Read<Option<String>> {
    checked(&text(value)?, limits::category)
}

/// A list, or a text with commas.
fn keywords(value: Value) -> Read<Vec<String>> {
    match value {
        Value::Array(values) => {
            let texts = values.into_iter().map(text).collect::<Read<Vec<_>>>();
            let texts = texts.map_err(|_| "write a list of texts".to_owned())?;
            limits::keywords(&texts).map_err(|fault| fault.to_string())
        }
        Value::String(text) => checked(&text, limits::keyword_list),
        _ => Err("write a list of texts, or one text with commas".to_owned()),
    }
}

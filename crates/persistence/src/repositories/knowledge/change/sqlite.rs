//! Changes on SQLite: statements that are prepared once, row by row.

use super::{ChangeStore, EntryPatch, NewEntry, json};
use crate::repositories::knowledge::stored::StoredRow;
use crate::schema::{widget_configs as w, widget_knowledge_base as k};
use crate::statement::statement;
use crate::types::{Strings, UtcTime, sql};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Nullable, Text, Timestamp};
use diesel::sqlite::Sqlite;

statement! {
    Sqlite, Insert {
        widget: i32 => Integer, at: UtcTime => Timestamp, category: Option<String> => Nullable<Text>, question: String => Text,
        answer: String => Text, keywords: Strings => sql::Strings, priority: i32 => Integer, context: Option<String> => Nullable<Text>,
        active: bool => Bool,
    } -> Integer, "INSERT INTO widget_knowledge_base (widget_id, category, question, answer, keywords, priority, context, times_used,
        helpful_count, not_helpful_count, is_active, created_at, updated_at)
        VALUES ({widget}, {category}, {question}, {answer}, {keywords}, {priority}, {context}, 0, 0, 0, {active}, {at}, {at}) RETURNING id"
}

statement! {
    Sqlite, Update {
        at: UtcTime => Timestamp, id: i32 => Integer, question: Option<String> => Nullable<Text>, answer: Option<String> => Nullable<Text>,
        keywords: Option<String> => Nullable<Text>, priority: Option<i32> => Nullable<Integer>, active: Option<bool> => Nullable<Bool>,
        to_category: bool => Bool, category: Option<String> => Nullable<Text>, to_context: bool => Bool,
        context: Option<String> => Nullable<Text>,
    } -> Bool, "UPDATE widget_knowledge_base SET question = COALESCE({question}, question), answer = COALESCE({answer}, answer),
        keywords = COALESCE({keywords}, keywords), priority = COALESCE({priority}, priority), is_active = COALESCE({active}, is_active),
        category = CASE WHEN {to_category} THEN {category} ELSE category END,
        context = CASE WHEN {to_context} THEN {context} ELSE context END, updated_at = {at} WHERE id = {id}"
}

statement! {
    Sqlite, Delete { id: i32 => Integer } -> Bool, "DELETE FROM widget_knowledge_base WHERE id = {id}"
}

impl ChangeStore for SqliteConnection {
    fn lock_widget(&mut self, widget: i32) -> QueryResult<bool> {
        // The transaction is immediate: nobody else writes.
        diesel::select(diesel::dsl::exists(w::table.find(widget))).get_result(self)
    }

    fn lock_entries(&mut self, widget: i32, ids: &[i32]) -> QueryResult<Vec<i32>> {
        let mut own = Vec::with_capacity(ids.len());
        for id in ids {
            let entry = k::table.find(*id).filter(k::widget_id.eq(widget));
            own.extend(entry.select(k::id).first::<i32>(self).optional()?);
        }
        Ok(own)
    }

    fn base(&mut self, widget: i32) -> QueryResult<Vec<StoredRow>> {
        k::table.filter(k::widget_id.eq(widget)).order(k::id).select(StoredRow::as_select()).load(self)
    }

    fn insert(&mut self, widget: i32, entries: &[NewEntry], at: UtcTime) -> QueryResult<Vec<i32>> {
        let insert = |entry: &NewEntry| {
            let context = entry.context.as_ref().map(json).transpose()?;
            let row = Insert {
                widget,
                at,
                category: entry.category.clone(),
                question: entry.question.clone(),
                answer: entry.answer.clone(),
                keywords: Strings(entry.keywords.clone()),
                priority: entry.priority,
                context,
                active: entry.is_active,
            };
            row.get_result(self)
        };
        entries.iter().map(insert).collect()
    }

    fn update(&mut self, patches: &[(i32, EntryPatch)], at: UtcTime) -> QueryResult<()> {
        for (id, patch) in patches {
            let context = patch.context.as_ref().and_then(Option::as_ref);
            let row = Update {
                at,
                id: *id,
                question: patch.question.clone(),
                answer: patch.answer.clone(),
                keywords: patch.keywords.as_ref().map(json).transpose()?,
                priority: patch.priority,
                active: patch.is_active,
                to_category: patch.category.is_some(),
                category: patch.category.clone().flatten(),
                to_context: patch.context.is_some(),
                context: context.map(json).transpose()?,
            };
            row.execute(self)?;
        }
        Ok(())
    }

    fn delete(&mut self, ids: &[i32]) -> QueryResult<()> {
        for id in ids {
            Delete { id: *id }.execute(self)?;
        }
        Ok(())
    }
}

//! Changes on PostgreSQL: a statement over arrays for each kind of step.
//!
//! Lists of keywords travel as JSON, for an array of arrays has to be a rectangle.

use super::{ChangeStore, EntryPatch, NewEntry, json};
use crate::ledger::LedgerStore;
use crate::repositories::knowledge::stored::StoredRow;
use crate::schema::{widget_configs as w, widget_knowledge_base as k};
use crate::statement::statement;
use crate::types::UtcTime;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Text, Timestamp};

statement! {
    Pg, Insert {
        widget: i32 => Integer, at: UtcTime => Timestamp,
        category: Vec<Option<String>> => Array<Nullable<Text>>, question: Vec<String> => Array<Text>,
        answer: Vec<String> => Array<Text>, keywords: Vec<String> => Array<Text>, priority: Vec<i32> => Array<Integer>,
        context: Vec<Option<String>> => Array<Nullable<Text>>, active: Vec<bool> => Array<Bool>,
    } -> Integer, r"
INSERT INTO widget_knowledge_base (widget_id, category, question, answer, keywords, priority, context, times_used, helpful_count,
  not_helpful_count, is_active, created_at, updated_at)
SELECT {widget}, e.category, e.question, e.answer, ARRAY(SELECT jsonb_array_elements_text(e.keywords::jsonb)), e.priority,
  e.context::jsonb, 0, 0, 0, e.active, {at}, {at}
FROM unnest({category}, {question}, {answer}, {keywords}, {priority}, {context}, {active}) WITH ORDINALITY
  AS e (category, question, answer, keywords, priority, context, active, ord)
ORDER BY e.ord RETURNING id"
}

statement! {
    Pg, Update {
        at: UtcTime => Timestamp, id: Vec<i32> => Array<Integer>,
        question: Vec<Option<String>> => Array<Nullable<Text>>, answer: Vec<Option<String>> => Array<Nullable<Text>>,
        keywords: Vec<Option<String>> => Array<Nullable<Text>>, priority: Vec<Option<i32>> => Array<Nullable<Integer>>,
        active: Vec<Option<bool>> => Array<Nullable<Bool>>,
        to_category: Vec<bool> => Array<Bool>, category: Vec<Option<String>> => Array<Nullable<Text>>,
        to_context: Vec<bool> => Array<Bool>, context: Vec<Option<String>> => Array<Nullable<Text>>,
    } -> Bool, r"
UPDATE widget_knowledge_base k SET question = COALESCE(p.question, k.question), answer = COALESCE(p.answer, k.answer),
  keywords = CASE WHEN p.keywords IS NULL THEN k.keywords ELSE ARRAY(SELECT jsonb_array_elements_text(p.keywords::jsonb)) END,
  priority = COALESCE(p.priority, k.priority), is_active = COALESCE(p.active, k.is_active),
  category = CASE WHEN p.to_category THEN p.category ELSE k.category END,
  context = CASE WHEN p.to_context THEN p.context::jsonb ELSE k.context END, updated_at = {at}
FROM unnest({id}, {question}, {answer}, {keywords}, {priority}, {active}, {to_category}, {category}, {to_context}, {context})
  AS p (id, question, answer, keywords, priority, active, to_category, category, to_context, context)
WHERE k.id = ANY (ARRAY[p.id])"
}

impl ChangeStore for PgConnection {
    fn lock_widget(&mut self, widget: i32) -> QueryResult<bool> {
        // An administrator hears soon that someone else holds a lock.
        self.wait_briefly()?;
        // The lock that the version's trigger takes: visitors' new conversations need not wait for it.
        let found: Option<i32> =
            w::table.find(widget).select(w::id).for_no_key_update().first(self).optional()?;
        Ok(found.is_some())
    }

    fn lock_entries(&mut self, widget: i32, ids: &[i32]) -> QueryResult<Vec<i32>> {
        let own = k::table.filter(k::id.eq_any(ids)).filter(k::widget_id.eq(widget));
        // Replies may go on to name the entries.
        own.order(k::id).select(k::id).for_no_key_update().load(self)
    }

    fn base(&mut self, widget: i32) -> QueryResult<Vec<StoredRow>> {
        k::table.filter(k::widget_id.eq(widget)).order(k::id).select(StoredRow::as_select()).load(self)
    }

    fn insert(&mut self, widget: i32, entries: &[NewEntry], at: UtcTime) -> QueryResult<Vec<i32>> {
        let mut ids: Vec<i32> = Insert {
            widget,
            at,
            category: column(entries, |entry| entry.category.clone()),
            question: column(entries, |entry| entry.question.clone()),
            answer: column(entries, |entry| entry.answer.clone()),
            keywords: entries.iter().map(|entry| json(&entry.keywords)).collect::<QueryResult<_>>()?,
            priority: column(entries, |entry| entry.priority),
            context: entries
                .iter()
                .map(|entry| entry.context.as_ref().map(json).transpose())
                .collect::<QueryResult<_>>()?,
            active: column(entries, |entry| entry.is_active),
        }
        .load(self)?;
        // Given out in the entries' order, but nobody promises that they are returned in it.
        ids.sort_unstable();
        Ok(ids)
    }

    fn update(&mut self, patches: &[(i32, EntryPatch)], at: UtcTime) -> QueryResult<()> {
        let keywords = |(_, patch): &(i32, EntryPatch)| patch.keywords.as_ref().map(json).transpose();
        let context = |(_, patch): &(i32, EntryPatch)| {
            patch.context.as_ref().and_then(Option::as_ref).map(json).transpose()
        };
        Update {
            at,
            id: column(patches, |(id, _)| *id),
            question: column(patches, |(_, patch)| patch.question.clone()),
            answer: column(patches, |(_, patch)| patch.answer.clone()),
            keywords: patches.iter().map(keywords).collect::<QueryResult<_>>()?,
            priority: column(patches, |(_, patch)| patch.priority),
            active: column(patches, |(_, patch)| patch.is_active),
            to_category: column(patches, |(_, patch)| patch.category.is_some()),
            category: column(patches, |(_, patch)| patch.category.clone().flatten()),
            to_context: column(patches, |(_, patch)| patch.context.is_some()),
            context: patches.iter().map(context).collect::<QueryResult<_>>()?,
        }
        .execute(self)?;
        Ok(())
    }

    fn delete(&mut self, ids: &[i32]) -> QueryResult<()> {
        diesel::delete(k::table.filter(k::id.eq_any(ids))).execute(self)?;
        Ok(())
    }
}

fn column<T, U>(rows: &[T], value: impl Fn(&T) -> U) -> Vec<U> {
    rows.iter().map(value).collect()
}

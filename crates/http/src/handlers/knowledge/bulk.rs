//! Many entries at once: what is valid is stored in one transaction, and each entry hears what became of it.

use super::draft;
use super::fields::EntryFields;
use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, boolean, sentence};
use crate::handlers::admin_widget;
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::question_key;
use frontdesk_persistence::{KnowledgeChange, NewEntry, StoredEntry};
use serde::Serialize;
use serde_json::Value;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use utoipa::ToSchema;

/// Entries in one request.
const MAX_ENTRIES: usize = 50_000;

struct Sent {
    entries: Vec<Value>,
    skip_duplicates: bool,
}

/// An entry, or what will be reported as none.
#[derive(ToSchema)]
#[schema(as = BulkNewEntry)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows the body")]
enum BulkEntryFields {
    Entry(EntryFields),
    Other(Value),
}

/// Many entries. One that cannot be taken is reported, and the others are stored.
#[derive(ToSchema)]
#[schema(as = NewEntries)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows the body")]
#[expect(non_snake_case, reason = "so front ends know it")]
struct BulkFields {
    #[schema(max_items = 50_000)]
    entries: Vec<BulkEntryFields>,
    /// Leave out entries whose question the widget or the list has already.
    #[schema(example = true)]
    skipDuplicates: Option<bool>,
}

fn sent(mut fields: Fields) -> Result<Sent, Faults> {
    let entries = fields.required("entries", list);
    let skip_duplicates = fields.read("skipDuplicates", |value| boolean(&value)).unwrap_or(false);
    fields.finish(entries.map(|entries| Sent { entries, skip_duplicates }))
}

fn list(value: Value) -> Read<Vec<Value>> {
    match value {
        Value::Array(entries) if entries.len() > MAX_ENTRIES => {
            Err(format!("there are {}, send at most {MAX_ENTRIES} at once", entries.len()))
        }
        Value::Array(entries) => Ok(entries),
        _ => Err("write a list of entries".to_owned()),
    }
}

/// What became of an entry.
enum Outcome {
    Inserted,
    /// The same question was there.
    Known(EntryId),
    /// The same question stands at this index of the request.
    Repeated(usize),
    Refused(Faults),
}

#[derive(Default, Serialize, ToSchema)]
#[schema(as = BulkSummary)]
struct Summary {
    #[schema(example = 1)]
    total: usize,
    #[schema(example = 1)]
    inserted: usize,
    skipped: usize,
    errors: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = BulkEntry)]
struct Report {
    /// Its place in the request, from 0.
    index: usize,
    /// `inserted`, `skipped` or `error`.
    #[schema(example = "inserted")]
    status: &'static str,
    /// The new entry's, or that of the entry with the same question.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 14)]
    id: Option<EntryId>,
    /// Why it was not inserted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = BulkReport)]
struct Reports {
    summary: Summary,
    /// In the order of the request.
    entries: Vec<Report>,
}

/// Stores many entries. With `skipDuplicates`, questions that the base or the request has already are left out.
#[utoipa::path(
    post,
    path = "/widgets/{widget}/knowledge/bulk",
    request_body = BulkFields,
    responses((status = 200, description = "What became of each entry.", body = Reports)),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn create_entries(
    state: Data<State>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let Sent { entries, skip_duplicates } = sent(body.fields()?).map_err(BodyError::from)?;
    let drafts: Vec<_> = entries.into_iter().map(draft).collect();
    let (ids, outcomes) = if skip_duplicates {
        let decide = move |base: Vec<StoredEntry>| without_duplicates(&base, drafts);
        state.database.revise_knowledge(widget, decide, state.now()).await?
    } else {
        let (changes, outcomes) = all(drafts);
        (state.database.change_knowledge(widget, changes, state.now()).await?, outcomes)
    };
    reply::ok(&Reports::new(outcomes, ids))
}

type Draft = Result<NewEntry, Faults>;

fn draft(value: Value) -> Draft {
    let fields = Fields::of(value).map_err(|fault| Faults::from([("entry".to_owned(), fault)]))?;
    draft::entry(fields)
}

fn all(drafts: Vec<Draft>) -> (Vec<KnowledgeChange>, Vec<Outcome>) {
    let mut changes = Vec::with_capacity(drafts.len());
    let outcomes = drafts.into_iter().map(|draft| match draft {
        Ok(entry) => {
            changes.push(KnowledgeChange::Insert(entry));
            Outcome::Inserted
        }
        Err(faults) => Outcome::Refused(faults),
    });
    let outcomes = outcomes.collect();
    (changes, outcomes)
}

fn without_duplicates(base: &[StoredEntry], drafts: Vec<Draft>) -> (Vec<KnowledgeChange>, Vec<Outcome>) {
    let mut known: HashMap<String, Outcome> = HashMap::with_capacity(base.len() + drafts.len());
    // Of several entries with one question the first is named.
    for entry in base.iter().rev() {
        known.insert(question_key(&entry.question), Outcome::Known(entry.id));
    }
    let mut changes = Vec::with_capacity(drafts.len());
    let mut outcomes = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.into_iter().enumerate() {
        outcomes.push(match draft {
            Err(faults) => Outcome::Refused(faults),
            Ok(entry) => match known.entry(question_key(&entry.question)) {
                Entry::Occupied(first) => match first.get() {
                    Outcome::Known(id) => Outcome::Known(*id),
                    Outcome::Repeated(first) => Outcome::Repeated(*first),
                    Outcome::Inserted | Outcome::Refused(_) => Outcome::Repeated(index),
                },
                Entry::Vacant(first) => {
                    first.insert(Outcome::Repeated(index));
                    changes.push(KnowledgeChange::Insert(entry));
                    Outcome::Inserted
                }
            },
        });
    }
    (changes, outcomes)
}

impl Reports {
    /// `ids` are those of the inserted entries, in their order.
    fn new(outcomes: Vec<Outcome>, ids: Vec<EntryId>) -> Self {
        let mut ids = ids.into_iter();
        let mut summary = Summary { total: outcomes.len(), ..Summary::default() };
        let report = |(index, outcome)| {
            let (count, status, id, reason) = match outcome {
                Outcome::Inserted => (&mut summary.inserted, "inserted", ids.next(), None),
                Outcome::Known(id) => {
                    let reason = format!("entry {id} has the same question");
                    (&mut summary.skipped, "skipped", Some(id), Some(reason))
                }
                Outcome::Repeated(first) => {
                    let reason = format!("the entry at index {first} has the same question");
                    (&mut summary.skipped, "skipped", None, Some(reason))
                }
                Outcome::Refused(faults) => (&mut summary.errors, "error", None, Some(sentence(&faults))),
            };
            *count += 1;
            Report { index, status, id, reason }
        };
        let entries = outcomes.into_iter().enumerate().map(report).collect();
        Self { summary, entries }
    }
}

//! Entries that ask the same, in the same words or in others.

use crate::error::ApiError;
use crate::handlers::admin_widget;
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, block};
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, Index, NEAR_DUPLICATE};
use frontdesk_persistence::StoredEntry;
use serde::Serialize;
use utoipa::ToSchema;

/// Pairs that an answer lists, the most alike first.
const MAX_LISTED: usize = 1_000;
/// Entries that are compared with all others, the newest; in a larger base older ones are compared with them alone.
const MAX_COMPARED: usize = 5_000;
/// Others that an entry may be like.
const MOST_ALIKE: usize = 6;

#[derive(Serialize, ToSchema)]
#[schema(as = DuplicatePair)]
struct Pair {
    /// The older entry.
    id: EntryId,
    question: String,
    duplicate_id: EntryId,
    duplicate_question: String,
    /// 0 to 1; 1 for the same question.
    likeness: f64,
    same_answer: bool,
}

#[derive(Serialize, ToSchema)]
struct Duplicates {
    #[serde(rename = "duplicates")]
    pairs: Vec<Pair>,
    /// How many more there are.
    pairs_omitted: usize,
    /// Entries that were compared with all: the newest 5,000.
    compared: usize,
    entries: usize,
}

/// Pairs of entries whose questions are the same or much alike.
#[utoipa::path(
    get,
    path = "/widgets/{widget}/knowledge/duplicates",
    responses((status = 200, description = "The pairs, the most alike first.", body = Duplicates)),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn list_duplicates(state: Data<State>, id: Path<String>) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let entries = state.database.knowledge_base(widget).await?;
    reply::ok(&block(move || duplicates(&entries)).await?)
}

fn duplicates(entries: &[StoredEntry]) -> Duplicates {
    let index = Index::build(entries.iter().map(questions_alone).collect(), None);
    let compared = entries.len().min(MAX_COMPARED);
    let mut pairs: Vec<Pair> = Vec::new();
    for entry in &entries[entries.len() - compared..] {
        for like in index.similar(&entry.question, MOST_ALIKE) {
            let other = like.entry.id;
            if like.likeness >= NEAR_DUPLICATE && other < entry.id {
                pairs.extend(pair(entries, other, entry, like.likeness));
            }
        }
    }
    pairs.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then(a.id.cmp(&b.id)));
    let pairs_omitted = pairs.len().saturating_sub(MAX_LISTED);
    pairs.truncate(MAX_LISTED);
    Duplicates { pairs, pairs_omitted, compared, entries: entries.len() }
}

/// An entry's question; no two have the same answer here, which would count as one.
fn questions_alone(entry: &StoredEntry) -> Entry {
    Entry {
        id: entry.id,
        question: entry.question.clone(),
        answer: entry.id.to_string(),
        keywords: Vec::new(),
        category: None,
        priority: 0,
    }
}

fn pair(entries: &[StoredEntry], older: EntryId, newer: &StoredEntry, likeness: f64) -> Option<Pair> {
    let at = entries.binary_search_by_key(&older, |entry| entry.id).ok()?;
    let older = &entries[at];
    Some(Pair {
        id: older.id,
        question: older.question.clone(),
        duplicate_id: newer.id,
        duplicate_question: newer.question.clone(),
        likeness: (likeness * 100.0).round() / 100.0,
        same_answer: older.answer.trim() == newer.answer.trim(),
    })
}

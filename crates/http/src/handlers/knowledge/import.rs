//! A file into a knowledge base: first as a preview, then for real, in one transaction.

use super::fields::EntryFields;
use super::{FileFormat, existing};
use crate::body::FileBody;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, text};
use crate::handlers::admin_widget;
use crate::query::Parameters;
use crate::reply;
use crate::state::State;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Data, Path, block};
use actix_web::{HttpRequest, HttpResponse};
use frontdesk_domain::ids::EntryId;
use frontdesk_persistence::{EntryPatch, KnowledgeChange, NewEntry, StoredEntry};
use frontdesk_transfer::{
    Change, Existing, Format, Item, Plan, PlannedRow, Row, Status, compare, plan, read,
};
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use utoipa::ToSchema;

/// Rows that an answer lists; those that need a look come first.
const MAX_LISTED: usize = 1_000;

/// How a file is to be imported.
struct Wanted {
    format: Option<Format>,
    preview: bool,
    skip_duplicates: bool,
    skip_invalid: bool,
}

fn wanted(mut fields: Fields) -> Result<Wanted, Faults> {
    let format =
        fields.read("format", |value| text(value)?.parse::<Format>().map_err(|error| error.to_string()));
    let mut flag = |name| {
        let read = |value| text(value)?.parse().map_err(|_| "write true or false".to_owned());
        fields.read(name, read).unwrap_or(false)
    };
    let (preview, skip_duplicates, skip_invalid) =
        (flag("preview"), flag("skip_duplicates"), flag("skip_invalid"));
    fields.finish(Some(Wanted { format, preview, skip_duplicates, skip_invalid }))
}

#[derive(Default, Serialize, ToSchema)]
#[schema(as = ImportSummary)]
struct Summary {
    #[schema(example = 1)]
    total: usize,
    #[schema(example = 1)]
    new: usize,
    changed: usize,
    unchanged: usize,
    duplicate: usize,
    invalid: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ImportLike)]
struct LikeReport {
    /// Of the entry that has the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 1)]
    id: Option<EntryId>,
    /// Of the row that has the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    line: Option<u64>,
    #[schema(example = "What are your opening hours?")]
    question: String,
    #[schema(minimum = 0, maximum = 1, example = 0.95)]
    likeness: f64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ImportRow)]
struct RowReport {
    /// The line of the file on which the entry begins, from 1.
    #[schema(example = 2)]
    line: u64,
    /// `new`, `changed`, `unchanged`, `duplicate` (left out) or `invalid` (left out).
    #[schema(example = "new")]
    status: &'static str,
    #[schema(example = "What are your openning hours?")]
    question: String,
    /// The entry that the row belongs to; of a new row after the import.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 31)]
    id: Option<EntryId>,
    /// Of a changed entry: the fields that change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<&'static str>,
    /// Of a changed entry that asked something else: its question before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "When are you open?")]
    question_before: Option<String>,
    /// The row's id, where that is of no entry of this widget: it was looked for by its question.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    unknown_id: Option<EntryId>,
    /// Of a new row: a question that is much like its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    like: Option<LikeReport>,
    /// Why it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ImportReport)]
struct Report {
    preview: bool,
    summary: Summary,
    /// Whether new questions were compared with others in other words.
    compared: bool,
    /// At most 1,000, in the order of the file; those with a `reason`, a `like` or a `question_before` come before others.
    rows: Vec<RowReport>,
    /// How many rows are not listed.
    rows_omitted: usize,
}

/// Imports a file, or says what importing it would do.
#[utoipa::path(
    post,
    path = "/widgets/{widget}/knowledge/import",
    params(
        ("format" = inline(Option<FileFormat>), Query, description = "What the file is; without it its `Content-Type` says so."),
        ("preview" = Option<bool>, Query, description = "Say what an import would do, and change nothing."),
        ("skip_duplicates" = Option<bool>, Query, description = "Leave out new questions that are much like others."),
        ("skip_invalid" = Option<bool>, Query, description = "Import the other rows of a file that has invalid ones."),
    ),
    request_body(
        description = "The file: of at most 32 MB, a page of at most 5 MB.",
        content(
            (String = "text/csv", example = "question,answer\nIs there parking?,Behind the building.\n"),
            (String = "text/markdown"),
            (String = "text/html"),
            (Vec<EntryFields> = "application/json"),
        ),
    ),
    responses((status = 200, description = "What became of each row, or would.", body = Report)),
    extensions(("x-error-codes" = json!([
        "widget_not_found", "unknown_file_format", "invalid_file", "invalid_rows",
    ]))),
)]
pub(crate) async fn import_entries(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
    request: HttpRequest,
    file: FileBody,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let wanted = wanted(parameters.fields()).map_err(BodyError::from)?;
    let labelled = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let format = wanted.format.or_else(|| Format::of_media_type(labelled?)).ok_or(ApiError::FileFormat)?;
    // One file at a time is in memory: the place is given up when this call ends.
    let FileBody { bytes, place: _place } = file;
    let rows = block(move || read(&bytes, format)).await??;
    let base = state.database.knowledge_base(widget).await?;
    let skip_duplicates = wanted.skip_duplicates;
    let invalid = rows.iter().filter(|row| row.item.is_err()).count();
    let fault = first_fault(&rows).filter(|_| !wanted.preview && !wanted.skip_invalid);
    if let Some(first) = fault {
        return Err(ApiError::InvalidRows { invalid, first });
    }
    let (rows, compared) = block(move || {
        let compared = compared(base, &rows);
        (rows, compared)
    })
    .await?;
    if wanted.preview {
        let plan = without_likes(compared, skip_duplicates);
        return reply::ok(&Report::new(true, plan, &BTreeMap::new()));
    }
    // Comparing takes long: it was done before the base is locked, and its findings are put into the plan that holds.
    let decide = move |base: Vec<StoredEntry>| {
        let mut plan = plan(&existing_of(base), &rows);
        plan.compared = compared.compared;
        for (row, before) in plan.rows.iter_mut().zip(compared.rows) {
            row.like = before.like.filter(|_| row.status == Status::New);
        }
        let mut plan = without_likes(plan, skip_duplicates);
        let steps = std::mem::take(&mut plan.changes);
        let made: Vec<usize> =
            steps.iter().filter(|(_, change)| *change == Change::Insert).map(|(row, _)| *row).collect();
        (carried_out(steps, rows), (plan, made))
    };
    let (ids, (plan, made)) = state.database.revise_knowledge(widget, decide, state.now()).await?;
    reply::ok(&Report::new(false, plan, &made.into_iter().zip(ids).collect()))
}

fn first_fault(rows: &[Row]) -> Option<String> {
    let fault = |row: &Row| row.item.as_ref().err().map(|reason| format!("line {}: {reason}", row.line));
    rows.iter().find_map(fault)
}

fn existing_of(base: Vec<StoredEntry>) -> Vec<Existing> {
    base.into_iter().map(existing).collect()
}

/// The plan, with what its new questions are like.
fn compared(base: Vec<StoredEntry>, rows: &[Row]) -> Plan {
    let existing = existing_of(base);
    let mut plan = plan(&existing, rows);
    compare(&existing, &mut plan);
    plan
}

/// With `skip_duplicates` new questions that are much like others are left out of the plan.
fn without_likes(mut plan: Plan, skip_duplicates: bool) -> Plan {
    if skip_duplicates {
        let like: HashSet<usize> = (0..plan.rows.len()).filter(|&at| plan.rows[at].like.is_some()).collect();
        plan.changes.retain(|(row, _)| !like.contains(row));
    }
    plan
}

/// The steps with what their rows hold.
fn carried_out(steps: Vec<(usize, Change)>, rows: Vec<Row>) -> Vec<KnowledgeChange> {
    let mut steps = steps.into_iter().peekable();
    let step = |(number, row): (usize, Row)| {
        let (_, change) = steps.next_if(|(of, _)| *of == number)?;
        // A row that is a step has an item.
        let item = row.item.ok()?;
        Some(match change {
            Change::Insert => KnowledgeChange::Insert(entry(item)),
            Change::Update(id) => KnowledgeChange::Update(id, patch(item)),
        })
    };
    rows.into_iter().enumerate().filter_map(step).collect()
}

fn entry(item: Item) -> NewEntry {
    NewEntry {
        question: item.question,
        answer: item.answer,
        keywords: item.keywords.unwrap_or_default(),
        category: item.category.flatten(),
        priority: item.priority.unwrap_or(0),
        is_active: item.is_active.unwrap_or(true),
        context: item.context.flatten(),
    }
}

fn patch(item: Item) -> EntryPatch {
    EntryPatch {
        question: Some(item.question),
        answer: Some(item.answer),
        keywords: item.keywords,
        category: item.category,
        priority: item.priority,
        is_active: item.is_active,
        context: item.context,
    }
}

impl Report {
    /// `made` are the new entries by the numbers of their rows.
    fn new(preview: bool, plan: Plan, made: &BTreeMap<usize, EntryId>) -> Self {
        let imported: HashSet<usize> = plan.changes.iter().map(|(row, _)| *row).collect();
        let mut summary = Summary { total: plan.rows.len(), ..Summary::default() };
        let rows: Vec<RowReport> = plan
            .rows
            .into_iter()
            .enumerate()
            .map(|(number, row)| {
                let is_left_out =
                    if preview { !imported.contains(&number) } else { !made.contains_key(&number) };
                RowReport::new(row, made.get(&number).copied(), is_left_out, &mut summary)
            })
            .collect();
        let rows_omitted = rows.len().saturating_sub(MAX_LISTED);
        let mut rows = rows;
        if rows_omitted > 0 {
            rows.sort_by_key(|row| {
                row.reason.is_none() && row.like.is_none() && row.question_before.is_none()
            });
            rows.truncate(MAX_LISTED);
            rows.sort_by_key(|row| row.line);
        }
        Self { preview, summary, compared: plan.compared, rows, rows_omitted }
    }
}

impl RowReport {
    fn new(row: PlannedRow, made: Option<EntryId>, is_left_out: bool, summary: &mut Summary) -> Self {
        let like = row.like.map(|like| LikeReport {
            id: like.id,
            line: like.line,
            question: like.question,
            likeness: (like.likeness * 100.0).round() / 100.0,
        });
        let mut question_before = None;
        let (count, status, id, fields, reason) = match row.status {
            Status::New if like.is_some() && is_left_out => {
                let reason = "it is much like another question and was left out (skip_duplicates)".to_owned();
                (&mut summary.duplicate, "duplicate", None, Vec::new(), Some(reason))
            }
            Status::New => (&mut summary.new, "new", made, Vec::new(), None),
            Status::Changed { id, fields, was } => {
                question_before = was;
                (&mut summary.changed, "changed", Some(id), fields, None)
            }
            Status::Unchanged { id } => (&mut summary.unchanged, "unchanged", Some(id), Vec::new(), None),
            Status::Duplicate { line } => {
                let reason = format!("line {line} has the same question or id");
                (&mut summary.duplicate, "duplicate", None, Vec::new(), Some(reason))
            }
            Status::Invalid { reason } => (&mut summary.invalid, "invalid", None, Vec::new(), Some(reason)),
        };
        *count += 1;
        Self {
            line: row.line,
            status,
            question: row.question,
            id,
            fields,
            question_before,
            unknown_id: row.unknown_id,
            like,
            reason,
        }
    }
}

//! A widget's conversations, for those who answer them.

use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, text};
use crate::handlers::admin_widget;
use crate::parameters::{limit, offset, part, yes_or_no};
use crate::query::Parameters;
use crate::reply::{self, Instant};
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::PublicConversationId;
use frontdesk_persistence::{InboxFilter, StoredConversation};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Conversations on a page, where no number is given, and at most.
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 200;

/// A conversation; the names are the columns of `widget_conversations`, but for the id, which is the public one.
#[derive(Serialize, ToSchema)]
#[schema(as = InboxConversation)]
pub(super) struct Row<'a> {
    id: PublicConversationId,
    /// The same.
    conversation_id: PublicConversationId,
    #[schema(example = "session-4f1c9a")]
    session_id: &'a str,
    #[schema(example = "visitor-4f1c9a")]
    visitor_session_id: Option<&'a str>,
    #[schema(example = "Ada Lovelace")]
    visitor_name: Option<&'a str>,
    #[schema(example = "ada@example.com")]
    visitor_email: Option<&'a str>,
    #[schema(example = "+1 555 0100")]
    visitor_phone: Option<&'a str>,
    #[schema(example = "203.0.113.7")]
    ip_address: Option<&'a str>,
    #[schema(example = "Mozilla/5.0")]
    user_agent: Option<&'a str>,
    #[schema(example = "https://search.example/?q=dentist")]
    referrer_url: Option<&'a str>,
    #[schema(example = "https://shop.example/contact")]
    page_url: Option<&'a str>,
    #[schema(example = true)]
    lead_captured: bool,
    /// Written by another module.
    #[schema(example = json!(null))]
    lead_id: Option<i32>,
    #[schema(example = "callback")]
    handoff_type: Option<&'a str>,
    handoff_details: Option<&'a Value>,
    /// `active`, `completed`, `closed`, `ended`, `inactive` or `abandoned`.
    #[schema(example = "active")]
    status: &'a str,
    started_at: Option<Instant>,
    ended_at: Option<Instant>,
    closed_at: Option<Instant>,
    #[schema(example = json!(null))]
    close_reason: Option<&'a str>,
    #[schema(example = 2)]
    message_count: i32,
    #[schema(example = 1)]
    bot_response_count: i32,
    #[schema(example = 0)]
    human_response_count: i32,
    #[schema(example = json!(null))]
    satisfaction_rating: Option<i32>,
    #[schema(example = false)]
    intro_completed: bool,
    intro_data: Option<&'a Value>,
    #[schema(example = "Behind the building.")]
    last_message: Option<&'a str>,
    last_message_at: Option<Instant>,
    last_activity_at: Option<Instant>,
    /// Whether a person answers in the bot's place.
    #[schema(example = false)]
    agent_handoff: bool,
    created_at: Option<Instant>,
    updated_at: Option<Instant>,
}

impl<'a> From<&'a StoredConversation> for Row<'a> {
    fn from(stored: &'a StoredConversation) -> Self {
        Self {
            id: stored.id,
            conversation_id: stored.id,
            session_id: &stored.session_id,
            visitor_session_id: stored.visitor_session_id.as_deref(),
            visitor_name: stored.visitor_name.as_deref(),
            visitor_email: stored.visitor_email.as_deref(),
            visitor_phone: stored.visitor_phone.as_deref(),
            ip_address: stored.ip_address.as_deref(),
            user_agent: stored.user_agent.as_deref(),
            referrer_url: stored.referrer_url.as_deref(),
            page_url: stored.page_url.as_deref(),
            lead_captured: stored.lead_captured,
            lead_id: stored.lead_id,
            handoff_type: stored.handoff_type.as_deref(),
            handoff_details: stored.handoff_details.as_ref(),
            status: &stored.status,
            started_at: stored.started_at.map(Instant),
            ended_at: stored.ended_at.map(Instant),
            closed_at: stored.closed_at.map(Instant),
            close_reason: stored.close_reason.as_deref(),
            message_count: stored.message_count,
            bot_response_count: stored.bot_response_count,
            human_response_count: stored.human_response_count,
            satisfaction_rating: stored.satisfaction_rating,
            intro_completed: stored.intro_completed,
            intro_data: stored.intro_data.as_ref(),
            last_message: stored.last_message.as_deref(),
            last_message_at: stored.last_message_at.map(Instant),
            last_activity_at: stored.last_activity_at.map(Instant),
            agent_handoff: stored.agent_handoff,
            created_at: stored.created_at.map(Instant),
            updated_at: stored.updated_at.map(Instant),
        }
    }
}

/// Which conversations are wanted.
struct Wanted {
    filter: InboxFilter,
    limit: u32,
    offset: u32,
}

/// The parameters; others are ignored.
fn wanted(mut fields: Fields) -> Result<Wanted, Faults> {
    let filter = InboxFilter {
        status: fields.read("status", part),
        lead_captured: fields.read("lead_captured", yes_or_no),
        search: fields.read("search", part),
        before: fields.read("before", public_id),
    };
    let (limit, offset) = (limit(&mut fields, PAGE, MAX_PAGE), offset(&mut fields));
    fields.ignore_others();
    fields.finish(Some(Wanted { filter, limit, offset }))
}

fn public_id(value: Value) -> Read<PublicConversationId> {
    let id: Option<i64> = text(value)?.trim().parse().ok();
    let id = id.filter(|id| (0..=PublicConversationId::MAX.get()).contains(id));
    id.map(PublicConversationId::new).ok_or_else(|| "write the id of a conversation".to_owned())
}

/// A widget's conversations, the newest first, a page at a time.
#[utoipa::path(
    get,
    path = "/widgets/{widget}/conversations",
    params(
        ("limit" = Option<i32>, Query, description = "At most so many; without it 50.", minimum = 1, maximum = 200),
        ("offset" = Option<i32>, Query, description = "After so many.", minimum = 0),
        ("status" = Option<String>, Query, description = "Only those with this status.", max_length = 200, example = "active"),
        ("lead_captured" = Option<bool>, Query, description = "Only those whose visitors left contact details, or did not."),
        ("search" = Option<String>, Query, description = "A part of the visitor's name, e-mail address, phone number or last message, in any case.", max_length = 200),
        ("before" = Option<i64>, Query, description = "The id of a conversation: only those that were opened before it.", minimum = 0, maximum = 9_007_199_254_740_991_i64),
    ),
    responses((
        status = 200,
        description = "The newest first.",
        body = Vec<Row>,
        headers(
            ("X-Total-Count" = i64, description = "How many there are on all pages, at most 10,000."),
            ("X-Total-Capped" = bool, description = "`true` where there are more than that; else there is no such header."),
        ),
    )),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn list_conversations(
    state: Data<State>,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let Wanted { filter, limit, offset } = wanted(parameters.fields()).map_err(BodyError::from)?;
    let page = state.database.inbox(widget, filter, (limit, offset), state.desk.new_ids()).await?;
    let rows: Vec<Row> = page.conversations.iter().map(Row::from).collect();
    if page.is_capped { reply::capped_page(&rows, page.total) } else { reply::page(&rows, page.total) }
}

//! What visitors think of replies.

use super::widget_key;
use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::reply::{self, Done};
use crate::state::State;
use crate::text::{MessageNumber, Text, sent};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_persistence::Vote;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
#[expect(clippy::option_option, reason = "the outer one is whether it was sent, the inner one null")]
#[schema(as = Feedback)]
struct FeedbackFields {
    /// The reply's, from the message call.
    #[schema(required, nullable = false)]
    message_id: Option<MessageNumber>,
    /// Null takes the vote back; left out, it stays.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<bool>, example = true)]
    was_helpful: Option<Option<bool>>,
    /// Null or blank removes it; left out, it stays.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>, max_length = 2000, example = "Just what I wanted.")]
    feedback_text: Option<Option<Text<2_000>>>,
}

impl From<FeedbackFields> for Vote {
    fn from(fields: FeedbackFields) -> Self {
        let words = |text: Text<2_000>| Some(text.0).filter(|text| !text.trim().is_empty());
        Self { was_helpful: fields.was_helpful, text: fields.feedback_text.map(|text| text.and_then(words)) }
    }
}

/// Stores a vote on a reply of the widget's bot.
#[utoipa::path(
    post,
    path = "/public/widget/{key}/feedback",
    request_body = FeedbackFields,
    responses((status = 200, description = "The vote is stored.", body = Done)),
    extensions(("x-error-codes" = json!(["widget_not_found", "message_not_found"]))),
)]
pub(crate) async fn give_feedback(
    state: Data<State>,
    key: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let fields: FeedbackFields = body.read()?;
    let message = fields.message_id.ok_or_else(|| BodyError::Field {
        field: "message_id".to_owned(),
        problem: "it is missing, send the one that came with the reply".to_owned(),
    })?;
    let widget = state.desk.widget(widget_key(&key)?).await?;
    let message = message.0.ok_or(ApiError::MessageNotFound)?;
    let stored = state.database.vote(widget.id, message, fields.into()).await?;
    stored.ok_or(ApiError::MessageNotFound)?;
    reply::done()
}

//! A webhook as an administrator sends it.

use crate::fields::{Faults, Fields, Read, boolean, text};
use frontdesk_persistence::EventKind;
use frontdesk_webhooks::TargetError;
use serde_json::Value;
use utoipa::ToSchema;

/// A whole webhook.
pub(super) struct Draft {
    pub(super) url: String,
    pub(super) events: Vec<EventKind>,
    pub(super) is_active: bool,
}

/// What is to change.
pub(super) struct Patch {
    pub(super) url: Option<String>,
    pub(super) events: Option<Vec<EventKind>>,
    pub(super) is_active: Option<bool>,
    pub(super) rotate_secret: bool,
}

type Check<E> = Result<(), E>;

/// A new webhook, as it is sent: what [`webhook`] reads.
#[derive(ToSchema)]
#[schema(as = NewWebhook)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows a body")]
pub(super) struct NewFields {
    /// `https://` at a public address.
    #[schema(max_length = 2000, example = "https://hooks.example.com/frontdesk")]
    url: String,
    #[schema(inline, min_items = 1)]
    events: Vec<EventName>,
    /// Whether anything is sent; true where it is left out.
    #[schema(example = true)]
    is_active: Option<bool>,
}

/// The fields of a webhook that are to change: what [`patch`] reads. Null is the same as leaving a field out.
#[derive(ToSchema)]
#[schema(as = WebhookChange)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows a body")]
pub(super) struct PatchFields {
    /// `https://` at a public address.
    #[schema(max_length = 2000, example = "https://hooks.example.com/frontdesk")]
    url: Option<String>,
    #[schema(inline, min_items = 1)]
    events: Option<Vec<EventName>>,
    /// Whether anything is sent.
    #[schema(example = true)]
    is_active: Option<bool>,
    /// Makes a new secret. The present one signs, too, for 24 hours.
    #[schema(example = false)]
    rotate_secret: Option<bool>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows `EventKind`")]
enum EventName {
    #[schema(rename = "credits.threshold")]
    CreditsThreshold,
    #[schema(rename = "conversation.lead_captured")]
    LeadCaptured,
    #[schema(rename = "question.unanswered")]
    QuestionUnanswered,
}

pub(super) fn webhook(
    mut fields: Fields,
    check: impl Fn(&str) -> Check<TargetError>,
) -> Result<Draft, Faults> {
    let url = fields.required("url", |value| url(value, check));
    let events = fields.required("events", events);
    let is_active = fields.read("is_active", |value| boolean(&value)).unwrap_or(true);
    let draft = url.zip(events).map(|(url, events)| Draft { url, events, is_active });
    fields.finish(draft)
}

pub(super) fn patch(mut fields: Fields, check: impl Fn(&str) -> Check<TargetError>) -> Result<Patch, Faults> {
    let patch = Patch {
        url: fields.read("url", |value| url(value, check)),
        events: fields.read("events", events),
        is_active: fields.read("is_active", |value| boolean(&value)),
        rotate_secret: fields.read("rotate_secret", |value| boolean(&value)).unwrap_or(false),
    };
    fields.finish(Some(patch))
}

fn url(value: Value, check: impl Fn(&str) -> Check<TargetError>) -> Read<String> {
    let url = text(value)?;
    if url.contains('\0') {
        return Err("it contains a NUL character, remove it".to_owned());
    }
    check(&url).map_err(|error| error.to_string())?;
    Ok(url.trim().to_owned())
}

/// At least one, each once.
fn events(value: Value) -> Read<Vec<EventKind>> {
    let wanted = || {
        let names: Vec<_> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("write a list with one or more of {}", names.join(", "))
    };
    let Value::Array(names) = value else { return Err(wanted()) };
    let mut events: Vec<EventKind> = Vec::new();
    for name in &names {
        let kind = name.as_str().and_then(EventKind::from_name).ok_or_else(wanted)?;
        if !events.contains(&kind) {
            events.push(kind);
        }
    }
    if events.is_empty() { Err(wanted()) } else { Ok(events) }
}

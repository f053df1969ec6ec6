//! A webhook as an administrator sends it.

use crate::fields::{Faults, Fields, Read, boolean, text};
use frontdesk_persistence::EventKind;
use frontdesk_webhooks::TargetError;
use serde_json::Value;

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
    let url = text(value)?.trim().to_owned();
    if url.contains('\0') {
        return Err("it contains a NUL character, remove it".to_owned());
    }
    check(&url).map_err(|error| error.to_string())?;
    Ok(url)
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

//! A client as an administrator sends it, and what its fields may hold.

use crate::fields::{Faults, Fields, Read, boolean, line, prose};
use frontdesk_persistence::{ClientPatch, NewClient};
use serde_json::Value;

/// Columns that the server alone writes. They may be sent, for a front end sends back the row that it got, and are
/// not looked at.
const OURS: [&str; 3] = ["id", "created_at", "updated_at"];

const MAX_CHARS: usize = 255;
const MAX_DESCRIPTION_CHARS: usize = 5_000;

/// A whole client.
pub(super) fn client(mut fields: Fields) -> Result<NewClient, Faults> {
    let name = fields.required("client_name", |value| line(value, MAX_CHARS));
    let email = fields.required("email", email);
    let details = details(&mut fields);
    fields.finish(name.zip(email).map(|(name, email)| NewClient { name, email, details }))
}

/// The columns of a client that are to change. Null empties those that may be empty, and leaves the others alone.
pub(super) fn patch(mut fields: Fields) -> Result<ClientPatch, Faults> {
    let patch = ClientPatch {
        client_name: fields.read("client_name", |value| line(value, MAX_CHARS)),
        email: fields.read("email", email),
        ..details(&mut fields)
    };
    fields.finish(Some(patch))
}

fn details(fields: &mut Fields) -> ClientPatch {
    for name in OURS {
        fields.take(name);
    }
    let mut part = |name, most| fields.sent(name, |value| filled(value, most)).map(Option::flatten);
    let patch = ClientPatch {
        phone: part("phone", 50),
        website: part("website", MAX_CHARS),
        business_hours: part("business_hours", MAX_CHARS),
        description: part("description", MAX_DESCRIPTION_CHARS),
        address: part("address", MAX_CHARS),
        city: part("city", 100),
        state: part("state", 50),
        zip_code: part("zip_code", 20),
        ..ClientPatch::default()
    };
    ClientPatch { is_active: fields.read("is_active", |value| boolean(&value)), ..patch }
}

/// A text; a form that was left empty holds none.
fn filled(value: Value, most: usize) -> Read<Option<String>> {
    let text = prose(value, most)?;
    Ok(Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned))
}

/// Something before an @ and a host after it; whether anybody reads there, no check can tell.
fn email(value: Value) -> Read<String> {
    let email = line(value, MAX_CHARS)?;
    let blank = |char: char| char.is_whitespace() || char.is_control();
    let parts = email.split_once('@').filter(|(name, host)| {
        !name.is_empty() && !host.contains('@') && host.split('.').all(|label| !label.is_empty())
    });
    if parts.is_none() || email.contains(blank) {
        return Err("write an e-mail address such as office@example.com".to_owned());
    }
    Ok(email)
}

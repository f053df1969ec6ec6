//! A widget as an administrator sends it, and what its fields may hold.

use super::origins;
use super::texts::own_texts;
use crate::fields::{Faults, Fields, Read, boolean, document, int, line, list, prose, text, within};
use frontdesk_domain::ProviderName;
use frontdesk_domain::fallback::AnswerOrder;
use frontdesk_domain::ids::ClientId;
use frontdesk_domain::period::ResetZone;
use frontdesk_persistence::{NewWidget, WidgetPatch};
use serde_json::Value;
use url::Url;

/// Columns that the server alone writes. They may be sent, for a front end sends back the row that it got, and are
/// not looked at.
const OURS: [&str; 6] = ["id", "widget_id", "created_at", "updated_at", "created_by", "knowledge_version"];

const POSITIONS: [&str; 4] = ["bottom-right", "bottom-left", "top-right", "top-left"];

const MAX_NAME_CHARS: usize = 255;
const MAX_PROSE_CHARS: usize = 5_000;
const MAX_URL_CHARS: usize = 500;
const MAX_LIST: usize = 1_000;
const MAX_KEYWORD_CHARS: usize = 100;
/// A day, in seconds.
const MAX_WINDOW: i32 = 86_400;
const MAX_MESSAGES: i32 = 100_000;
/// Below 64 tokens no credits are granted, and no model writes longer answers than the most.
const REPLY_TOKENS: (i32, i32) = (64, 32_768);
const MAX_TEMPERATURE: f64 = 2.0;

/// Whether a widget may name a provider.
pub(super) type Known<'a> = &'a dyn Fn(&ProviderName) -> bool;

/// A whole widget. Without a key of its own it gets one that `key` makes.
pub(super) fn widget(
    mut fields: Fields,
    known: Known<'_>,
    key: impl FnOnce() -> String,
) -> Result<NewWidget, Faults> {
    let name = fields.required("widget_name", |value| line(value, MAX_NAME_CHARS));
    let own = fields.read("widget_key", widget_key);
    let settings = settings(&mut fields, known);
    let new = name.map(|name| NewWidget { key: own.unwrap_or_else(key), name, settings });
    fields.finish(new)
}

/// The columns of a widget that are to change. Null empties those that may be empty, and leaves the others alone.
pub(super) fn patch(mut fields: Fields, known: Known<'_>) -> Result<WidgetPatch, Faults> {
    let patch = WidgetPatch {
        widget_name: fields.read("widget_name", |value| line(value, MAX_NAME_CHARS)),
        widget_key: fields.read("widget_key", widget_key),
        ..settings(&mut fields, known)
    };
    fields.finish(Some(patch))
}

/// All columns but the key and the name.
fn settings(fields: &mut Fields, known: Known<'_>) -> WidgetPatch {
    for name in OURS {
        fields.take(name);
    }
    let patch = WidgetPatch {
        client: fields.sent("client_id", |value| int(&value).map(ClientId)),
        business_hours: fields.sent("business_hours", document),
        is_active: flag(fields, "is_active"),
        industry: fields.read("industry", |value| line(value, 50)),
        practice_phone: fields.sent("practice_phone", |value| line(value, 50)),
        timezone: fields.read("timezone", zone),
        require_captcha: flag(fields, "require_captcha"),
        rate_limit_messages: fields.read("rate_limit_messages", |value| within(&value, 0, MAX_MESSAGES)),
        rate_limit_window: fields.read("rate_limit_window", |value| within(&value, 0, MAX_WINDOW)),
        blocked_ips: texts(fields, "blocked_ips", origins::addresses),
        blocked_keywords: texts(fields, "blocked_keywords", |value| line(value, MAX_KEYWORD_CHARS)),
        domain_whitelist: texts(fields, "domain_whitelist", origins::origin),
        ..WidgetPatch::default()
    };
    let patch = script(fields, patch);
    answers(fields, known, patch)
}

/// What the widget's script does.
fn script(fields: &mut Fields, patch: WidgetPatch) -> WidgetPatch {
    WidgetPatch {
        primary_color: fields.read("primary_color", colour),
        secondary_color: fields.read("secondary_color", colour),
        position: fields.read("position", position),
        welcome_message: fields.sent("welcome_message", |value| prose(value, MAX_PROSE_CHARS)),
        bot_name: fields.read("bot_name", |value| line(value, 100)),
        bot_avatar_url: fields.sent("bot_avatar_url", url),
        enable_appointment_booking: flag(fields, "enable_appointment_booking"),
        enable_email_capture: flag(fields, "enable_email_capture"),
        enable_phone_capture: flag(fields, "enable_phone_capture"),
        enable_ai_handoff: flag(fields, "enable_ai_handoff"),
        ai_handoff_url: fields.sent("ai_handoff_url", url),
        offline_message: fields.sent("offline_message", |value| prose(value, MAX_PROSE_CHARS)),
        intro_flow_enabled: flag(fields, "intro_flow_enabled"),
        intro_questions: fields.sent("intro_questions", document),
        privacy_url: fields.sent("privacy_url", https_url),
        ai_notice: flag(fields, "ai_notice"),
        consent_required: flag(fields, "consent_required"),
        texts: fields.sent("texts", own_texts),
        ..patch
    }
}

/// How messages are answered.
fn answers(fields: &mut Fields, known: Known<'_>, patch: WidgetPatch) -> WidgetPatch {
    let (least, most) = REPLY_TOKENS;
    WidgetPatch {
        llm_enabled: flag(fields, "llm_enabled"),
        llm_provider: fields.read("llm_provider", |value| provider(value, known)),
        llm_model: fields.sent("llm_model", |value| line(value, 100)),
        llm_temperature: fields.sent("llm_temperature", |value| temperature(&value)),
        llm_max_tokens: fields.read("llm_max_tokens", |value| within(&value, least, most)),
        fallback_to_knowledge_base: flag(fields, "fallback_to_knowledge_base"),
        answer_order: fields.read("answer_order", answer_order),
        language: fields.sent("language", language),
        ..patch
    }
}

fn flag(fields: &mut Fields, name: &'static str) -> Option<bool> {
    fields.read(name, |value| boolean(&value))
}

/// A list, which null empties.
fn texts(
    fields: &mut Fields,
    name: &'static str,
    read: impl Fn(Value) -> Read<String>,
) -> Option<Vec<String>> {
    fields.sent(name, |value| list(value, MAX_LIST, read)).map(Option::unwrap_or_default)
}

/// It stands in addresses, so it needs no escapes there, and is no step up the path.
fn widget_key(value: Value) -> Read<String> {
    let key = line(value, MAX_NAME_CHARS)?;
    let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.');
    if !key.starts_with(|first: char| first.is_ascii_alphanumeric()) || !key.chars().all(plain) {
        return Err("write letters, digits, -, _ and ., a letter or digit first".to_owned());
    }
    Ok(key)
}

fn colour(value: Value) -> Read<String> {
    let colour = text(value)?;
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6);
    if !digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return Err("write a colour such as #4682B4".to_owned());
    }
    Ok(colour)
}

fn position(value: Value) -> Read<String> {
    let position = text(value)?;
    if !POSITIONS.contains(&position.as_str()) {
        return Err(format!("write one of {}", POSITIONS.join(", ")));
    }
    Ok(position)
}

/// An address that the script opens or shows. A `javascript:` would run on the client's site.
fn url(value: Value) -> Read<String> {
    let url = prose(value, MAX_URL_CHARS)?;
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let safe = scheme.is_some_and(|scheme| scheme == "https" || scheme == "http") || url.starts_with('/');
    if !safe || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("write an address that begins with https://, http:// or /, encoded in ASCII".to_owned());
    }
    Ok(url)
}

/// A page that visitors are led to on another site.
fn https_url(value: Value) -> Read<String> {
    let url = prose(value, MAX_URL_CHARS)?;
    let has_host = Url::parse(&url).is_ok_and(|url| url.scheme() == "https" && url.host_str().is_some());
    if !has_host || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("write an address that begins with https://, encoded in ASCII".to_owned());
    }
    Ok(url)
}

fn zone(value: Value) -> Read<String> {
    let zone = text(value)?.trim().parse::<ResetZone>();
    zone.map(|zone| zone.to_string()).map_err(|error| error.to_string())
}

fn provider(value: Value, known: Known<'_>) -> Read<String> {
    let name = text(value)?.trim().to_ascii_lowercase();
    let provider = name.parse::<ProviderName>().ok().filter(|provider| known(provider));
    provider.map(String::from).ok_or_else(|| {
        "write gemini, groq, openai, claude or the name of another provider that the server has".to_owned()
    })
}

/// With two decimals, as the column keeps it.
fn temperature(value: &Value) -> Read<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    let number = number.filter(|number| (0.0..=MAX_TEMPERATURE).contains(number));
    number
        .map(|number| (number * 100.0).round() / 100.0)
        .ok_or_else(|| format!("write a number from 0 to {MAX_TEMPERATURE}"))
}

fn answer_order(value: Value) -> Read<String> {
    let order = text(value)?.parse::<AnswerOrder>();
    order.map(|order| order.to_string()).map_err(|_| "write llm_first or knowledge_first".to_owned())
}

/// A language tag such as `en` or `pt-BR`.
fn language(value: Value) -> Read<String> {
    let tag = line(value, 20)?;
    let mut parts = tag.split('-');
    let letters = |part: &str| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic());
    let other = |part: &str| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    if !parts.next().is_some_and(letters) || !parts.all(other) {
        return Err(
            "write a language tag such as en or pt-BR, or null to take it from the entries".to_owned()
        );
    }
    Ok(tag)
}

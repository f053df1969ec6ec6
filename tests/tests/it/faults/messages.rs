//! What visitors were told against what is stored.

use super::record::{Acknowledged, Record};
use crate::place::Place;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A row of `widget_messages`, with its conversation's public id and its widget's key.
#[derive(Debug, Deserialize)]
struct Stored {
    id: i64,
    conversation: i64,
    widget: String,
    kind: String,
    text: String,
    client_message_id: Option<String>,
    reply_to: Option<i64>,
}

/// Every acknowledged message is stored with its answer, and nothing is stored twice.
pub(super) fn check(place: &Place, record: &Record) {
    let stored = stored(place);
    let (replies, said): (Vec<_>, Vec<_>) = stored.iter().partition(|message| message.kind == "bot");
    let mut by_key = BTreeMap::new();
    for message in said {
        let key = (message.conversation, message.client_message_id.clone().unwrap_or_default());
        if let Some(first) = by_key.insert(key, message) {
            record.complain(format!("one message is stored twice: {first:?} and {message:?}"));
        }
    }
    let mut by_question = BTreeMap::new();
    for reply in &replies {
        if let Some(first) = by_question.insert(reply.reply_to, reply) {
            record.complain(format!("one message has two replies: {first:?} and {reply:?}"));
        }
    }
    let replies: BTreeMap<i64, &Stored> = replies.into_iter().map(|reply| (reply.id, reply)).collect();
    for (key, answer) in record.answers() {
        let (message, reply) = (by_key.get(&key).copied(), replies.get(&answer.message_id).copied());
        if !is_as_told(message, reply, &answer) {
            record.complain(format!("a visitor was told {answer:?}; stored are {message:?} and {reply:?}"));
        }
    }
}

fn is_as_told(message: Option<&Stored>, reply: Option<&Stored>, answer: &Acknowledged) -> bool {
    let (Some(message), Some(reply)) = (message, reply) else { return false };
    message.text == answer.text
        && message.widget == answer.widget
        && reply.reply_to == Some(message.id)
        && reply.text == answer.response
        && reply.conversation == answer.conversation
}

fn stored(place: &Place) -> Vec<Stored> {
    let (list, object) = if place.url.starts_with("sqlite") {
        ("json_group_array", "json_object")
    } else {
        ("json_agg", "json_build_object")
    };
    let json = place.sql(&format!(
        "SELECT {list}({object}('id', m.id, 'conversation', c.public_id, 'widget', w.widget_key,
            'kind', m.message_type, 'text', m.message_text, 'client_message_id', m.client_message_id, 'reply_to', m.reply_to))
         FROM widget_messages m JOIN widget_conversations c ON c.id = m.conversation_id JOIN widget_configs w ON w.id = c.widget_id"
    ));
    serde_json::from_str(&json).unwrap()
}

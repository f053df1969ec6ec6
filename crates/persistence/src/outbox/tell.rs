//! What each kind of event says. `docs/webhooks.md` describes the fields, and which of them are personal.

use super::{EventKind, Happened, OutboxStore, enqueue};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use frontdesk_domain::credits::{MAX_LIMIT, ThresholdPassed};
use frontdesk_domain::ids::{ClientId, WidgetId};
use jiff::Timestamp;
use serde_json::{Value, json};

/// An account that has passed a threshold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Threshold {
    pub(crate) client: ClientId,
    pub(crate) widget: WidgetId,
    pub(crate) passed: ThresholdPassed,
    pub(crate) at: Timestamp,
}

/// Tells that an account has used so much of a limit.
pub(crate) fn threshold_passed<C: OutboxStore>(c: &mut C, threshold: &Threshold) -> QueryResult<()> {
    let Threshold { client, widget, passed, at } = threshold;
    let happened =
        Happened { client: client.0, kind: EventKind::CreditsThreshold, conversation: None, at: *at };
    enqueue(c, happened, |c| {
        let name = c.widget_of_event(widget.0)?.map(|(_, name)| name);
        Ok(json!({
            "widget_id": widget,
            "widget_name": name,
            "limit": passed.limit.as_str(),
            "percent": passed.threshold.percent(),
            // What JSON readers hold exactly; only a hand can have written more.
            "used": passed.used.min(MAX_LIMIT),
            "maximum": passed.maximum.clamp(-MAX_LIMIT, MAX_LIMIT),
            "resets_at": time(passed.resets_at),
        }))
    })
}

/// What a conversation says of a lead.
#[derive(Debug, QueryableByName)]
pub(crate) struct Lead {
    #[diesel(sql_type = Nullable<Integer>)]
    widget_id: Option<i32>,
    #[diesel(sql_type = Nullable<BigInt>)]
    public_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    visitor_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    visitor_email: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    visitor_phone: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    handoff_type: Option<String>,
}

/// Tells that the visitor of a conversation has left how to be reached. For the transaction that stores it, after it did.
pub(crate) fn lead_captured<C: OutboxStore>(c: &mut C, conversation: i32, at: Timestamp) -> QueryResult<()> {
    let Some(lead) = c.lead(conversation)? else { return Ok(()) };
    let Some(widget) = lead.widget_id else { return Ok(()) };
    of_widget(c, widget, EventKind::LeadCaptured, Some(conversation), at, |data| {
        data["conversation_id"] = json!(lead.public_id);
        data["visitor_name"] = json!(lead.visitor_name);
        data["visitor_email"] = json!(lead.visitor_email);
        data["visitor_phone"] = json!(lead.visitor_phone);
        data["handoff_type"] = json!(lead.handoff_type);
    })
}

/// Tells that visitors asked something new that had no answer. For the transaction that stores the question.
pub(crate) fn question_unanswered<C: OutboxStore>(
    c: &mut C,
    widget: i32,
    (id, question): (i32, &str),
    conversation: Option<i32>,
    at: Timestamp,
) -> QueryResult<()> {
    of_widget(c, widget, EventKind::QuestionUnanswered, conversation, at, |data| {
        data["question_id"] = json!(id);
        data["question"] = json!(question);
    })
}

/// An event of a widget's client; a widget without one has nobody to tell.
fn of_widget<C: OutboxStore>(
    c: &mut C,
    widget: i32,
    kind: EventKind,
    conversation: Option<i32>,
    at: Timestamp,
    fill: impl FnOnce(&mut Value),
) -> QueryResult<()> {
    let Some((Some(client), name)) = c.widget_of_event(widget)? else { return Ok(()) };
    enqueue(c, Happened { client, kind, conversation, at }, |_| {
        let mut data = json!({"widget_id": widget, "widget_name": name});
        fill(&mut data);
        Ok(data)
    })
}

/// As browsers write it: RFC 3339 in UTC with milliseconds.
fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Database, read};
    use crate::ledger::LedgerStore;
    use crate::schema::webhook_events as e;
    use crate::types::JsonDoc;
    use diesel::connection::SimpleConnection;
    use frontdesk_tests::{ScratchDir, TempPg};

    const LEAD: &str = "
        INSERT INTO clients (id, client_name, email) VALUES (1, 'C', 'c@example.com');
        INSERT INTO widget_configs (id, client_id, widget_key, widget_name) VALUES (2, 1, 'k', 'Shop'), (3, NULL, 'l', 'L');
        INSERT INTO widget_conversations (id, widget_id, session_id, public_id, visitor_name, visitor_email, handoff_type)
            VALUES (4, 2, 's', 4711, 'Ann', 'ann@example.com', 'callback'), (5, 3, 's', 4712, 'B', NULL, NULL);";

    #[tokio::test]
    async fn a_lead_is_told_with_what_its_conversation_says() {
        let folder = ScratchDir::new();
        let at: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        for (url, events) in [
            (folder.sqlite_url(), r#"["conversation.lead_captured"]"#),
            (TempPg::shared().create_database(), "{conversation.lead_captured}"),
        ] {
            let db = Database::open(&url, 1).await.unwrap();
            let seed = format!(
                "{LEAD} INSERT INTO webhooks (client_id, url, secret, events, created_at, updated_at)
                VALUES (1, 'https://example.com/', 's', '{events}', '2026-11-23 10:00:00', '2026-11-23 10:00:00')"
            );
            let stored: Vec<(Option<i32>, String, JsonDoc)> = read!(db, |c| {
                c.batch_execute(&seed)?;
                // Nobody is told of the second, whose widget has no client, and there is no third.
                c.atomically(|c| [4, 5, 6].into_iter().try_for_each(|id| lead_captured(c, id, at)))?;
                e::table.select((e::conversation_id, e::event_type, e::payload)).load(c)
            })
            .unwrap();
            let data = json!({
                "widget_id": 2, "widget_name": "Shop", "conversation_id": 4711, "visitor_name": "Ann",
                "visitor_email": "ann@example.com", "visitor_phone": null, "handoff_type": "callback",
            });
            assert_eq!(stored, [(Some(4), "conversation.lead_captured".to_owned(), JsonDoc(data))]);
        }
    }
}

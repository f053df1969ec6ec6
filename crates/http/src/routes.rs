//! Every address on one screen, with who may call it. The app is built from this table alone: a call that has no
//! row does not exist. A path's parameters are named after what they are, which decides whose they are
//! (`access::ids`).

mod mount;
mod pattern;
mod row;

pub(crate) use mount::mount;
pub(crate) use pattern::pattern;
pub use row::Call;

use crate::access::Access::{Admin, Anyone, Read, Visitor, Write};
use crate::body::{BULK, FILE};
use crate::handlers::conversations::{inbox, lead, messages, open, progress, visitor_data};
use crate::handlers::knowledge::{bulk, duplicates, entry, explain, export, import, list, search};
use crate::handlers::webhooks::deliveries;
use crate::handlers::{account_limits, analytics, api_keys, clients, demo, docs, feedback, health, logs};
use crate::handlers::{
    message, metrics, openapi, overview, unanswered, usage, webhooks, widget_config, widget_script, widgets,
};
use row::{Row, delete, get, patch, post, put};

/// What the addresses of visitors and keys begin with; those of `Anyone` are whole.
pub(crate) const BASE: &str = "/api/chat-widget";
/// And those of visitors, after that.
const PUBLIC: &str = "/public/widget/{key}";

/// All calls. What has a name of its own comes before an id in the same place.
fn table() -> Vec<Row> {
    vec![
        get(Anyone, "/health/live", health::get_liveness),
        get(Anyone, "/health/ready", health::get_readiness),
        get(Anyone, "/metrics", metrics::get_metrics),
        get(Anyone, "/api/openapi.json", openapi::get_openapi),
        get(Anyone, "/docs", docs::get_docs_page),
        get(Anyone, "/docs/{file}", docs::get_docs_file),
        get(Anyone, "/", demo::get_demo_page),
        get(Anyone, "/demo/{file}", demo::get_demo_file),
        get(Anyone, "/widget.js", widget_script::get_loader),
        get(Anyone, "/widget/{version}/{file}", widget_script::get_versioned_file),
        //
        get(Visitor, "/config", widget_config::get_widget_config),
        post(Visitor, "/conversation", open::open_conversation),
        post(Visitor, "/message", message::answer_message).counted(),
        post(Visitor, "/feedback", feedback::give_feedback),
        get(Visitor, "/knowledge/search", search::search_entries),
        post(Visitor, "/capture-lead", lead::capture_lead),
        post(Visitor, "/intro-data", progress::store_intro),
        get(Visitor, "/conversation/by-visitor/{session}", progress::find_by_visitor),
        get(Visitor, "/conversations/{conversation}/messages", messages::list_shown_messages),
        get(Visitor, "/conversations/{conversation}/status", progress::get_status),
        post(Visitor, "/conversations/{conversation}/end", progress::end_conversation),
        post(Visitor, "/conversations/{conversation}/reopen", progress::reopen_conversation),
        delete(Visitor, "/conversations/{conversation}", progress::erase_own_conversation),
        //
        get(Admin, "/api-keys", api_keys::list_api_keys),
        post(Admin, "/api-keys", api_keys::create_api_key),
        post(Admin, "/api-keys/{api_key}/revoke", api_keys::revoke_api_key),
        //
        get(Read, "/overview", overview::get_overview),
        //
        get(Read, "/clients", clients::list::list_clients),
        post(Admin, "/clients", clients::client::create_client),
        get(Read, "/clients/{client}", clients::client::get_client),
        put(Write, "/clients/{client}", clients::client::update_client),
        patch(Write, "/clients/{client}", clients::client::update_client),
        delete(Admin, "/clients/{client}", clients::client::delete_client),
        get(Read, "/clients/{client}/llm-usage", usage::list_usage),
        put(Admin, "/clients/{client}/widgets/{widget}/llm-limits", account_limits::set_limits_of_client),
        get(Read, "/clients/{client}/webhooks", webhooks::list_webhooks),
        post(Write, "/clients/{client}/webhooks", webhooks::create_webhook),
        //
        get(Read, "/webhooks/{webhook}", webhooks::get_webhook),
        patch(Write, "/webhooks/{webhook}", webhooks::update_webhook),
        delete(Write, "/webhooks/{webhook}", webhooks::delete_webhook),
        post(Write, "/webhooks/{webhook}/test", deliveries::test_webhook),
        get(Read, "/webhooks/{webhook}/deliveries", deliveries::list_deliveries),
        post(Write, "/deliveries/{delivery}/redeliver", deliveries::redeliver),
        //
        get(Read, "/widgets", widgets::list::list_widgets),
        // More widgets are more free credits.
        post(Admin, "/widgets", widgets::widget::create_widget),
        get(Read, "/widgets/{widget}", widgets::widget::get_widget),
        put(Write, "/widgets/{widget}", widgets::widget::update_widget),
        patch(Write, "/widgets/{widget}", widgets::widget::update_widget),
        // With the widget may go the books.
        delete(Admin, "/widgets/{widget}", widgets::widget::delete_widget),
        get(Read, "/widgets/{widget}/embed", widgets::embed::get_embed),
        put(Admin, "/widgets/{widget}/llm-limits", account_limits::set_limits_of_widget),
        get(Read, "/widgets/{widget}/llm-logs", logs::list_logs),
        get(Read, "/widgets/{widget}/llm-analytics", analytics::get_analytics),
        get(Read, "/widgets/{widget}/knowledge", list::list_entries),
        post(Write, "/widgets/{widget}/knowledge", entry::create_entry),
        post(Write, "/widgets/{widget}/knowledge/bulk", bulk::create_entries).up_to(BULK),
        post(Write, "/widgets/{widget}/knowledge/import", import::import_entries).up_to(FILE),
        get(Read, "/widgets/{widget}/knowledge/export", export::export_entries),
        get(Read, "/widgets/{widget}/knowledge/duplicates", duplicates::list_duplicates),
        post(Read, "/widgets/{widget}/knowledge/explain", explain::explain_answer),
        get(Read, "/widgets/{widget}/knowledge/{entry}", entry::get_entry),
        put(Write, "/widgets/{widget}/knowledge/{entry}", entry::update_entry),
        patch(Write, "/widgets/{widget}/knowledge/{entry}", entry::update_entry),
        delete(Write, "/widgets/{widget}/knowledge/{entry}", entry::delete_entry),
        get(Read, "/widgets/{widget}/conversations", inbox::list_conversations),
        get(Read, "/widgets/{widget}/visitor-data", visitor_data::export_visitor),
        delete(Write, "/widgets/{widget}/visitor-data", visitor_data::erase_visitor),
        get(Read, "/conversations/{conversation}/messages", messages::list_messages),
        post(Write, "/conversations/{conversation}/reply", messages::reply_to_visitor),
        post(Write, "/conversations/{conversation}/close", messages::close_conversation),
        delete(Write, "/conversations/{conversation}", messages::erase_conversation),
        get(Read, "/widgets/{widget}/unanswered", unanswered::list_questions),
        post(Write, "/widgets/{widget}/unanswered/{question}/answer", unanswered::answer_question),
        post(Write, "/widgets/{widget}/unanswered/{question}/dismiss", unanswered::dismiss_question),
    ]
}

/// Whether an address is one of the table's, or belongs where only such are.
pub(crate) fn is_taken(path: &str) -> bool {
    let api = path.split('/').nth(1) == Some("api");
    api || pattern(path).is_some()
}

/// All calls, for those who check or describe every one of them.
pub fn calls() -> Vec<Call> {
    table().iter().map(Row::call).collect()
}

//! Which handlers are in the document, by what they are about.

use crate::handlers::{
    account_limits, analytics, api_keys, clients, conversations, demo, docs, feedback, health, knowledge,
    logs, message, metrics, openapi, overview, unanswered, usage, webhooks, widget_config, widget_script,
    widgets,
};
use crate::routes::BASE;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;

/// Calls about one thing.
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// What their paths begin with.
    pub(super) base: &'static str,
    pub(super) api: OpenApi,
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    widget_config::get_widget_config,
    conversations::open::open_conversation,
    message::answer_message,
    feedback::give_feedback,
    knowledge::search::search_entries,
    conversations::lead::capture_lead,
    conversations::progress::store_intro,
    conversations::progress::find_by_visitor,
    conversations::messages::list_shown_messages,
    conversations::progress::get_status,
    conversations::progress::end_conversation,
    conversations::progress::reopen_conversation,
    conversations::progress::erase_own_conversation,
))]
struct Widget;

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    conversations::inbox::list_conversations,
    conversations::messages::list_messages,
    conversations::messages::reply_to_visitor,
    conversations::messages::close_conversation,
    conversations::messages::erase_conversation,
    conversations::visitor_data::export_visitor,
    conversations::visitor_data::erase_visitor,
))]
struct Conversations;

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    usage::list_usage,
    account_limits::set_limits_of_client,
    account_limits::set_limits_of_widget,
    analytics::get_analytics,
    logs::list_logs,
    overview::get_overview,
))]
struct Usage;

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    clients::list::list_clients,
    clients::client::create_client,
    clients::client::get_client,
    clients::client::update_client,
    clients::client::delete_client,
))]
struct Clients;

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    widgets::list::list_widgets,
    widgets::widget::create_widget,
    widgets::widget::get_widget,
    widgets::widget::update_widget,
    widgets::widget::delete_widget,
    widgets::embed::get_embed,
))]
struct Widgets;

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    knowledge::list::list_entries,
    knowledge::entry::create_entry,
    knowledge::entry::get_entry,
    knowledge::entry::update_entry,
    knowledge::entry::delete_entry,
    knowledge::bulk::create_entries,
    knowledge::import::import_entries,
    knowledge::export::export_entries,
    knowledge::duplicates::list_duplicates,
    knowledge::explain::explain_answer,
))]
struct Knowledge;

#[derive(utoipa::OpenApi)]
#[openapi(paths(unanswered::list_questions, unanswered::answer_question, unanswered::dismiss_question))]
struct Unanswered;

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    webhooks::list_webhooks,
    webhooks::create_webhook,
    webhooks::get_webhook,
    webhooks::update_webhook,
    webhooks::delete_webhook,
    webhooks::deliveries::test_webhook,
    webhooks::deliveries::list_deliveries,
    webhooks::deliveries::redeliver,
))]
struct Webhooks;

#[derive(utoipa::OpenApi)]
#[openapi(paths(api_keys::list_api_keys, api_keys::create_api_key, api_keys::revoke_api_key))]
struct ApiKeys;

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    health::get_liveness,
    health::get_readiness,
    metrics::get_metrics,
    openapi::get_openapi,
    docs::get_docs_page,
    docs::get_docs_file,
    demo::get_demo_page,
    demo::get_demo_file,
    widget_script::get_loader,
    widget_script::get_versioned_file,
))]
struct Server;

/// All calls, in the order in which they are shown.
pub(super) fn groups() -> [Group; 10] {
    let group = |name, description, base, api| Group { name, description, base, api };
    [
        group(
            "Widget",
            "What the scripts on clients' sites call. No key; bound to the widget.",
            BASE,
            Widget::openapi(),
        ),
        group("Clients", "Whose widgets these are.", BASE, Clients::openapi()),
        group("Widgets", "How widgets look and answer, and what they refuse.", BASE, Widgets::openapi()),
        group("Usage", "Credits: limits, use and what it came to.", BASE, Usage::openapi()),
        group("Knowledge base", "The entries that a widget answers from.", BASE, Knowledge::openapi()),
        group("Conversations", "The inbox, and visitors' data.", BASE, Conversations::openapi()),
        group("Unanswered questions", "What visitors asked in vain.", BASE, Unanswered::openapi()),
        group(
            "Webhooks",
            "Where clients' servers hear of events, and whether they arrive.",
            BASE,
            Webhooks::openapi(),
        ),
        group("API keys", "Keys of the administration.", BASE, ApiKeys::openapi()),
        group("Server", "What platforms and tools ask.", "", Server::openapi()),
    ]
}

//! Every address on one screen.

use crate::body::{self, Limit};
use crate::error::ApiError;
use crate::handlers::clients::{client, list as clients_list};
use crate::handlers::knowledge::{bulk, duplicates, entry, explain, export, import, list, search};
use crate::handlers::widgets::{list as widgets_list, widget};
use crate::handlers::{
    account_limits, analytics, conversation, feedback, health, logs, message, overview, unanswered, usage,
    widget_config,
};
use crate::middleware::admin::require_admin;
use crate::middleware::cors::any_origin;
use actix_web::dev::HttpServiceFactory;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, Resource, Responder, Route, guard};

/// All routes.
pub(crate) fn routes(app: &mut ServiceConfig) {
    app.service(get("/health/live", health::get_liveness))
        .service(get("/health/ready", health::get_readiness))
        .service(
            web::scope("/api/chat-widget/public/widget/{key}")
                .wrap(any_origin())
                .service(get("/config", widget_config::get_widget_config))
                .service(post("/conversation", conversation::open_conversation))
                .service(post("/message", message::answer_message))
                .service(post("/feedback", feedback::give_feedback))
                .service(get("/knowledge/search", search::search_entries)),
        )
        .service(admin(
            "/api/chat-widget/clients",
            (
                clients(),
                get("/{id}/llm-usage", usage::list_usage),
                put("/{id}/widgets/{widget}/llm-limits", account_limits::set_limits_of_client),
            ),
        ))
        .service(admin(
            "/api/chat-widget/widgets",
            (
                widgets(),
                put("/{id}/llm-limits", account_limits::set_limits_of_widget),
                get("/{id}/llm-logs", logs::list_logs),
                get("/{id}/llm-analytics", analytics::get_analytics),
                knowledge(),
                unanswered(),
            ),
        ))
        .service(admin("/api/chat-widget/overview", get("", overview::get_overview)))
        .default_service(web::to(|| async { refused(ApiError::RouteNotFound) }));
}

/// Clients.
fn clients() -> impl HttpServiceFactory {
    (
        only(
            "GET, HEAD, POST",
            web::resource("")
                .route(reads().to(clients_list::list_clients))
                .route(web::post().to(client::create_client)),
        ),
        only(
            "GET, HEAD, PUT, PATCH, DELETE",
            web::resource("/{id}")
                .route(reads().to(client::get_client))
                .route(web::put().to(client::update_client))
                .route(web::patch().to(client::update_client))
                .route(web::delete().to(client::delete_client)),
        ),
    )
}

/// Widgets.
fn widgets() -> impl HttpServiceFactory {
    (
        only(
            "GET, HEAD, POST",
            web::resource("")
                .route(reads().to(widgets_list::list_widgets))
                .route(web::post().to(widget::create_widget)),
        ),
        only(
            "GET, HEAD, PUT, PATCH, DELETE",
            web::resource("/{id}")
                .route(reads().to(widget::get_widget))
                .route(web::put().to(widget::update_widget))
                .route(web::patch().to(widget::update_widget))
                .route(web::delete().to(widget::delete_widget)),
        ),
    )
}

/// Upkeep of a knowledge base. What has a name of its own comes before the entries' ids.
fn knowledge() -> impl HttpServiceFactory {
    (
        only(
            "GET, HEAD, POST",
            web::resource("/{id}/knowledge")
                .route(reads().to(list::list_entries))
                .route(web::post().to(entry::create_entry)),
        ),
        large(body::BULK, post("/{id}/knowledge/bulk", bulk::create_entries)),
        large(body::BULK, post("/{id}/knowledge/import", import::import_entries)),
        get("/{id}/knowledge/export", export::export_entries),
        get("/{id}/knowledge/duplicates", duplicates::list_duplicates),
        post("/{id}/knowledge/explain", explain::explain_answer),
        only(
            "GET, HEAD, PUT, PATCH, DELETE",
            web::resource("/{id}/knowledge/{entry}")
                .route(reads().to(entry::get_entry))
                .route(web::put().to(entry::update_entry))
                .route(web::patch().to(entry::update_entry))
                .route(web::delete().to(entry::delete_entry)),
        ),
    )
}

/// Questions that got no answer.
fn unanswered() -> impl HttpServiceFactory {
    (
        get("/{id}/unanswered", unanswered::list_questions),
        post("/{id}/unanswered/{question}/answer", unanswered::answer_question),
        post("/{id}/unanswered/{question}/dismiss", unanswered::dismiss_question),
    )
}

/// Addresses for administrators only, whatever is below them.
fn admin(path: &str, resources: impl HttpServiceFactory + 'static) -> impl HttpServiceFactory {
    web::scope(path).wrap(from_fn(require_admin)).service(resources)
}

fn get<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    only("GET, HEAD", web::resource(path).route(reads().to(handler)))
}

fn reads() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// A resource whose bodies may be larger than others'.
fn large(limit: Limit, resource: Resource) -> Resource {
    resource.app_data(limit).app_data(limit.payload())
}

fn post<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    only("POST", web::resource(path).route(web::post().to(handler)))
}

fn put<F, Args>(path: &str, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    only("PUT", web::resource(path).route(web::put().to(handler)))
}

fn only(allowed: &'static str, resource: Resource) -> Resource {
    resource.default_service(web::to(move || async move { refused(ApiError::MethodNotAllowed(allowed)) }))
}

fn refused(error: ApiError) -> Result<&'static str, ApiError> {
    Err(error)
}

//! A widget's configuration, as its script reads it.

use super::widget_key;
use crate::error::ApiError;
use crate::reply;
use crate::state::State;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_domain::ids::{ClientId, WidgetId};
use frontdesk_persistence::Widget;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The names are those that the scripts in use read.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "so the scripts know them")]
struct WidgetConfig<'a> {
    #[schema(example = 1)]
    id: WidgetId,
    /// The same as `id`.
    #[schema(example = 1)]
    widget_id: WidgetId,
    /// Null for a widget without a client.
    #[schema(example = 1)]
    client_id: Option<ClientId>,
    #[schema(example = "demo")]
    widget_key: &'a str,
    #[schema(example = "Harbour Dental chat")]
    widget_name: &'a str,
    #[schema(example = "#4682B4")]
    primary_color: Option<&'a str>,
    #[schema(example = "#2E86AB")]
    secondary_color: Option<&'a str>,
    #[schema(example = "bottom-right")]
    position: Option<&'a str>,
    #[schema(example = "Hi! Ask me anything about Harbour Dental.")]
    welcome_message: Option<&'a str>,
    #[schema(example = "Harbour Assistant")]
    bot_name: Option<&'a str>,
    #[schema(example = "https://shop.example/bot.png")]
    bot_avatar_url: Option<&'a str>,
    enable_appointment_booking: bool,
    enable_email_capture: bool,
    enable_phone_capture: bool,
    enable_ai_handoff: bool,
    ai_handoff_url: Option<&'a str>,
    /// Whatever JSON is stored.
    business_hours: Option<&'a Value>,
    offline_message: Option<&'a str>,
    is_active: bool,
    intro_flow_enabled: bool,
    /// Whatever JSON is stored.
    intro_questions: Option<&'a Value>,
    #[schema(example = "dental")]
    industry: Option<&'a str>,
    #[schema(example = "+1 555 0100")]
    practice_phone: Option<&'a str>,
    /// Of `business_hours`, a name of the IANA database.
    #[schema(example = "America/New_York")]
    timezone: Option<&'a str>,
    /// The language of the widget; null: the page's or the browser's.
    #[schema(example = "en")]
    language: Option<&'a str>,
    /// The client's privacy policy.
    #[schema(example = "https://shop.example/privacy")]
    privacy_url: Option<&'a str>,
    /// Whether the widget says that an AI answers.
    ai_notice: bool,
    /// Whether a visitor has to agree before the first message.
    consent_required: bool,
    /// Texts in place of the widget's own, by their name, or by language and name.
    texts: Option<&'a Value>,
}

impl<'a> From<&'a Widget> for WidgetConfig<'a> {
    fn from(widget: &'a Widget) -> Self {
        let config = &widget.config;
        let shown = &config.presentation;
        Self {
            id: widget.id,
            widget_id: widget.id,
            client_id: widget.client,
            widget_key: &config.widget_key,
            widget_name: &config.widget_name,
            primary_color: config.primary_color.as_deref(),
            secondary_color: config.secondary_color.as_deref(),
            position: config.position.as_deref(),
            welcome_message: config.welcome_message.as_deref(),
            bot_name: config.bot_name.as_deref(),
            bot_avatar_url: config.bot_avatar_url.as_deref(),
            enable_appointment_booking: config.enable_appointment_booking,
            enable_email_capture: config.enable_email_capture,
            enable_phone_capture: config.enable_phone_capture,
            enable_ai_handoff: config.enable_ai_handoff,
            ai_handoff_url: config.ai_handoff_url.as_deref(),
            business_hours: config.business_hours.as_ref(),
            offline_message: config.offline_message.as_deref(),
            is_active: config.is_active,
            intro_flow_enabled: config.intro_flow_enabled,
            intro_questions: config.intro_questions.as_ref(),
            industry: config.industry.as_deref(),
            practice_phone: config.practice_phone.as_deref(),
            timezone: widget.business.timezone.as_deref(),
            language: widget.language.as_deref(),
            privacy_url: shown.privacy_url.as_deref(),
            ai_notice: shown.ai_notice,
            consent_required: shown.consent_required,
            texts: shown.texts.as_ref(),
        }
    }
}

/// The configuration of an active widget.
#[utoipa::path(
    get,
    path = "/public/widget/{key}/config",
    responses((status = 200, description = "The configuration.", body = WidgetConfig)),
    extensions(("x-error-codes" = json!(["widget_not_found"]))),
)]
pub(crate) async fn get_widget_config(
    state: Data<State>,
    key: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let widget = state.desk.widget(widget_key(&key)?).await?;
    reply::ok(&WidgetConfig::from(widget.as_ref()))
}

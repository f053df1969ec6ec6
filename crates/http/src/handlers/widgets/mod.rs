//! Widgets, for administrators.

mod draft;
pub(crate) mod embed;
mod fields;
pub(crate) mod list;
mod origins;
mod texts;
pub(crate) mod widget;

use crate::reply::Instant;
use frontdesk_domain::ids::{ClientId, WidgetId};
use frontdesk_persistence::StoredWidget;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A widget; the names are the columns of `widget_configs`. The key of a provider that an older service kept in the
/// row is not among them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Widget)]
#[expect(clippy::struct_excessive_bools, reason = "so the columns are")]
pub(super) struct Row {
    #[schema(example = 1)]
    id: WidgetId,
    #[schema(example = 1)]
    client_id: Option<ClientId>,
    #[schema(example = "demo")]
    widget_key: String,
    #[schema(example = "Harbour Dental chat")]
    widget_name: String,
    #[schema(example = "#4682B4")]
    primary_color: Option<String>,
    secondary_color: Option<String>,
    #[schema(example = "bottom-right")]
    position: Option<String>,
    welcome_message: Option<String>,
    bot_name: Option<String>,
    bot_avatar_url: Option<String>,
    enable_appointment_booking: bool,
    enable_email_capture: bool,
    enable_phone_capture: bool,
    enable_ai_handoff: bool,
    ai_handoff_url: Option<String>,
    business_hours: Option<Value>,
    offline_message: Option<String>,
    rate_limit_messages: i32,
    rate_limit_window: i32,
    require_captcha: bool,
    blocked_ips: Vec<String>,
    blocked_keywords: Vec<String>,
    is_active: bool,
    #[schema(example = json!(["*.example.com"]))]
    domain_whitelist: Vec<String>,
    industry: Option<String>,
    intro_flow_enabled: bool,
    intro_questions: Option<Value>,
    practice_phone: Option<String>,
    #[schema(example = "America/New_York")]
    timezone: Option<String>,
    llm_enabled: bool,
    #[schema(example = "gemini")]
    llm_provider: String,
    llm_model: Option<String>,
    llm_temperature: Option<f64>,
    #[schema(example = 500)]
    llm_max_tokens: i32,
    fallback_to_knowledge_base: bool,
    answer_order: Option<String>,
    language: Option<String>,
    #[schema(example = "https://shop.example/privacy")]
    privacy_url: Option<String>,
    ai_notice: bool,
    consent_required: bool,
    #[schema(example = json!({"send": "Go"}))]
    texts: Option<Value>,
    created_at: Option<Instant>,
    updated_at: Option<Instant>,
}

impl From<StoredWidget> for Row {
    fn from(widget: StoredWidget) -> Self {
        let StoredWidget { config, llm, .. } = widget;
        let shown = config.presentation;
        Self {
            id: widget.id,
            client_id: widget.client,
            widget_key: config.widget_key,
            widget_name: config.widget_name,
            primary_color: config.primary_color,
            secondary_color: config.secondary_color,
            position: config.position,
            welcome_message: config.welcome_message,
            bot_name: config.bot_name,
            bot_avatar_url: config.bot_avatar_url,
            enable_appointment_booking: config.enable_appointment_booking,
            enable_email_capture: config.enable_email_capture,
            enable_phone_capture: config.enable_phone_capture,
            enable_ai_handoff: config.enable_ai_handoff,
            ai_handoff_url: config.ai_handoff_url,
            business_hours: config.business_hours,
            offline_message: config.offline_message,
            rate_limit_messages: widget.rate_limit_messages,
            rate_limit_window: widget.rate_limit_window,
            require_captcha: widget.require_captcha,
            blocked_ips: widget.blocked_ips,
            blocked_keywords: widget.blocked_keywords,
            is_active: config.is_active,
            domain_whitelist: widget.allowed_origins,
            industry: config.industry,
            intro_flow_enabled: config.intro_flow_enabled,
            intro_questions: config.intro_questions,
            practice_phone: config.practice_phone,
            timezone: widget.timezone,
            llm_enabled: llm.enabled,
            llm_provider: llm.provider,
            llm_model: llm.model,
            llm_temperature: llm.temperature,
            llm_max_tokens: llm.max_tokens,
            fallback_to_knowledge_base: llm.fallback_to_knowledge_base,
            answer_order: widget.answer_order,
            language: widget.language,
            privacy_url: shown.privacy_url,
            ai_notice: shown.ai_notice,
            consent_required: shown.consent_required,
            texts: shown.texts,
            created_at: widget.created_at.map(Instant),
            updated_at: widget.updated_at.map(Instant),
        }
    }
}

//! The fields that `draft` reads, as the OpenAPI document shows them. Nothing else uses these types.

#![expect(unused_qualifications, reason = "in what utoipa derives")]

use crate::openapi::types::{Ignored, with_required};
use serde_json::{Value, json};
use std::borrow::Cow;
use utoipa::openapi::schema::{
    AnyOfBuilder, ArrayBuilder, KnownFormat, Object, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The fields of a widget that are to change. Null empties lists and what may be null, and leaves the others alone. The
/// columns that the server alone writes may be sent and are not looked at.
#[derive(ToSchema)]
#[schema(as = WidgetChange)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows a body")]
pub(super) struct WidgetPatchFields {
    #[schema(max_length = 255, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$", example = "Harbour Dental chat")]
    widget_name: Option<String>,
    /// What the script names the widget with; without one a widget gets a random one.
    #[schema(max_length = 255, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    widget_key: Option<String>,
    #[schema(example = 1)]
    client_id: Option<i32>,
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$", example = "#4682B4")]
    primary_color: Option<String>,
    #[schema(pattern = "^#[0-9A-Fa-f]{6}$", example = "#2E86AB")]
    secondary_color: Option<String>,
    #[schema(inline)]
    position: Option<Position>,
    #[schema(max_length = 5000)]
    welcome_message: Option<String>,
    #[schema(max_length = 100, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$", example = "Harbour Assistant")]
    bot_name: Option<String>,
    #[schema(max_length = 500, pattern = "^([Hh][Tt][Tt][Pp][Ss]?://|/)[!-~]*$")]
    bot_avatar_url: Option<String>,
    enable_appointment_booking: Option<bool>,
    enable_email_capture: Option<bool>,
    enable_phone_capture: Option<bool>,
    enable_ai_handoff: Option<bool>,
    #[schema(max_length = 500, pattern = "^([Hh][Tt][Tt][Pp][Ss]?://|/)[!-~]*$")]
    ai_handoff_url: Option<String>,
    /// Any JSON, for the script.
    business_hours: Option<Value>,
    #[schema(max_length = 5000)]
    offline_message: Option<String>,
    /// Messages of one conversation in a window; 0 for any number.
    #[schema(minimum = 0, maximum = 100_000, example = 10)]
    rate_limit_messages: Option<i32>,
    /// In seconds; 0 for any number of messages.
    #[schema(minimum = 0, maximum = 86_400, example = 60)]
    rate_limit_window: Option<i32>,
    require_captcha: Option<bool>,
    blocked_ips: Option<BlockedAddresses>,
    blocked_keywords: Option<BlockedKeywords>,
    is_active: Option<bool>,
    domain_whitelist: Option<AllowedSites>,
    #[schema(max_length = 50, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$", example = "dental")]
    industry: Option<String>,
    intro_flow_enabled: Option<bool>,
    /// Any JSON, for the script.
    intro_questions: Option<Value>,
    #[schema(max_length = 50, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$")]
    practice_phone: Option<String>,
    /// A name of the IANA database.
    #[schema(example = "America/New_York")]
    timezone: Option<String>,
    llm_enabled: Option<bool>,
    /// `gemini`, `groq`, `openai`, `claude`, or another one that the server has.
    #[schema(example = "gemini")]
    llm_provider: Option<String>,
    #[schema(max_length = 100, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$", example = "gemini-2.5-flash")]
    llm_model: Option<String>,
    #[schema(minimum = 0, maximum = 2, example = 0.7)]
    llm_temperature: Option<f64>,
    #[schema(minimum = 64, maximum = 32_768, example = 500)]
    llm_max_tokens: Option<i32>,
    fallback_to_knowledge_base: Option<bool>,
    #[schema(inline)]
    answer_order: Option<Order>,
    /// Null: as the entries read.
    #[schema(max_length = 20, pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", example = "en")]
    language: Option<String>,
    /// The client's privacy policy, to which the widget leads.
    #[schema(
        max_length = 500,
        pattern = r"^https://[a-z0-9]+(\.[a-z]{2,10})+(/[A-Za-z0-9._~-]+)*$",
        example = "https://shop.example/privacy"
    )]
    privacy_url: Option<String>,
    /// Whether the widget says that an AI answers.
    ai_notice: Option<bool>,
    /// Whether a visitor has to agree before the first message.
    consent_required: Option<bool>,
    texts: Option<OwnTexts>,
    #[schema(required = false)]
    id: Ignored,
    #[schema(required = false)]
    widget_id: Ignored,
    #[schema(required = false)]
    created_at: Ignored,
    #[schema(required = false)]
    updated_at: Ignored,
    #[schema(required = false)]
    created_by: Ignored,
    #[schema(required = false)]
    knowledge_version: Ignored,
}

#[derive(ToSchema)]
#[schema(rename_all = "kebab-case")]
#[expect(dead_code, reason = "it is how the OpenAPI document shows a field")]
enum Position {
    BottomRight,
    BottomLeft,
    TopRight,
    TopLeft,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "it is how the OpenAPI document shows a field")]
enum Order {
    LlmFirst,
    KnowledgeFirst,
}

/// A whole widget.
pub(super) struct WidgetFields;

impl PartialSchema for WidgetFields {
    fn schema() -> RefOr<Schema> {
        let description = "A whole widget; what is left out or null has its default.";
        with_required(WidgetPatchFields::schema(), &["widget_name"], description)
    }
}

impl ToSchema for WidgetFields {
    fn name() -> Cow<'static, str> {
        "NewWidget".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        WidgetPatchFields::schemas(schemas);
    }
}

/// A list that null empties.
fn list(items: impl Into<RefOr<Schema>>, description: &str) -> ArrayBuilder {
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .items(items.into())
        .max_items(Some(1_000))
        .description(Some(description))
}

fn text(pattern: &str) -> Object {
    Object::builder().schema_type(Type::String).pattern(Some(pattern)).build()
}

struct BlockedAddresses;

impl PartialSchema for BlockedAddresses {
    fn schema() -> RefOr<Schema> {
        let format = |format| {
            Object::builder()
                .schema_type(Type::String)
                .format(Some(SchemaFormat::KnownFormat(format)))
                .build()
        };
        let network = r"^((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/(3[0-2]|[12]?[0-9])$";
        let one = AnyOfBuilder::new()
            .item(format(KnownFormat::Ipv4))
            .item(format(KnownFormat::Ipv6))
            .item(text(network));
        let description = "Addresses and networks, of IPv4 and IPv6, that are not let in.";
        list(Schema::from(one), description).examples([json!(["192.0.2.0/24"])]).into()
    }
}

impl ToSchema for BlockedAddresses {}

struct BlockedKeywords;

impl PartialSchema for BlockedKeywords {
    fn schema() -> RefOr<Schema> {
        let keyword = Object::builder()
            .schema_type(Type::String)
            .max_length(Some(100))
            .pattern(Some(r"^[^\x00]*[^\s\x00][^\x00]*$"));
        list(Schema::from(keyword.build()), "Words and phrases that are not answered.").into()
    }
}

impl ToSchema for BlockedKeywords {}

/// Texts by name, or by language and name.
struct OwnTexts;

impl PartialSchema for OwnTexts {
    fn schema() -> RefOr<Schema> {
        let text = || Object::builder().schema_type(Type::String).max_length(Some(1_000));
        let named = || {
            let name = Object::builder().schema_type(Type::String).pattern(Some("^[A-Za-z0-9_-]{1,64}$"));
            Object::builder().max_properties(Some(200)).property_names(Some(name))
        };
        let of_language = named().schema_type(Type::Object).additional_properties(Some(text()));
        let one = AnyOfBuilder::new().item(text()).item(of_language);
        named()
            .schema_type(SchemaType::from_iter([Type::Object, Type::Null]))
            .additional_properties(Some(Schema::from(one)))
            .description(Some("In place of the widget's own texts: by their name, or by language and name."))
            .examples([json!({"send": "Go", "de": {"send": "Los"}})])
            .into()
    }
}

impl ToSchema for OwnTexts {}

struct AllowedSites;

impl PartialSchema for AllowedSites {
    fn schema() -> RefOr<Schema> {
        const LABEL: &str = "[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?";
        let host = format!(
            r"^(\*|([Hh][Tt][Tt][Pp][Ss]?://)?(\*\.{LABEL}\.)?({LABEL}\.){{0,5}}{LABEL}(:[1-9][0-9]{{0,3}})?/?)$"
        );
        let description = "Hosts that may show the widget, with or without a scheme and a port; `*.` for all below one, `*` for all; origins of apps such as `capacitor://localhost`. Empty: all.";
        list(Schema::from(text(&host)), description)
            .examples([json!(["example.com", "*.example.com"])])
            .into()
    }
}

impl ToSchema for AllowedSites {}

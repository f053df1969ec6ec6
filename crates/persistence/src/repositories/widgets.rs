//! Widgets with their client's business information.

pub(crate) mod change;
pub(crate) mod stored;

use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::schema::{clients, widget_configs};
use crate::types::{JsonDoc, Strings, sql as types};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Double, Integer, Nullable, Text};
use frontdesk_domain::ids::{ClientId, WidgetId};

/// A widget, as the answer flow needs it.
#[derive(Debug, Clone)]
pub struct Widget {
    /// Its id.
    pub id: WidgetId,
    /// Whose it is; some widgets have no client.
    pub client: Option<ClientId>,
    /// What visitors' browsers get to know.
    pub config: PublicConfig,
    /// Whether and which model answers.
    pub llm: LlmSettings,
    /// What the model is told about the business.
    pub business: Business,
    /// `domain_whitelist`; empty means every origin.
    pub allowed_origins: Vec<String>,
    /// Who may not write, what, and how much.
    pub restrictions: Restrictions,
    /// `answer_order` as an operator wrote it.
    pub answer_order: Option<String>,
    /// `language` as an operator wrote it; `None` where it is to be taken from the entries.
    pub language: Option<String>,
    /// Differs after each change of the knowledge base, whoever made it.
    pub knowledge_version: i64,
}

/// `widget_configs.llm_*`, with the defaults of the guide where a column is NULL.
#[derive(Debug, Clone, PartialEq)]
pub struct LlmSettings {
    /// Whether a model is asked at all.
    pub enabled: bool,
    /// The name as an operator wrote it.
    pub provider: String,
    /// The model as an operator wrote it.
    pub model: Option<String>,
    /// 0 to 2; not every model takes it.
    pub temperature: Option<f64>,
    /// The wanted reply cap, in tokens.
    pub max_tokens: i32,
    /// Whether the knowledge base may answer when no model does.
    pub fallback_to_knowledge_base: bool,
}

/// What a widget refuses, as operators wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restrictions {
    /// `blocked_ips`: addresses and networks.
    pub blocked_ips: Vec<String>,
    /// `blocked_keywords`: words and phrases.
    pub blocked_keywords: Vec<String>,
    /// `rate_limit_messages`: messages of one conversation in a window; 0 is no limit, as are NULL and less than 0.
    pub rate_limit_messages: u32,
    /// `rate_limit_window`, in seconds; 0 is no limit, as are NULL and less than 0.
    pub rate_limit_window: u32,
}

/// The guide's default for `llm_max_tokens`.
const DEFAULT_MAX_TOKENS: i32 = 500;

/// The configuration that the widget scripts read.
#[derive(Debug, Clone)]
#[expect(
    missing_docs,
    clippy::struct_excessive_bools,
    reason = "the names and types are the columns of widget_configs, known from the scripts"
)]
pub struct PublicConfig {
    pub widget_key: String,
    pub widget_name: String,
    pub primary_color: Option<String>,
    pub secondary_color: Option<String>,
    pub position: Option<String>,
    pub welcome_message: Option<String>,
    pub bot_name: Option<String>,
    pub bot_avatar_url: Option<String>,
    pub enable_appointment_booking: bool,
    pub enable_email_capture: bool,
    pub enable_phone_capture: bool,
    pub enable_ai_handoff: bool,
    pub ai_handoff_url: Option<String>,
    pub business_hours: Option<serde_json::Value>,
    pub offline_message: Option<String>,
    pub is_active: bool,
    pub intro_flow_enabled: bool,
    pub intro_questions: Option<serde_json::Value>,
    pub industry: Option<String>,
    pub practice_phone: Option<String>,
    pub presentation: Presentation,
}

/// What a widget shows of privacy, consent and AI, and in which words.
#[derive(Debug, Clone, PartialEq)]
pub struct Presentation {
    /// `privacy_url`: the client's privacy policy.
    pub privacy_url: Option<String>,
    /// `ai_notice`: whether it says that an AI answers; it does where nothing is said about it.
    pub ai_notice: bool,
    /// `consent_required`: whether a visitor has to agree before the first message.
    pub consent_required: bool,
    /// `texts`: in place of the widget's own, by their name, or by language and name.
    pub texts: Option<serde_json::Value>,
}

/// Facts about the client's business.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "the names are the columns of clients and widget_configs")]
pub struct Business {
    pub name: Option<String>,
    pub industry: Option<String>,
    pub description: Option<String>,
    pub business_hours: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub website: Option<String>,
    pub address: Option<String>,
    pub timezone: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = widget_configs)]
struct WidgetRow {
    id: i32,
    client_id: Option<i32>,
    widget_key: String,
    widget_name: String,
    primary_color: Option<String>,
    secondary_color: Option<String>,
    position: Option<String>,
    welcome_message: Option<String>,
    bot_name: Option<String>,
    bot_avatar_url: Option<String>,
    enable_appointment_booking: Option<bool>,
    enable_email_capture: Option<bool>,
    enable_phone_capture: Option<bool>,
    enable_ai_handoff: Option<bool>,
    ai_handoff_url: Option<String>,
    business_hours: Option<JsonDoc>,
    offline_message: Option<String>,
    is_active: Option<bool>,
    domain_whitelist: Option<Strings>,
    industry: Option<String>,
    intro_flow_enabled: Option<bool>,
    intro_questions: Option<JsonDoc>,
    practice_phone: Option<String>,
    timezone: Option<String>,
    llm_enabled: Option<bool>,
    llm_provider: Option<String>,
    llm_model: Option<String>,
    llm_max_tokens: Option<i32>,
    fallback_to_knowledge_base: Option<bool>,
    answer_order: Option<String>,
    language: Option<String>,
    knowledge_version: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct ClientRow {
    client_name: Option<String>,
    email: String,
    phone: Option<String>,
    website: Option<String>,
    business_hours: Option<String>,
    description: Option<String>,
    address: Option<String>,
    city: Option<String>,
    state: Option<String>,
    zip_code: Option<String>,
}

/// The columns of [`Restrictions`], in its order.
type RestrictionsRow = (Option<Strings>, Option<Strings>, Option<i32>, Option<i32>);

/// The columns of [`Presentation`], in its order.
type PresentationRow = (Option<String>, Option<bool>, Option<bool>, Option<JsonDoc>);
type PresentationTypes = (Nullable<Text>, Nullable<Bool>, Nullable<Bool>, Nullable<types::JsonDoc>);

/// Beyond the columns that a table of the schema may have.
fn presentation() -> SqlLiteral<PresentationTypes> {
    sql(
        "widget_configs.privacy_url, widget_configs.ai_notice, widget_configs.consent_required, widget_configs.texts",
    )
}

type Row = (WidgetRow, Option<f64>, RestrictionsRow, PresentationRow, Option<ClientRow>);

/// Widgets with their clients, as [`Row`]s.
macro_rules! widgets {
    () => {
        widget_configs::table
            .left_join(clients::table.on(widget_configs::client_id.eq(clients::id.nullable())))
            .select((
                WidgetRow::as_select(),
                // NUMERIC on PostgreSQL, REAL on SQLite.
                sql::<Nullable<Double>>("CAST(widget_configs.llm_temperature AS DOUBLE PRECISION)"),
                // Beyond the columns that a table of the schema may have.
                (
                    sql::<Nullable<types::Strings>>("widget_configs.blocked_ips"),
                    sql::<Nullable<types::Strings>>("widget_configs.blocked_keywords"),
                    sql::<Nullable<Integer>>("widget_configs.rate_limit_messages"),
                    sql::<Nullable<Integer>>("widget_configs.rate_limit_window"),
                ),
                presentation(),
                Option::<ClientRow>::as_select(),
            ))
    };
}

impl Database {
    /// The active widget with this key.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn widget_by_key(&self, key: &str) -> Result<Option<Widget>, DatabaseError> {
        // A NUL is no part of any key, and PostgreSQL refuses it.
        if key.contains('\0') {
            return Ok(None);
        }
        let key = key.to_owned();
        let row: Option<Row> = read!(self, |c| {
            let is_active = widget_configs::is_active.is_null().or(widget_configs::is_active.eq(true));
            widgets!().filter(widget_configs::widget_key.eq(key)).filter(is_active).first(c).optional()
        })?;
        Ok(row.map(into_widget))
    }

    /// The widget with this id, active or not.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn widget_by_id(&self, id: WidgetId) -> Result<Option<Widget>, DatabaseError> {
        let row: Option<Row> =
            read!(self, |c| widgets!().filter(widget_configs::id.eq(id.0)).first(c).optional())?;
        Ok(row.map(into_widget))
    }

    /// Whether there is such a widget, active or not.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn widget_exists(&self, id: WidgetId) -> Result<bool, DatabaseError> {
        read!(self, |c| diesel::select(diesel::dsl::exists(widget_configs::table.find(id.0))).get_result(c))
    }

    /// Whether there is such a client.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn client_exists(&self, id: ClientId) -> Result<bool, DatabaseError> {
        read!(self, |c| diesel::select(diesel::dsl::exists(clients::table.find(id.0))).get_result(c))
    }
}

fn into_widget((widget, temperature, restrictions, presentation, client): Row) -> Widget {
    let widget = widget.into_widget(temperature, presentation, client);
    Widget { restrictions: restrictions.into(), ..widget }
}

/// What the columns are when nobody says otherwise.
impl Default for Presentation {
    fn default() -> Self {
        Self { privacy_url: None, ai_notice: true, consent_required: false, texts: None }
    }
}

impl From<PresentationRow> for Presentation {
    fn from((privacy_url, ai_notice, consent_required, texts): PresentationRow) -> Self {
        let usual = Self::default();
        Self {
            privacy_url,
            ai_notice: ai_notice.unwrap_or(usual.ai_notice),
            consent_required: consent_required.unwrap_or(usual.consent_required),
            texts: texts.map(|texts| texts.0),
        }
    }
}

impl From<RestrictionsRow> for Restrictions {
    fn from((blocked_ips, blocked_keywords, messages, window): RestrictionsRow) -> Self {
        let texts = |texts: Option<Strings>| texts.map(|texts| texts.0).unwrap_or_default();
        let limit = |number: Option<i32>| number.and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
        Self {
            blocked_ips: texts(blocked_ips),
            blocked_keywords: texts(blocked_keywords),
            rate_limit_messages: limit(messages),
            rate_limit_window: limit(window),
        }
    }
}

impl WidgetRow {
    fn into_widget(
        self,
        temperature: Option<f64>,
        presentation: PresentationRow,
        client: Option<ClientRow>,
    ) -> Widget {
        let business = self.business(client);
        Widget {
            id: WidgetId(self.id),
            client: self.client_id.map(ClientId),
            llm: LlmSettings {
                enabled: self.llm_enabled.unwrap_or(false),
                provider: self.llm_provider.unwrap_or_else(|| "gemini".to_owned()),
                model: self.llm_model,
                temperature,
                max_tokens: self.llm_max_tokens.filter(|tokens| *tokens > 0).unwrap_or(DEFAULT_MAX_TOKENS),
                fallback_to_knowledge_base: self.fallback_to_knowledge_base.unwrap_or(true),
            },
            business,
            restrictions: Restrictions::default(),
            allowed_origins: self.domain_whitelist.map(|origins| origins.0).unwrap_or_default(),
            answer_order: self.answer_order,
            language: self.language,
            knowledge_version: self.knowledge_version,
            config: PublicConfig {
                widget_key: self.widget_key,
                widget_name: self.widget_name,
                primary_color: self.primary_color,
                secondary_color: self.secondary_color,
                position: self.position,
                welcome_message: self.welcome_message,
                bot_name: self.bot_name,
                bot_avatar_url: self.bot_avatar_url,
                enable_appointment_booking: self.enable_appointment_booking.unwrap_or(true),
                enable_email_capture: self.enable_email_capture.unwrap_or(true),
                enable_phone_capture: self.enable_phone_capture.unwrap_or(true),
                enable_ai_handoff: self.enable_ai_handoff.unwrap_or(false),
                ai_handoff_url: self.ai_handoff_url,
                business_hours: self.business_hours.map(|hours| hours.0),
                offline_message: self.offline_message,
                is_active: self.is_active.unwrap_or(true),
                intro_flow_enabled: self.intro_flow_enabled.unwrap_or(true),
                intro_questions: self.intro_questions.map(|questions| questions.0),
                industry: self.industry,
                practice_phone: self.practice_phone,
                presentation: presentation.into(),
            },
        }
    }

    fn business(&self, client: Option<ClientRow>) -> Business {
        let own_hours = self.business_hours.as_ref().map(|hours| match &hours.0 {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let general = |industry: &String| industry != "general";
        let mut business = Business {
            name: Some(self.widget_name.clone()),
            industry: self.industry.clone().filter(general),
            business_hours: own_hours,
            phone: self.practice_phone.clone(),
            timezone: self.timezone.clone(),
            ..Business::default()
        };
        if let Some(client) = client {
            let address = [client.address, client.city, client.state, client.zip_code];
            let address: Vec<_> = address.into_iter().flatten().filter(|part| !part.is_empty()).collect();
            business.name = client.client_name.or(business.name);
            business.business_hours = business.business_hours.or(client.business_hours);
            business.phone = business.phone.or(client.phone);
            business.email = Some(client.email);
            business.website = client.website;
            business.description = client.description;
            business.address = (!address.is_empty()).then(|| address.join(", "));
        }
        business
    }
}

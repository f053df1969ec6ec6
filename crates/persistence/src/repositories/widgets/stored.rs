//! Widgets as administrators see them: every column that they may set, inactive widgets too.

use super::{LlmSettings, PresentationRow, PublicConfig, WidgetRow, presentation};
use crate::database::{Database, read};
use crate::error::DatabaseError;
use crate::repositories::search::{ESCAPED, Search, pattern};
use crate::schema::widget_configs as w;
use crate::types::{Strings, UtcTime, sql as own};
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Double, Integer, Nullable, Text, Timestamp as SqlTimestamp};
use frontdesk_domain::ids::{ClientId, WidgetId};
use jiff::Timestamp;

/// A row of `widget_configs`; a column that is NULL has its default where there is one. A key of a provider that
/// an older service left in the row is not among its columns.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names are the columns of widget_configs, known from the guide")]
pub struct StoredWidget {
    pub id: WidgetId,
    /// `client_id`; some widgets have no client.
    pub client: Option<ClientId>,
    pub config: PublicConfig,
    /// The columns `llm_*` and `fallback_to_knowledge_base`.
    pub llm: LlmSettings,
    /// `domain_whitelist`; empty means every origin.
    pub allowed_origins: Vec<String>,
    pub timezone: Option<String>,
    pub answer_order: Option<String>,
    pub language: Option<String>,
    /// Messages of a conversation in a window; 0 means any number, as does NULL.
    pub rate_limit_messages: i32,
    /// In seconds; 0 means no window, as does NULL.
    pub rate_limit_window: i32,
    pub require_captcha: bool,
    pub blocked_ips: Vec<String>,
    pub blocked_keywords: Vec<String>,
    /// Unknown in some old rows.
    pub created_at: Option<Timestamp>,
    /// When an administrator changed it last.
    pub updated_at: Option<Timestamp>,
}

/// Which widgets are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WidgetFilter {
    /// Whose alone may be seen, whatever else is asked for.
    pub owner: Option<ClientId>,
    /// Whose.
    pub client: Option<ClientId>,
    /// Whether it serves visitors.
    pub is_active: Option<bool>,
    /// A part of the name or the key, in any case. SQLite knows the cases of ASCII letters only.
    pub search: Option<String>,
}

/// Some of the widgets that were wanted.
#[derive(Debug, Clone)]
pub struct WidgetPage {
    /// In the order of their ids.
    pub widgets: Vec<StoredWidget>,
    /// How many there are on all pages.
    pub total: i64,
}

/// Columns beyond the thirty-two of the schema.
type Rest = (
    Option<i32>,
    Option<i32>,
    Option<bool>,
    Option<Strings>,
    Option<Strings>,
    Option<UtcTime>,
    Option<UtcTime>,
);
type RestTypes = (
    Nullable<Integer>,
    Nullable<Integer>,
    Nullable<Bool>,
    Nullable<own::Strings>,
    Nullable<own::Strings>,
    Nullable<SqlTimestamp>,
    Nullable<SqlTimestamp>,
);
pub(super) type StoredRow = (WidgetRow, Option<f64>, Rest, PresentationRow);

/// NUMERIC on PostgreSQL, REAL on SQLite.
pub(super) fn temperature() -> SqlLiteral<Nullable<Double>> {
    sql("CAST(widget_configs.llm_temperature AS DOUBLE PRECISION)")
}

pub(super) fn rest() -> SqlLiteral<RestTypes> {
    sql("widget_configs.rate_limit_messages, widget_configs.rate_limit_window, widget_configs.require_captcha,
        widget_configs.blocked_ips, widget_configs.blocked_keywords, widget_configs.created_at, widget_configs.updated_at")
}

/// The stored widget with an id, on whichever connection.
macro_rules! stored_widget {
    ($connection:expr, $id:expr) => {
        $crate::schema::widget_configs::table
            .find($id)
            .select((
                $crate::repositories::widgets::WidgetRow::as_select(),
                $crate::repositories::widgets::stored::temperature(),
                $crate::repositories::widgets::stored::rest(),
                $crate::repositories::widgets::presentation(),
            ))
            .first::<$crate::repositories::widgets::stored::StoredRow>($connection)
            .optional()
    };
}
pub(super) use stored_widget;

impl Database {
    /// Up to `limit` of the widgets that the filter lets through, after the first `offset` of them.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn widget_page(
        &self,
        filter: WidgetFilter,
        limit: u32,
        offset: u32,
    ) -> Result<WidgetPage, DatabaseError> {
        let (rows, total): (Vec<StoredRow>, i64) = read!(self, |c| {
            fn search<S: Search>(_: &S) -> String {
                S::one_of(&["widget_name", "widget_key"])
            }
            let part = search(c);
            let wanted = || {
                let mut query = w::table.into_boxed();
                for client in [filter.owner, filter.client].into_iter().flatten() {
                    query = query.filter(w::client_id.eq(client.0));
                }
                if let Some(active) = filter.is_active {
                    let unsaid = w::is_active.is_null().and(sql::<Bool>("true").eq(active));
                    query = query.filter(w::is_active.eq(active).or(unsaid).assume_not_null());
                }
                if let Some(text) = filter.search.as_deref() {
                    query = query.filter(sql::<Bool>(&part).bind::<Text, _>(pattern(text)).sql(ESCAPED));
                }
                query
            };
            let total = wanted().count().get_result(c)?;
            let page = wanted().order(w::id).limit(i64::from(limit)).offset(i64::from(offset));
            Ok((page.select((WidgetRow::as_select(), temperature(), rest(), presentation())).load(c)?, total))
        })?;
        Ok(WidgetPage { widgets: rows.into_iter().map(StoredWidget::from).collect(), total })
    }

    /// The widget with this id, active or not.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn stored_widget(&self, id: WidgetId) -> Result<Option<StoredWidget>, DatabaseError> {
        let row = read!(self, |c| stored_widget!(c, id.0))?;
        Ok(row.map(StoredWidget::from))
    }
}

impl From<StoredRow> for StoredWidget {
    fn from((row, temperature, rest, presentation): StoredRow) -> Self {
        let (messages, window, captcha, ips, keywords, created_at, updated_at) = rest;
        let timezone = row.timezone.clone();
        let widget = row.into_widget(temperature, presentation, None);
        Self {
            id: widget.id,
            client: widget.client,
            config: widget.config,
            llm: widget.llm,
            allowed_origins: widget.allowed_origins,
            timezone,
            answer_order: widget.answer_order,
            language: widget.language,
            rate_limit_messages: messages.unwrap_or(0),
            rate_limit_window: window.unwrap_or(0),
            require_captcha: captcha.unwrap_or(false),
            blocked_ips: ips.unwrap_or_default().0,
            blocked_keywords: keywords.unwrap_or_default().0,
            created_at: created_at.map(|at| at.0),
            updated_at: updated_at.map(|at| at.0),
        }
    }
}

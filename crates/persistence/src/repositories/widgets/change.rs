//! What administrators do with widgets, each change in one transaction.

use super::stored::{StoredWidget, stored_widget};
use crate::database::{Database, read};
use crate::error::{DatabaseError, WidgetError};
use crate::ledger::LedgerStore;
use crate::repositories::accounts::AccountStore;
use crate::repositories::unique::violates;
use crate::schema::{
    client_llm_usage, llm_request_logs, llm_usage_daily, widget_configs, widget_configs_rest,
    widget_conversations,
};
use crate::types::{Day, JsonDoc, Strings, UtcTime};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error, OptionalEmptyChangesetExtension};
use frontdesk_domain::ids::{ClientId, WidgetId};
use frontdesk_domain::period::{Period, ResetZone};
use jiff::Timestamp;
use serde_json::Value;

/// A widget to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewWidget {
    /// `widget_key`: what the widget's script names itself with.
    pub key: String,
    /// `widget_name`.
    pub name: String,
    /// All else; what it leaves out has the database's default.
    pub settings: WidgetPatch,
}

/// New values for some columns of a widget: `None` leaves a column as it is, whatever it holds.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(missing_docs, reason = "the names are the columns of widget_configs, known from the guide")]
pub struct WidgetPatch {
    pub client: Option<Option<ClientId>>,
    pub widget_key: Option<String>,
    pub widget_name: Option<String>,
    pub primary_color: Option<String>,
    pub secondary_color: Option<String>,
    pub position: Option<String>,
    pub welcome_message: Option<Option<String>>,
    pub bot_name: Option<String>,
    pub bot_avatar_url: Option<Option<String>>,
    pub enable_appointment_booking: Option<bool>,
    pub enable_email_capture: Option<bool>,
    pub enable_phone_capture: Option<bool>,
    pub enable_ai_handoff: Option<bool>,
    pub ai_handoff_url: Option<Option<String>>,
    pub business_hours: Option<Option<Value>>,
    pub offline_message: Option<Option<String>>,
    pub rate_limit_messages: Option<i32>,
    pub rate_limit_window: Option<i32>,
    pub require_captcha: Option<bool>,
    pub blocked_ips: Option<Vec<String>>,
    pub blocked_keywords: Option<Vec<String>>,
    pub is_active: Option<bool>,
    pub domain_whitelist: Option<Vec<String>>,
    pub industry: Option<String>,
    pub intro_flow_enabled: Option<bool>,
    pub intro_questions: Option<Option<Value>>,
    pub practice_phone: Option<Option<String>>,
    pub timezone: Option<String>,
    pub llm_enabled: Option<bool>,
    pub llm_provider: Option<String>,
    pub llm_model: Option<Option<String>>,
    pub llm_temperature: Option<Option<f64>>,
    pub llm_max_tokens: Option<i32>,
    pub fallback_to_knowledge_base: Option<bool>,
    pub answer_order: Option<String>,
    pub language: Option<Option<String>>,
    pub privacy_url: Option<Option<String>>,
    pub ai_notice: Option<bool>,
    pub consent_required: Option<bool>,
    pub texts: Option<Option<Value>>,
}

/// What became of a widget that was to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// It is gone, with all that belonged to it.
    Deleted,
    /// It serves nobody any more. It stays, for conversations or the request log, which explains the counters,
    /// would have gone with it.
    Deactivated,
}

/// A change on whichever connection. The lists of columns are compiled once for each.
trait WidgetStore: AccountStore {
    fn insert(&mut self, key: &str, name: &str) -> QueryResult<i32>;
    fn apply(&mut self, widget: i32, patch: WidgetPatch, at: UtcTime) -> QueryResult<()>;
    fn begin_account(&mut self, widget: i32, now: Timestamp) -> QueryResult<()>;
    fn lock_row(&mut self, widget: i32) -> QueryResult<bool>;
    fn is_used(&mut self, widget: i32) -> QueryResult<bool>;
    fn remove(&mut self, widget: i32) -> QueryResult<()>;
}

macro_rules! widget_store {
    ($connection:ty $(, $for_update:ident)?) => {
        impl WidgetStore for $connection {
            fn insert(&mut self, key: &str, name: &str) -> QueryResult<i32> {
                use widget_configs as w;
                let row = (w::widget_key.eq(key), w::widget_name.eq(name));
                diesel::insert_into(w::table).values(row).returning(w::id).get_result(self)
            }

            fn apply(&mut self, widget: i32, patch: WidgetPatch, at: UtcTime) -> QueryResult<()> {
                use {widget_configs as w, widget_configs_rest as r};
                let document = |value: Option<Value>| value.map(JsonDoc);
                let main = (
                    patch.client.map(|client| w::client_id.eq(client.map(|id| id.0))),
                    patch.widget_key.map(|value| w::widget_key.eq(value)),
                    patch.widget_name.map(|value| w::widget_name.eq(value)),
                    patch.primary_color.map(|value| w::primary_color.eq(value)),
                    patch.secondary_color.map(|value| w::secondary_color.eq(value)),
                    patch.position.map(|value| w::position.eq(value)),
                    patch.welcome_message.map(|value| w::welcome_message.eq(value)),
                    patch.bot_name.map(|value| w::bot_name.eq(value)),
                    patch.bot_avatar_url.map(|value| w::bot_avatar_url.eq(value)),
                    patch.enable_appointment_booking.map(|value| w::enable_appointment_booking.eq(value)),
                    patch.enable_email_capture.map(|value| w::enable_email_capture.eq(value)),
                    patch.enable_phone_capture.map(|value| w::enable_phone_capture.eq(value)),
                    patch.enable_ai_handoff.map(|value| w::enable_ai_handoff.eq(value)),
                    patch.ai_handoff_url.map(|value| w::ai_handoff_url.eq(value)),
                    patch.business_hours.map(|value| w::business_hours.eq(document(value))),
                    patch.offline_message.map(|value| w::offline_message.eq(value)),
                    patch.is_active.map(|value| w::is_active.eq(value)),
                    patch.domain_whitelist.map(|value| w::domain_whitelist.eq(Strings(value))),
                    patch.industry.map(|value| w::industry.eq(value)),
                    patch.intro_flow_enabled.map(|value| w::intro_flow_enabled.eq(value)),
                    patch.intro_questions.map(|value| w::intro_questions.eq(document(value))),
                    patch.practice_phone.map(|value| w::practice_phone.eq(value)),
                    patch.timezone.map(|value| w::timezone.eq(value)),
                    patch.llm_enabled.map(|value| w::llm_enabled.eq(value)),
                    patch.llm_provider.map(|value| w::llm_provider.eq(value)),
                    patch.llm_model.map(|value| w::llm_model.eq(value)),
                    patch.llm_max_tokens.map(|value| w::llm_max_tokens.eq(value)),
                    patch.fallback_to_knowledge_base.map(|value| w::fallback_to_knowledge_base.eq(value)),
                    patch.answer_order.map(|value| w::answer_order.eq(value)),
                    patch.language.map(|value| w::language.eq(value)),
                );
                let rest = (
                    patch.rate_limit_messages.map(|value| r::rate_limit_messages.eq(value)),
                    patch.rate_limit_window.map(|value| r::rate_limit_window.eq(value)),
                    patch.require_captcha.map(|value| r::require_captcha.eq(value)),
                    patch.blocked_ips.map(|value| r::blocked_ips.eq(Strings(value))),
                    patch.blocked_keywords.map(|value| r::blocked_keywords.eq(Strings(value))),
                    patch.llm_temperature.map(|value| r::llm_temperature.eq(value)),
                    patch.privacy_url.map(|value| r::privacy_url.eq(value)),
                    patch.ai_notice.map(|value| r::ai_notice.eq(value)),
                    patch.consent_required.map(|value| r::consent_required.eq(value)),
                    patch.texts.map(|value| r::texts.eq(document(value))),
                    r::updated_at.eq(at),
                );
                diesel::update(w::table.find(widget)).set(main).execute(self).optional_empty_changeset()?;
                diesel::update(r::table.find(widget)).set(rest).execute(self)?;
                Ok(())
            }

            fn begin_account(&mut self, widget: i32, now: Timestamp) -> QueryResult<()> {
                use {client_llm_usage as u, widget_configs_rest as r};
                let today = ResetZone::default().day(now);
                let at = UtcTime(now);
                diesel::update(u::table.filter(u::widget_id.eq(widget)))
                    .set((
                        u::last_daily_reset.eq(Day(today)),
                        u::last_monthly_reset.eq(Day(Period::Month.start(today))),
                        u::created_at.eq(at),
                        u::updated_at.eq(at),
                    ))
                    .execute(self)?;
                diesel::update(r::table.find(widget)).set(r::created_at.eq(at)).execute(self)?;
                Ok(())
            }

            fn lock_row(&mut self, widget: i32) -> QueryResult<bool> {
                use widget_configs as w;
                let row = w::table.find(widget).select(w::id)$(.$for_update())?;
                Ok(row.first::<i32>(self).optional()?.is_some())
            }

            fn is_used(&mut self, widget: i32) -> QueryResult<bool> {
                use {
                    client_llm_usage as u, llm_request_logs as l, llm_usage_daily as d,
                    widget_conversations as v,
                };
                let counted = u::total_tokens_used.ne(0).or(u::total_requests_made.ne(0));
                let accounts = u::table.filter(u::widget_id.eq(widget)).filter(counted);
                Ok(diesel::select(exists(v::table.filter(v::widget_id.eq(widget)))).get_result(self)?
                    || diesel::select(exists(l::table.filter(l::widget_id.eq(widget)))).get_result(self)?
                    || diesel::select(exists(d::table.filter(d::widget_id.eq(widget)))).get_result(self)?
                    || diesel::select(exists(accounts)).get_result(self)?)
            }

            fn remove(&mut self, widget: i32) -> QueryResult<()> {
                diesel::delete(widget_configs::table.find(widget)).execute(self)?;
                Ok(())
            }
        }
    };
}

widget_store!(PgConnection, for_update);
// Its transaction is the lock.
widget_store!(SqliteConnection);

/// What a database has against a change, as its callers need to tell it apart.
fn refused<T>(result: QueryResult<T>, of_others: WidgetError) -> QueryResult<Result<T, WidgetError>> {
    match result {
        Ok(done) => Ok(Ok(done)),
        Err(error) if violates(&error, "widget_key") => Ok(Err(WidgetError::KeyTaken)),
        Err(Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _)) => Ok(Err(of_others)),
        Err(error) => Err(error),
    }
}

impl Database {
    /// Makes a widget; its credit account is opened with the free limits.
    ///
    /// # Errors
    /// [`WidgetError::KeyTaken`], [`WidgetError::UnknownClient`], [`WidgetError::Database`].
    pub async fn create_widget(&self, new: NewWidget, now: Timestamp) -> Result<StoredWidget, WidgetError> {
        let NewWidget { key, name, settings } = new;
        let row = read!(self, |c| {
            let made = c.atomically(|c| {
                let id = c.insert(&key, &name)?;
                c.apply(id, settings, UtcTime(now))?;
                c.begin_account(id, now)?;
                stored_widget!(c, id)
            });
            refused(made, WidgetError::UnknownClient)
        })??;
        let lost = || DatabaseError::Data("a widget that was just made is not there".into());
        Ok(row.map(StoredWidget::from).ok_or_else(lost)?)
    }

    /// Changes columns of a widget, and `updated_at` to `now`; an empty patch changes nothing. Where its client
    /// changes, it gets an account of the new one, and the former client's stays as it is.
    ///
    /// # Errors
    /// [`WidgetError::UnknownWidget`], [`WidgetError::KeyTaken`], [`WidgetError::UnknownClient`],
    /// [`WidgetError::Database`].
    pub async fn update_widget(
        &self,
        id: WidgetId,
        patch: WidgetPatch,
        now: Timestamp,
    ) -> Result<StoredWidget, WidgetError> {
        let row = read!(self, |c| {
            let changed = c.atomically(|c| {
                c.wait_briefly()?;
                if patch != WidgetPatch::default() && c.lock_row(id.0)? {
                    c.apply(id.0, patch, UtcTime(now))?;
                }
                stored_widget!(c, id.0)
            });
            refused(changed, WidgetError::UnknownClient)
        })??;
        row.map(StoredWidget::from).ok_or(WidgetError::UnknownWidget(id))
    }

    /// Takes a widget out of service: it is deleted with its knowledge base and its account if it has neither
    /// conversations nor booked use, or if `force` is set; then they go with it. Else it is deactivated.
    ///
    /// # Errors
    /// [`WidgetError::UnknownWidget`], [`WidgetError::InUse`], [`WidgetError::Database`].
    pub async fn delete_widget(
        &self,
        id: WidgetId,
        force: bool,
        now: Timestamp,
    ) -> Result<Deletion, WidgetError> {
        let deleted = read!(self, |c| {
            let deleted = c.atomically(|c| {
                c.wait_briefly()?;
                // In the ledger's order: accounts, then what they refer to. Nobody books or says anything meanwhile.
                c.lock(&[id.0], &[])?;
                if !c.lock_row(id.0)? {
                    return Ok(None);
                }
                if force || !c.is_used(id.0)? {
                    c.remove(id.0)?;
                    return Ok(Some(Deletion::Deleted));
                }
                let off = WidgetPatch { is_active: Some(false), ..WidgetPatch::default() };
                c.apply(id.0, off, UtcTime(now))?;
                Ok(Some(Deletion::Deactivated))
            });
            refused(deleted, WidgetError::InUse(id))
        })??;
        deleted.ok_or(WidgetError::UnknownWidget(id))
    }
}

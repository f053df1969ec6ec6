//! How long data is kept.

use crate::error::SettingsError;
use crate::values::Values;
use crate::variables::{
    CONVERSATION_RETENTION_DAYS, LOG_RETENTION_DAYS, UNANSWERED_RETENTION_DAYS, Variable,
    WEBHOOK_RETENTION_DAYS,
};

/// How long data is kept, in days; `None` is for ever.
#[derive(Debug, Clone)]
pub struct RetentionSettings {
    /// `LOG_RETENTION_DAYS` (90; 0 keeps for ever): rows of `llm_request_logs`. The daily totals stay.
    pub log_days: Option<u32>,
    /// `CONVERSATION_RETENTION_DAYS` (0, which keeps for ever): conversations and their messages.
    pub conversation_days: Option<u32>,
    /// `UNANSWERED_RETENTION_DAYS` (90; 0 keeps for ever): unanswered questions, after they were asked last.
    pub unanswered_days: Option<u32>,
    /// `WEBHOOK_RETENTION_DAYS` (30; 0 keeps for ever): events for webhooks, with what became of them.
    pub webhook_days: Option<u32>,
}

impl RetentionSettings {
    pub(crate) fn from_values(values: &Values) -> Result<Self, SettingsError> {
        let days = |variable: &Variable| {
            let days = values.number(variable, "days", 0..=36_500)?;
            Ok((days > 0).then_some(days))
        };
        Ok(Self {
            log_days: days(&LOG_RETENTION_DAYS)?,
            conversation_days: days(&CONVERSATION_RETENTION_DAYS)?,
            unanswered_days: days(&UNANSWERED_RETENTION_DAYS)?,
            webhook_days: days(&WEBHOOK_RETENTION_DAYS)?,
        })
    }
}

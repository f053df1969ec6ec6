//! One file per resource.

pub(crate) mod account_limits;
pub(crate) mod analytics;
pub(crate) mod api_keys;
pub(crate) mod clients;
pub(crate) mod conversations;
mod days;
pub(crate) mod demo;
pub(crate) mod docs;
pub(crate) mod feedback;
pub(crate) mod health;
pub(crate) mod knowledge;
pub(crate) mod logs;
pub(crate) mod message;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod overview;
pub(crate) mod unanswered;
pub(crate) mod usage;
pub(crate) mod webhooks;
pub(crate) mod widget_config;
pub(crate) mod widget_script;
pub(crate) mod widgets;

use crate::error::ApiError;
use crate::state::State;
use frontdesk_chat::ChatError;
use frontdesk_domain::ids::WidgetId;

/// The width of `widget_configs.widget_key`: a longer key is nobody's, and need not be looked up.
const MAX_KEY_CHARS: usize = 255;

/// A widget's key, as the path holds it.
pub(crate) fn widget_key(key: &str) -> Result<&str, ApiError> {
    if key.chars().count() > MAX_KEY_CHARS || key.contains('\0') {
        return Err(ChatError::WidgetNotFound.into());
    }
    Ok(key)
}

/// The widget of an administrator's address, active or not.
async fn admin_widget(state: &State, id: &str) -> Result<WidgetId, ApiError> {
    // What is no id is nobody's.
    let widget = id.parse().map(WidgetId).map_err(|_| ApiError::WidgetNotFound)?;
    if state.database.widget_exists(widget).await? { Ok(widget) } else { Err(ApiError::WidgetNotFound) }
}

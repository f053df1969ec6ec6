//! One file per resource.

pub(crate) mod analytics;
pub(crate) mod conversation;
pub(crate) mod health;
pub(crate) mod message;
pub(crate) mod usage;
pub(crate) mod widget_config;

use crate::error::ApiError;
use frontdesk_chat::ChatError;

/// The width of `widget_configs.widget_key`: a longer key is nobody's, and need not be looked up.
const MAX_KEY_CHARS: usize = 255;

/// A widget's key, as the path holds it.
fn widget_key(key: &str) -> Result<&str, ApiError> {
    if key.chars().count() > MAX_KEY_CHARS || key.contains('\0') {
        return Err(ChatError::WidgetNotFound.into());
    }
    Ok(key)
}

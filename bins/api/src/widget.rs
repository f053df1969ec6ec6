//! How the widget is served, as the settings have it.

use crate::Failure;
use frontdesk_http::{LegacyScripts, WidgetServing};
use frontdesk_settings::WidgetSettings;
use frontdesk_web::BackendUrl;

/// How the widget is served. With the key of the demo client's widget its site is shown, too.
pub(crate) fn serving(settings: &WidgetSettings, demo_key: Option<&str>) -> Result<WidgetServing, Failure> {
    let scripts = settings.legacy_scripts.iter().map(|script| (script.path.as_str(), script.global.as_str()));
    let legacy_scripts = LegacyScripts::new(scripts)
        .map_err(|error| Failure::configuration(format!("LEGACY_WIDGET_PATHS: {error}")))?;
    let demo_key = demo_key.map(str::to_owned);
    Ok(WidgetServing { public_url: public_url(settings)?, legacy_scripts, demo_key })
}

/// `PUBLIC_URL`.
pub(crate) fn public_url(settings: &WidgetSettings) -> Result<Option<BackendUrl>, Failure> {
    let url = settings.public_url.as_deref().map(str::parse::<BackendUrl>).transpose();
    url.map_err(|error| Failure::configuration(format!("PUBLIC_URL: {error}")))
}

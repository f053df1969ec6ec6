//! The widgets that visitors talk to: some with all the credits they may want, one for each limit that is
//! used up soon.

use crate::place::Place;

/// A widget with its account. All belong to clients of their own but for the first two.
pub(super) struct Widget {
    pub(super) key: &'static str,
    /// How many visitors come, compared with the others.
    pub(super) visitors: u32,
    client: &'static str,
    /// Its provider; without one it answers from its knowledge base alone.
    provider: Option<&'static str>,
    /// The limit that is used up soon, and what it is.
    pub(super) tight: Option<(&'static str, u32)>,
    zone: &'static str,
}

/// What nobody talks to: its days are closed by the worker alone.
pub(super) const IDLE: &str = "demo";

/// Where many come at once processes get in each other's way, which matters most where a limit is near.
pub(super) const WIDGETS: [Widget; 8] = [
    widget("hall", 4, "harbour", Some("gemini"), None, "UTC"),
    widget("annexe", 1, "harbour", Some("groq"), None, "America/New_York"),
    widget("lobby", 1, "hotel", Some("gemini"), None, "UTC"),
    widget("brochure", 1, "printer", None, None, "UTC"),
    widget("bakery", 5, "bakery", Some("gemini"), Some(("daily_request_limit", 40)), "UTC"),
    widget("cinema", 4, "cinema", Some("gemini"), Some(("daily_token_limit", 12_000)), "UTC"),
    widget("dentist", 2, "dentist", Some("groq"), Some(("monthly_request_limit", 30)), "Asia/Kolkata"),
    widget("florist", 2, "florist", Some("gemini"), Some(("monthly_token_limit", 15_000)), "UTC"),
];

const fn widget(
    key: &'static str,
    visitors: u32,
    client: &'static str,
    provider: Option<&'static str>,
    tight: Option<(&'static str, u32)>,
    zone: &'static str,
) -> Widget {
    Widget { key, visitors, client, provider, tight, zone }
}

const FAR: &str = "daily_token_limit = 1000000000, daily_request_limit = 1000000000,
    monthly_token_limit = 1000000000, monthly_request_limit = 1000000000";

/// Puts them into a migrated database. Each client wants to hear of thresholds, at an address that is refused.
pub(super) fn seed(place: &Place) {
    let is_sqlite = place.url.starts_with("sqlite");
    let events = if is_sqlite { r#"["credits.threshold"]"# } else { "{credits.threshold}" };
    place.sql(&format!("UPDATE client_llm_usage SET {FAR}"));
    for widget in &WIDGETS {
        let Widget { key, client, provider, tight, zone, .. } = widget;
        let (enabled, provider) = (provider.is_some(), provider.unwrap_or("gemini"));
        let account = format!("widget_id = (SELECT id FROM widget_configs WHERE widget_key = '{key}')");
        place.sql(&format!(
            "INSERT INTO clients (client_name, email) SELECT '{client}', '{client}@example.com'
                WHERE NOT EXISTS (SELECT 1 FROM clients WHERE client_name = '{client}');
             INSERT INTO webhooks (client_id, url, secret, events, created_at, updated_at)
                SELECT id, 'https://127.0.0.1/', 's', '{events}', '2031-05-31 00:00:00', '2031-05-31 00:00:00' FROM clients c
                WHERE client_name = '{client}' AND NOT EXISTS (SELECT 1 FROM webhooks WHERE client_id = c.id);
             INSERT INTO widget_configs (client_id, widget_key, widget_name, llm_enabled, llm_provider)
                SELECT id, '{key}', '{key}', {enabled}, '{provider}' FROM clients WHERE client_name = '{client}';
             INSERT INTO widget_knowledge_base (widget_id, question, answer)
                SELECT id, 'Is there parking?', 'Yes: behind the {key}.' FROM widget_configs WHERE widget_key = '{key}';
             UPDATE client_llm_usage SET {FAR}, reset_timezone = '{zone}' WHERE {account};"
        ));
        if let Some((limit, most)) = tight {
            place.sql(&format!("UPDATE client_llm_usage SET {limit} = {most} WHERE {account}"));
        }
    }
}

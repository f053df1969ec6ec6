use super::{keys, load, provider};
use frontdesk_domain::ProviderName;
use frontdesk_domain::breaker::BreakerPolicy;
use frontdesk_domain::quota::QuotaSettings;
use frontdesk_settings::{DatabaseKind, LogFormat, VARIABLES};
use std::time::Duration;

#[test]
fn nothing_set_gives_the_documented_defaults() {
    let settings = load(&[], None).unwrap();
    assert_eq!(settings.database.url.expose(), "sqlite://frontdesk.db");
    assert_eq!(settings.database.url.kind(), DatabaseKind::Sqlite);
    assert_eq!(settings.database.pool_size, 8);
    assert_eq!((settings.server.host.as_str(), settings.server.port), ("127.0.0.1", 8080));
    assert_eq!(settings.server.max_in_flight_messages, 512);
    assert_eq!(settings.server.shutdown_timeout, Duration::from_secs(25));
    let providers = &settings.providers;
    let names: Vec<_> = providers.list.iter().map(|provider| provider.name.as_str()).collect();
    assert_eq!(names, ["gemini", "groq", "openai", "claude"]);
    assert!(providers.list.iter().all(|provider| provider.api_keys.is_empty() && provider.models.is_empty()));
    let claude = providers.get(&ProviderName::CLAUDE).unwrap();
    assert_eq!(claude.base_url.as_deref(), Some("https://api.anthropic.com"));
    assert_eq!(claude.quota, QuotaSettings::default());
    assert_eq!((claude.breaker, claude.retries), (BreakerPolicy::default(), 2));
    assert_eq!(providers.idle_timeout, Duration::from_secs(10));
    assert!(providers.redis_url.is_none());
    assert_eq!(settings.providers.fallbacks, []);
    assert_eq!(settings.providers.connect_timeout, Duration::from_secs(3));
    assert_eq!(settings.providers.timeout, Duration::from_secs(15));
    assert_eq!(settings.providers.answer_deadline, Duration::from_secs(20));
    assert!(settings.admin.api_key.is_none());
    assert_eq!(settings.ledger.reservation_timeout, Duration::from_mins(2));
    assert_eq!((settings.retention.log_days, settings.retention.conversation_days), (Some(90), None));
    assert_eq!((settings.telemetry.filter.as_str(), settings.telemetry.format), ("info", LogFormat::Text));
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = "port = 9000\nhost = \"0.0.0.0\"\nlog_format = \"json\"";
    let settings = load(&[("PORT", "9001")], Some(file)).unwrap();
    assert_eq!((settings.server.host.as_str(), settings.server.port), ("0.0.0.0", 9001));
    assert_eq!(settings.telemetry.format, LogFormat::Json);
}

#[test]
fn a_blank_value_counts_as_not_set() {
    let settings =
        load(&[("PORT", " "), ("GEMINI_API_KEY", ""), ("HOST", "")], Some("port = 9000\nhost = ''"));
    let settings = settings.unwrap();
    assert_eq!((settings.server.host.as_str(), settings.server.port), ("127.0.0.1", 9000));
    assert!(provider(&settings, "gemini").api_keys.is_empty());
}

#[test]
fn white_space_around_a_value_is_not_part_of_it() {
    let settings = load(&[("GROQ_API_KEY", " gsk-1\n"), ("GROQ_BASE_URL", "http://127.0.0.1:1/v1/ ")], None);
    let settings = settings.unwrap();
    let groq = provider(&settings, "groq");
    assert_eq!(keys(groq), ["gsk-1"]);
    assert_eq!(groq.base_url.as_deref(), Some("http://127.0.0.1:1/v1"));
}

#[test]
fn each_provider_has_its_own_key_and_url() {
    let names = ["GEMINI", "GROQ", "OPENAI", "ANTHROPIC"];
    let variables = names.map(|name| {
        let base = (format!("{name}_BASE_URL"), format!("http://{name}.test"));
        [(format!("{name}_API_KEY"), format!("key-of-{name}")), base]
    });
    let settings = frontdesk_settings::Settings::from_sources(variables.into_iter().flatten(), None).unwrap();
    for (provider, name) in settings.providers.list.iter().zip(names) {
        assert_eq!(keys(provider), [format!("key-of-{name}")]);
        assert_eq!(provider.base_url, Some(format!("http://{name}.test")));
    }
}

#[test]
fn fallbacks_keep_their_order_in_both_notations() {
    let expected = [ProviderName::GROQ, ProviderName::CLAUDE];
    let settings = load(&[("FALLBACK_PROVIDERS", "groq, claude,")], None).unwrap();
    assert_eq!(settings.providers.fallbacks, expected);
    let settings = load(&[], Some("fallback_providers = [\"groq\", \"claude\"]")).unwrap();
    assert_eq!(settings.providers.fallbacks, expected);
}

#[test]
fn variables_of_others_are_ignored_whatever_they_look_like() {
    let others = [("PATH", "/bin"), ("PORT.x", "1"), ("port", "1"), ("BASH_FUNC_a%%", "() {"), ("", "")];
    assert_eq!(load(&others, None).unwrap().server.port, 8080);
}

#[test]
fn zero_days_keep_for_ever() {
    let settings = load(&[("LOG_RETENTION_DAYS", "0"), ("CONVERSATION_RETENTION_DAYS", "30")], None).unwrap();
    assert_eq!((settings.retention.log_days, settings.retention.conversation_days), (None, Some(30)));
    assert_eq!((settings.retention.unanswered_days, settings.retention.webhook_days), (Some(90), Some(30)));
    assert!(!settings.webhooks.allow_http && settings.webhooks.private_targets.is_empty());
}

#[test]
fn each_variable_is_a_key_of_the_file_but_for_the_files_own_name() {
    for variable in VARIABLES.iter().filter(|variable| variable.name != "FRONTDESK_CONFIG") {
        let line = format!("{} = '{}'", variable.key(), variable.default.unwrap_or_default());
        load(&[], Some(&line)).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}

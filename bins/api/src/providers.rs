//! The language-model providers, as the settings have them.

use crate::Failure;
use frontdesk_domain::quota::{QuotaLimits, QuotaSettings, free_tier};
use frontdesk_providers::models::default_model;
use frontdesk_providers::{
    Compatibility, HttpConfig, Now, ProviderConfig, Providers, Resilience, SharedQuotas,
};
use frontdesk_redis::Redis;
use frontdesk_settings::{CompatibilitySettings, ProviderSettings, ProvidersSettings};

/// All providers, each said in the log: never with its keys.
pub(crate) fn providers(
    settings: &ProvidersSettings,
    redis: Option<&Redis>,
    now: &Now,
) -> Result<Providers, Failure> {
    let http = HttpConfig {
        connect_timeout: settings.connect_timeout,
        idle_timeout: settings.idle_timeout,
        ..HttpConfig::default()
    };
    let configs = settings.list.iter().map(config).collect();
    let providers = Providers::new(configs, &http, now).map_err(Failure::configuration)?;
    announce(&settings.list);
    if let Some(redis) = redis {
        providers.share_quotas(&SharedQuotas::on(redis.clone()));
        tracing::info!("LLM quotas are counted in Redis, together with all processes there");
    }
    Ok(providers)
}

fn config(own: &ProviderSettings) -> ProviderConfig {
    ProviderConfig {
        api_keys: own.api_keys.clone(),
        base_url: own.base_url.clone(),
        api_version: own.api_version.clone(),
        models: own.models.clone(),
        compatibility: compatibility(&own.compatibility),
        resilience: Resilience { quota: own.quota, breaker: own.breaker, ..Resilience::default() },
        retries: own.retries,
        ..ProviderConfig::new(own.name.clone(), None)
    }
}

fn compatibility(own: &CompatibilitySettings) -> Compatibility {
    Compatibility {
        preset: own.preset.clone(),
        cap_field: own.cap_field.clone(),
        system_role: own.system_role.clone(),
        send_temperature: own.send_temperature,
        stream_options: own.stream_options,
        auth_header: own.auth_header.clone(),
        extra_query: own.extra_query.clone(),
    }
}

fn announce(list: &[ProviderSettings]) {
    let mut with_key = Vec::new();
    for own in list {
        let keys = own.api_keys.len();
        // Of the first four, those without a key are there, but not in use.
        if keys == 0 && default_model(&own.name).is_some() {
            continue;
        }
        if keys > 0 {
            with_key.push(own.name.as_str());
        }
        let (models, quota) = (models(own), described(own.quota, rest_of_quota(own)));
        tracing::info!(keys, %models, %quota, retries = own.retries, "LLM provider {} is configured", own.name);
    }
    let with_key = if with_key.is_empty() { "none".to_owned() } else { with_key.join(", ") };
    tracing::info!("LLM providers with a key: {with_key}");
}

fn models(own: &ProviderSettings) -> String {
    match (own.models.as_slice(), default_model(&own.name)) {
        ([], Some(default)) => format!("any ({default})"),
        ([], None) => "any".to_owned(),
        (listed, _) => listed.join(", "),
    }
}

/// What holds where nothing is configured.
fn rest_of_quota(own: &ProviderSettings) -> &'static str {
    let model = own.models.first().map(String::as_str).or(default_model(&own.name)).unwrap_or_default();
    let known = config(own).is_at_vendor() && free_tier(&own.name, model) != QuotaLimits::UNLIMITED;
    if known { "free tier" } else { "no limit known" }
}

fn described(quota: QuotaSettings, rest: &str) -> String {
    let limits = [
        (quota.requests_per_minute, "requests/minute"),
        (quota.tokens_per_minute, "tokens/minute"),
        (quota.requests_per_day, "requests/day"),
        (quota.tokens_per_day, "tokens/day"),
    ];
    let configured = limits.iter().filter_map(|(limit, unit)| Some((limit.as_ref()?, unit)));
    let texts: Vec<_> = configured
        .map(
            |(limit, unit)| {
                if *limit == 0 { format!("no limit of {unit}") } else { format!("{limit} {unit}") }
            },
        )
        .collect();
    match texts.len() {
        0 => rest.to_owned(),
        4 => texts.join(", "),
        _ => format!("{}, else {rest}", texts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_says_what_is_configured_and_what_is_not() {
        assert_eq!(described(QuotaSettings::default(), "free tier"), "free tier");
        let some =
            QuotaSettings { requests_per_minute: Some(30), tokens_per_day: Some(0), ..Default::default() };
        assert_eq!(
            described(some, "free tier"),
            "30 requests/minute, no limit of tokens/day, else free tier"
        );
    }

    #[test]
    fn the_free_tier_is_announced_at_the_vendors_address_alone() {
        let gemini = |variables: &[(&str, &str)]| {
            let environment = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
            let settings = frontdesk_settings::Settings::from_sources(environment, None).unwrap();
            let own = settings.providers.list.iter().find(|own| own.name.as_str() == "gemini").unwrap();
            rest_of_quota(own)
        };
        assert_eq!(gemini(&[("GEMINI_API_KEY", "a-key")]), "free tier");
        let elsewhere = [("GEMINI_API_KEY", "a-key"), ("GEMINI_BASE_URL", "http://127.0.0.1:1")];
        assert_eq!(gemini(&elsewhere), "no limit known");
    }
}

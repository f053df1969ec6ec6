//! `PROVIDERS__<NAME>__<FIELD>` and the tables of the file.

use super::{keys, load, message, provider};
use frontdesk_domain::ProviderName;
use frontdesk_domain::breaker::BreakerPolicy;
use frontdesk_domain::quota::QuotaSettings;
use frontdesk_settings::{CompatibilitySettings, PROVIDER_FIELDS};
use std::time::Duration;

const FULL: [(&str, &str); 18] = [
    ("PRESET", "vllm"),
    ("BASE_URL", "http://gpu:8000/v1/"),
    ("KEY", "hush-1, hush-2"),
    ("MODELS", "qwen3:8b, llama3.2"),
    ("CAP_FIELD", "max_tokens"),
    ("SYSTEM_ROLE", "developer"),
    ("SEND_TEMPERATURE", "false"),
    ("STREAM_OPTIONS", "true"),
    ("AUTH_HEADER", "api-key"),
    ("EXTRA_QUERY", "api-version=2026-01-01"),
    ("REQUESTS_PER_MINUTE", "30"),
    ("TOKENS_PER_MINUTE", "8000"),
    ("REQUESTS_PER_DAY", "0"),
    ("TOKENS_PER_DAY", "200000"),
    ("BREAKER_FAILURES", "3"),
    ("BREAKER_FAILURE_RATE", "80"),
    ("BREAKER_OPEN_SECONDS", "5"),
    ("RETRIES", "0"),
];

fn check_full(settings: &frontdesk_settings::Settings) {
    let own = provider(settings, "my_gpu2");
    assert_eq!(own.base_url.as_deref(), Some("http://gpu:8000/v1"));
    assert_eq!(keys(own), ["hush-1", "hush-2"]);
    assert_eq!(own.models, ["qwen3:8b", "llama3.2"]);
    let text = |text: &str| Some(text.to_owned());
    let compatibility = CompatibilitySettings {
        preset: text("vllm"),
        cap_field: text("max_tokens"),
        system_role: text("developer"),
        send_temperature: Some(false),
        stream_options: Some(true),
        auth_header: text("api-key"),
        extra_query: text("api-version=2026-01-01"),
    };
    assert_eq!(own.compatibility, compatibility);
    let quota = QuotaSettings {
        requests_per_minute: Some(30),
        tokens_per_minute: Some(8_000),
        requests_per_day: Some(0),
        tokens_per_day: Some(200_000),
        ..Default::default()
    };
    assert_eq!(own.quota, quota);
    let breaker = BreakerPolicy {
        consecutive_failures: 3,
        failure_rate_percent: 80,
        open_for: Duration::from_secs(5),
        ..Default::default()
    };
    assert_eq!((own.breaker, own.retries), (breaker, 0));
}

#[test]
fn models_that_name_none_are_refused() {
    let set = [("PROVIDERS__OLLAMA__MODELS".to_owned(), " , ".to_owned())];
    let error = frontdesk_settings::Settings::from_sources(set, None).unwrap_err().to_string();
    assert_eq!(error, "PROVIDERS__OLLAMA__MODELS: names no model: leave it out for any");
}

#[test]
fn a_server_of_ones_own_is_configured_by_the_environment_or_the_file() {
    let variables = FULL.map(|(field, value)| (format!("PROVIDERS__MY_GPU2__{field}"), value.to_owned()));
    check_full(&frontdesk_settings::Settings::from_sources(variables, None).unwrap());
    let lines: Vec<_> =
        FULL.iter().map(|(field, value)| format!("{} = '{value}'", field.to_lowercase())).collect();
    check_full(&load(&[], Some(&format!("[providers.my_gpu2]\n{}", lines.join("\n")))).unwrap());
}

#[test]
fn a_widgets_share_holds_for_every_provider() {
    let environment = [("PROVIDER_WIDGET_SHARE_PERCENT", "30"), ("PROVIDERS__OLLAMA__MODELS", "llama3.2")];
    let settings = load(&environment, None).unwrap();
    assert!(settings.providers.list.iter().all(|provider| provider.quota.tenant_share_percent == 30));
}

#[test]
fn the_file_takes_numbers_booleans_and_lists_too() {
    let file = "[providers.ollama]\nmodels = ['a', 'b']\nretries = 1\nsend_temperature = false";
    let settings = load(&[("PROVIDERS__OLLAMA__RETRIES", "0")], Some(file)).unwrap();
    let ollama = provider(&settings, "ollama");
    assert_eq!(ollama.models, ["a", "b"]);
    assert_eq!(ollama.compatibility.send_temperature, Some(false));
    assert_eq!(ollama.retries, 0, "the environment wins");
}

#[test]
fn built_in_providers_take_models_versions_quotas_breakers_and_retries() {
    let environment = [
        ("PROVIDERS__GEMINI__MODELS", "gemini-3.8-flash"),
        ("PROVIDERS__GEMINI__API_VERSION", "v1"),
        ("PROVIDERS__GEMINI__REQUESTS_PER_DAY", "0"),
        ("PROVIDERS__GROQ__BREAKER_FAILURES", "2"),
    ];
    let settings = load(&environment, None).unwrap();
    assert_eq!(settings.providers.list.len(), 4);
    let gemini = provider(&settings, "gemini");
    assert_eq!(
        (gemini.models.as_slice(), gemini.api_version.as_deref()),
        (&["gemini-3.8-flash".to_owned()][..], Some("v1"))
    );
    assert_eq!(gemini.quota, QuotaSettings { requests_per_day: Some(0), ..Default::default() });
    assert_eq!(provider(&settings, "groq").breaker.consecutive_failures, 2);
}

#[test]
fn a_configured_server_can_be_a_fallback_once_it_has_a_model() {
    let fallbacks = ("FALLBACK_PROVIDERS", "groq,ollama");
    let settings = load(&[fallbacks, ("PROVIDERS__OLLAMA__MODELS", "llama3.2")], None).unwrap();
    assert_eq!(
        settings.providers.fallbacks.iter().map(ProviderName::as_str).collect::<Vec<_>>(),
        ["groq", "ollama"]
    );
    let without = message(&[fallbacks, ("PROVIDERS__OLLAMA__KEY", "hush")], None);
    assert_eq!(
        without,
        r#"FALLBACK_PROVIDERS: "ollama" has no model to be asked for; set PROVIDERS__OLLAMA__MODELS"#
    );
    let unknown =
        message(&[("FALLBACK_PROVIDERS", "olama"), ("PROVIDERS__OLLAMA__MODELS", "llama3.2")], None);
    assert_eq!(
        unknown,
        r#"FALLBACK_PROVIDERS: "olama" is not a provider (a comma list of gemini, groq, openai, claude, ollama)"#
    );
}

#[test]
fn several_keys_are_kept_in_their_order_in_both_notations() {
    let settings = load(&[("GEMINI_API_KEY", "hush-1, hush-2,")], None).unwrap();
    assert_eq!(keys(provider(&settings, "gemini")), ["hush-1", "hush-2"]);
    let settings = load(&[], Some("gemini_api_key = ['hush-1', ' hush-2 ']")).unwrap();
    assert_eq!(keys(provider(&settings, "gemini")), ["hush-1", "hush-2"]);
}

#[test]
fn a_key_and_a_key_file_together_are_refused_and_both_named() {
    for (key, file) in
        [("GEMINI_API_KEY", "GEMINI_API_KEY_FILE"), ("PROVIDERS__OLLAMA__KEY", "PROVIDERS__OLLAMA__KEY_FILE")]
    {
        let message = message(&[(key, "hush"), (file, "/dev/null")], None);
        assert_eq!(message, format!("{key}: is set, and so is {file}; set one of the two"));
    }
}

/// A variable, a bad value, and the line that the start stops with.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "PROVIDERS__OLLAMA",
        "x",
        "PROVIDERS__OLLAMA: has to be a name and a field, such as PROVIDERS__OLLAMA__BASE_URL",
    ),
    (
        "PROVIDERS__ollama__KEY",
        "hush",
        "PROVIDERS__ollama__KEY: is not in upper case: write the name in A-Z, 0-9 and _",
    ),
    (
        "PROVIDERS____KEY",
        "hush",
        r#"PROVIDERS____KEY: "" is not a provider's name: use 1 to 50 of a-z, 0-9 and single _"#,
    ),
    (
        "PROVIDERS__MY-LLM__KEY",
        "hush",
        r#"PROVIDERS__MY-LLM__KEY: "my-llm" is not a provider's name: use 1 to 50 of a-z, 0-9 and single _"#,
    ),
    (
        "PROVIDERS__X__BASEURL",
        "hush",
        "PROVIDERS__X__BASEURL: there is no such setting; a provider has PRESET, BASE_URL, KEY, KEY_FILE, MODELS, \
         CAP_FIELD, SYSTEM_ROLE, SEND_TEMPERATURE, STREAM_OPTIONS, AUTH_HEADER, EXTRA_QUERY, API_VERSION, \
         REQUESTS_PER_MINUTE, TOKENS_PER_MINUTE, REQUESTS_PER_DAY, TOKENS_PER_DAY, BREAKER_FAILURES, \
         BREAKER_FAILURE_RATE, BREAKER_OPEN_SECONDS, RETRIES",
    ),
    (
        "PROVIDERS__X__BASE_URL",
        "gpu:8000",
        "PROVIDERS__X__BASE_URL: has to be a URL that starts with https:// or http:// (the value is not shown)",
    ),
    (
        "PROVIDERS__X__BASE_URL",
        "http://gpu/v1/chat/completions",
        "PROVIDERS__X__BASE_URL: is the part before /chat/completions; leave that out",
    ),
    (
        "PROVIDERS__X__KEY",
        "hush hush",
        "PROVIDERS__X__KEY: holds a space or a character that no key has (the value is not shown); copy it again",
    ),
    (
        "PROVIDERS__X__KEY_FILE",
        "/nowhere/at/all",
        r#"PROVIDERS__X__KEY_FILE: "/nowhere/at/all" cannot be read: No such file or directory (os error 2)"#,
    ),
    ("PROVIDERS__X__MODELS", "a,b,a", r#"PROVIDERS__X__MODELS: "a" is listed twice"#),
    (
        "PROVIDERS__X__SEND_TEMPERATURE",
        "no",
        r#"PROVIDERS__X__SEND_TEMPERATURE: "no" is neither true nor false"#,
    ),
    ("PROVIDERS__X__STREAM_OPTIONS", "1", r#"PROVIDERS__X__STREAM_OPTIONS: "1" is neither true nor false"#),
    (
        "PROVIDERS__X__API_VERSION",
        "v1",
        "PROVIDERS__X__API_VERSION: only gemini and claude have one; a parameter of the URL is an EXTRA_QUERY",
    ),
    (
        "PROVIDERS__GROQ__REQUESTS_PER_MINUTE",
        "-1",
        r#"PROVIDERS__GROQ__REQUESTS_PER_MINUTE: "-1" is not a number of requests (0 to 1000000000000)"#,
    ),
    ("PROVIDERS__GROQ__RETRIES", "3", r#"PROVIDERS__GROQ__RETRIES: "3" is not a number of retries (0 to 2)"#),
    (
        "PROVIDERS__GROQ__BREAKER_FAILURE_RATE",
        "0",
        r#"PROVIDERS__GROQ__BREAKER_FAILURE_RATE: "0" is not a number of percent (1 to 100)"#,
    ),
    ("PROVIDERS__GROQ__API_VERSION", "v1", "PROVIDERS__GROQ__API_VERSION: the API of groq has no version"),
    (
        "PROVIDERS__CLAUDE__KEY",
        "hush",
        "PROVIDERS__CLAUDE__KEY: for claude this is ANTHROPIC_API_KEY; set that instead",
    ),
    (
        "PROVIDERS__OPENAI__BASE_URL",
        "http://localhost",
        "PROVIDERS__OPENAI__BASE_URL: for openai this is OPENAI_BASE_URL; set that instead",
    ),
    (
        "PROVIDERS__OPENAI__CAP_FIELD",
        "max_tokens",
        "PROVIDERS__OPENAI__CAP_FIELD: openai is not an OpenAI-compatible server of your own; give that a name of its own",
    ),
    (
        "PROVIDERS__ANTHROPIC__KEY",
        "hush",
        "PROVIDERS__ANTHROPIC: Anthropic's provider is called claude; its key is ANTHROPIC_API_KEY",
    ),
];

#[test]
fn each_bad_setting_of_a_provider_is_one_line_with_its_variable() {
    for (name, value, expected) in REFUSED {
        assert_eq!(message(&[(name, value)], None), *expected);
    }
    // PROVIDERS__OLLAMA, PROVIDERS__ollama__KEY and PROVIDERS____KEY have no counterpart in the file
    for (name, value, expected) in &REFUSED[3..] {
        let (provider, field) = name.strip_prefix("PROVIDERS__").unwrap().split_once("__").unwrap();
        let file = format!("[providers.{}]\n{} = '{value}'", provider.to_lowercase(), field.to_lowercase());
        assert_eq!(message(&[], Some(&file)), *expected, "the same from the file");
    }
}

#[test]
fn what_is_no_table_of_a_provider_in_the_file_is_refused() {
    let tables = "PROVIDERS: has to be tables, such as [providers.ollama]";
    assert_eq!(message(&[], Some("providers = 5")), tables);
    assert_eq!(message(&[], Some("[providers]\nollama = 'http://localhost'")), tables);
    let shouted = message(&[], Some("[providers.ollama]\nMODELS = 'a'"));
    assert_eq!(
        shouted,
        r#"PROVIDERS__OLLAMA__MODELS: is spelt "MODELS" in the file: keys there are in lower case"#
    );
    let nested = message(&[], Some("[providers.ollama.models]\na = 1"));
    assert_eq!(
        nested,
        "PROVIDERS__OLLAMA__MODELS: has to be a text, a number, true, false or a list of texts"
    );
}

#[test]
fn blank_variables_make_no_provider() {
    let settings = load(&[("PROVIDERS__OLLAMA__BASE_URL", " "), ("PROVIDERS__TYPO", "")], None).unwrap();
    assert_eq!(settings.providers.list.len(), 4);
}

#[test]
fn the_table_of_this_test_covers_all_fields_but_for_files_and_versions() {
    let tested: Vec<_> = FULL.iter().map(|(field, _)| *field).collect();
    let mut fields: Vec<_> = PROVIDER_FIELDS.iter().map(|field| field.name).collect();
    fields.retain(|field| !matches!(*field, "KEY_FILE" | "API_VERSION"));
    assert_eq!(tested, fields);
}

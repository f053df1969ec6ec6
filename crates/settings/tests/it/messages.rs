use super::message;

/// A variable, a bad value, and the line that the start stops with.
const REFUSED: &[(&str, &str, &str)] = &[
    ("PORT", "eighty", r#"PORT: "eighty" is not a port number (1 to 65535, or 0 for any free one)"#),
    ("PORT", "65536", r#"PORT: "65536" is not a port number (1 to 65535, or 0 for any free one)"#),
    ("PORT", "80\n90", r#"PORT: "80\n90" is not a port number (1 to 65535, or 0 for any free one)"#),
    (
        "HOST",
        "http://x",
        r#"HOST: "http://x" is not an IP address or host name (such as 127.0.0.1, 0.0.0.0 or localhost)"#,
    ),
    (
        "DATABASE_URL",
        "mysql://u:hush@h/d",
        "DATABASE_URL: has to start with postgres://, postgresql:// or sqlite:// (the value is not shown)",
    ),
    (
        "DATABASE_URL",
        "sqlite://",
        "DATABASE_URL: names no file; write sqlite://PATH, such as sqlite://frontdesk.db",
    ),
    (
        "DATABASE_URL",
        "sqlite://:memory:",
        "DATABASE_URL: a database in memory cannot be shared; write sqlite://PATH",
    ),
    ("DATABASE_POOL_SIZE", "0", r#"DATABASE_POOL_SIZE: "0" is not a number of connections (1 to 200)"#),
    ("DATABASE_WAIT_MS", "2s", r#"DATABASE_WAIT_MS: "2s" is not a number of milliseconds (1 to 60000)"#),
    ("MAX_CONNECTIONS", "1", r#"MAX_CONNECTIONS: "1" is not a number of connections (16 to 1000000)"#),
    ("HEADER_TIMEOUT_SECONDS", "0", r#"HEADER_TIMEOUT_SECONDS: "0" is not a number of seconds (1 to 3600)"#),
    ("BODY_TIMEOUT_SECONDS", "0", r#"BODY_TIMEOUT_SECONDS: "0" is not a number of seconds (1 to 3600)"#),
    (
        "REQUEST_TIMEOUT_SECONDS",
        "1h",
        r#"REQUEST_TIMEOUT_SECONDS: "1h" is not a number of seconds (1 to 3600)"#,
    ),
    ("KEEP_ALIVE_SECONDS", "0", r#"KEEP_ALIVE_SECONDS: "0" is not a number of seconds (1 to 3600)"#),
    ("MAX_WAITING_MESSAGES", "-1", r#"MAX_WAITING_MESSAGES: "-1" is not a number of messages (0 to 100000)"#),
    ("MESSAGE_WAIT_MS", "60001", r#"MESSAGE_WAIT_MS: "60001" is not a number of milliseconds (0 to 60000)"#),
    (
        "MAX_IN_FLIGHT_MESSAGES",
        "many",
        r#"MAX_IN_FLIGHT_MESSAGES: "many" is not a number of messages (1 to 100000)"#,
    ),
    (
        "SHUTDOWN_TIMEOUT_SECONDS",
        "-1",
        r#"SHUTDOWN_TIMEOUT_SECONDS: "-1" is not a number of seconds (1 to 3600)"#,
    ),
    ("TRUSTED_PROXIES", "true", r#"TRUSTED_PROXIES: "true" is not a number of proxies (0 to 16)"#),
    ("RATE_LIMITS", "none", r#"RATE_LIMITS: "none" is neither on nor off"#),
    (
        "RATE_LIMIT_PER_IP",
        "30/m",
        r#"RATE_LIMIT_PER_IP: "30/m" is not a number of messages a minute (0 to 1000000)"#,
    ),
    (
        "RATE_LIMIT_PER_WIDGET",
        "-1",
        r#"RATE_LIMIT_PER_WIDGET: "-1" is not a number of messages a minute (0 to 1000000)"#,
    ),
    (
        "RATE_LIMIT_CALLS_PER_IP",
        "off",
        r#"RATE_LIMIT_CALLS_PER_IP: "off" is not a number of calls a minute (0 to 1000000)"#,
    ),
    (
        "RATE_LIMIT_FAILED_KEYS_PER_IP",
        "1e3",
        r#"RATE_LIMIT_FAILED_KEYS_PER_IP: "1e3" is not a number of calls a minute (0 to 1000000)"#,
    ),
    (
        "GEMINI_API_KEY",
        "AIza hush",
        "GEMINI_API_KEY: holds a space or a character that no key has (the value is not shown); copy it again",
    ),
    (
        "GROQ_API_KEY",
        "“hush”",
        "GROQ_API_KEY: holds a space or a character that no key has (the value is not shown); copy it again",
    ),
    (
        "OPENAI_BASE_URL",
        "sk-hush",
        "OPENAI_BASE_URL: has to be a URL that starts with https:// or http:// (the value is not shown)",
    ),
    (
        "ANTHROPIC_BASE_URL",
        "https://",
        "ANTHROPIC_BASE_URL: has to be a URL that starts with https:// or http:// (the value is not shown)",
    ),
    (
        "FALLBACK_PROVIDERS",
        "groq,anthropic",
        r#"FALLBACK_PROVIDERS: "anthropic" is not a provider (a comma list of gemini, groq, openai, claude)"#,
    ),
    ("FALLBACK_PROVIDERS", "groq,groq", r#"FALLBACK_PROVIDERS: "groq" is listed twice"#),
    (
        "PROVIDER_CONNECT_TIMEOUT_MS",
        "3s",
        r#"PROVIDER_CONNECT_TIMEOUT_MS: "3s" is not a number of milliseconds (1 to 600000)"#,
    ),
    ("PROVIDER_TIMEOUT_MS", "0", r#"PROVIDER_TIMEOUT_MS: "0" is not a number of milliseconds (1 to 600000)"#),
    (
        "ANSWER_DEADLINE_MS",
        "1.5",
        r#"ANSWER_DEADLINE_MS: "1.5" is not a number of milliseconds (1 to 600000)"#,
    ),
    (
        "GEMINI_API_KEY",
        "hush-one, hush-two,hush-one",
        "GEMINI_API_KEY: holds the same key twice (the value is not shown); each counts its own quota",
    ),
    (
        "GROQ_API_KEY_FILE",
        "/nowhere/at/all",
        r#"GROQ_API_KEY_FILE: "/nowhere/at/all" cannot be read: No such file or directory (os error 2)"#,
    ),
    (
        "GROQ_API_KEY_FILE",
        "gsk-hush",
        "GROQ_API_KEY_FILE: the file in the working directory (its name is not shown, for it could be a key) cannot be read: No such file or directory (os error 2)",
    ),
    (
        "OPENAI_BASE_URL",
        "http://localhost/v1/chat/completions/",
        "OPENAI_BASE_URL: is the part before /chat/completions; leave that out",
    ),
    (
        "PROVIDER_IDLE_TIMEOUT_MS",
        "0",
        r#"PROVIDER_IDLE_TIMEOUT_MS: "0" is not a number of milliseconds (1 to 600000)"#,
    ),
    (
        "PROVIDER_WIDGET_SHARE_PERCENT",
        "101",
        r#"PROVIDER_WIDGET_SHARE_PERCENT: "101" is not a number of percent (1 to 100)"#,
    ),
    (
        "REDIS_URL",
        "http://:hush@localhost",
        "REDIS_URL: has to be a URL that starts with redis:// or rediss:// (the value is not shown)",
    ),
    (
        "REDIS_URL",
        "rediss://",
        "REDIS_URL: has to be a URL that starts with redis:// or rediss:// (the value is not shown)",
    ),
    ("REDIS_TLS_VERIFY", "no", r#"REDIS_TLS_VERIFY: "no" is neither true nor false"#),
    (
        "ADMIN_API_KEY",
        "hush",
        "ADMIN_API_KEY: is too short (the value is not shown); use at least 16 characters",
    ),
    ("RESERVATION_TIMEOUT", "soon", r#"RESERVATION_TIMEOUT: "soon" is not a number of seconds (1 to 86400)"#),
    ("KNOWLEDGE_CACHE_MB", "0", r#"KNOWLEDGE_CACHE_MB: "0" is not a number of megabytes (1 to 65536)"#),
    ("RESERVATION_TIMEOUT", "20", "RESERVATION_TIMEOUT: 20 s has to be above ANSWER_DEADLINE_MS (20000 ms)"),
    ("LOG_RETENTION_DAYS", "never", r#"LOG_RETENTION_DAYS: "never" is not a number of days (0 to 36500)"#),
    (
        "CONVERSATION_RETENTION_DAYS",
        "-3",
        r#"CONVERSATION_RETENTION_DAYS: "-3" is not a number of days (0 to 36500)"#,
    ),
    (
        "PUBLIC_URL",
        "chat.example.com",
        r#"PUBLIC_URL: "chat.example.com" is not the URL of a server (such as https://chat.example.com)"#,
    ),
    (
        "PUBLIC_URL",
        "https://chat.example.com/?a=b",
        r#"PUBLIC_URL: "https://chat.example.com/?a=b" is not the URL of a server (such as https://chat.example.com)"#,
    ),
    (
        "LEGACY_WIDGET_PATHS",
        "/a.js=A,/b.js",
        r#"LEGACY_WIDGET_PATHS: "/b.js" is not a path and a global name (such as /public/some-widget-v2.js=SomeGlobal)"#,
    ),
    (
        "LEGACY_WIDGET_PATHS",
        "/../a.js=A",
        r#"LEGACY_WIDGET_PATHS: "/../a.js=A" does not begin with the path of a script (such as /public/some-widget-v2.js: letters, digits, - _ . ~ /)"#,
    ),
    (
        "LEGACY_WIDGET_PATHS",
        "/a.js=A-B",
        r#"LEGACY_WIDGET_PATHS: "/a.js=A-B" does not end with a name that JavaScript takes (ASCII letters, digits, _ and $)"#,
    ),
    (
        "LEGACY_WIDGET_PATHS",
        "/a.js=top",
        r#"LEGACY_WIDGET_PATHS: "/a.js=top" would take top from the browser; name the one that the pages call"#,
    ),
    ("LEGACY_WIDGET_PATHS", "/a.js=A,/a.js=B", r#"LEGACY_WIDGET_PATHS: "/a.js" is listed twice"#),
    ("WEBHOOK_ALLOW_HTTP", "yes", r#"WEBHOOK_ALLOW_HTTP: "yes" is neither true nor false"#),
    (
        "WEBHOOK_PRIVATE_TARGETS",
        "hooks.internal,http://hooks.internal",
        r#"WEBHOOK_PRIVATE_TARGETS: "http://hooks.internal" is not a host (such as hooks.internal, 10.0.0.7:9000 or [fd00::7]:9000)"#,
    ),
    ("WEBHOOK_RETENTION_DAYS", "-1", r#"WEBHOOK_RETENTION_DAYS: "-1" is not a number of days (0 to 36500)"#),
    (
        "RUST_LOG",
        "info,x=loud",
        r#"RUST_LOG: "info,x=loud" is not a log filter (such as warn, info or info,frontdesk_chat=debug)"#,
    ),
    (
        "METRICS_PORT",
        "seventy",
        r#"METRICS_PORT: "seventy" is not a port number (1 to 65535, or 0 for any free one)"#,
    ),
    (
        "METRICS_TOKEN",
        "hush",
        "METRICS_TOKEN: is too short (the value is not shown); use at least 16 characters",
    ),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "collector:4318",
        "OTEL_EXPORTER_OTLP_ENDPOINT: has to be a URL that starts with https:// or http:// (the value is not shown)",
    ),
    (
        "OTEL_EXPORTER_OTLP_HEADERS",
        "api-key: hush",
        "OTEL_EXPORTER_OTLP_HEADERS: has to be a comma list of NAME=VALUE, values percent-encoded (the value is not shown)",
    ),
    ("LOG_FORMAT", "xml", r#"LOG_FORMAT: "xml" is not a format (text or json)"#),
];

#[test]
fn each_bad_value_is_one_line_with_the_variable_what_is_wrong_and_what_is_allowed() {
    for (name, value, expected) in REFUSED {
        assert_eq!(message(&[(name, value)], None), *expected);
        if !value.contains('\n') {
            let line = format!("{} = '{value}'", name.to_lowercase());
            assert_eq!(message(&[], Some(&line)), *expected, "the same from the file");
        }
    }
}

#[test]
fn a_table_where_a_value_belongs_is_named() {
    assert_eq!(message(&[], Some("[port]\nnumber = 1")), "PORT: has to be a single text or number");
}

#[test]
fn an_unknown_key_of_the_file_is_named() {
    let expected = "frontdesk.toml: unknown key `prot`; keys are the names of the variables in lower case, such as `port`";
    assert_eq!(message(&[], Some("prot = 8080\nport = 1")), expected);
    assert!(message(&[], Some("frontdesk_config = 'a'")).contains("unknown key `frontdesk_config`"));
    assert!(message(&[], Some("PORT = 1")).contains("unknown key `PORT`"));
}

#[test]
fn a_file_that_is_not_toml_is_named_with_the_place_and_without_its_content() {
    let message = message(&[], Some("port = 1\ngemini_api_key = hush\n"));
    assert!(message.starts_with("frontdesk.toml: ") && message.contains("line 2"), "{message}");
    assert!(!message.contains("hush"), "{message}");
}

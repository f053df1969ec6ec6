use super::{load, message};
use secrecy::ExposeSecret;

const SECRETS: [(&str, &str); 8] = [
    ("GEMINI_API_KEY", "hush-gemini"),
    ("GROQ_API_KEY", "hush-groq"),
    ("OPENAI_API_KEY", "hush-openai"),
    ("ANTHROPIC_API_KEY", "hush-anthropic"),
    ("PROVIDERS__OLLAMA__KEY", "hush-ollama"),
    ("REDIS_URL", "redis://:hush-redis@cache:6379"),
    ("ADMIN_API_KEY", "hush-admin-0123456789"),
    ("DATABASE_URL", "postgres://ann:hush-database@db/desk"),
];

#[test]
fn debug_output_holds_no_secret() {
    let debug = format!("{:?}", load(&SECRETS, None).unwrap());
    assert!(!debug.contains("hush"), "{debug}");
    assert!(debug.contains("postgres://ann@db/desk"), "the rest of the URL helps: {debug}");
}

#[test]
fn no_error_holds_a_secret() {
    for (name, value) in SECRETS {
        let broken = match name {
            "DATABASE_URL" => value.replace("postgres", "oracle"),
            "REDIS_URL" => value.replace("redis:", "oracle:"),
            _ => format!("{value} and more"),
        };
        let message = message(&[(name, &broken)], None);
        assert!(message.starts_with(name) && !message.contains("hush"), "{message}");
    }
}

#[test]
fn a_servers_own_certificate_is_taken_only_where_that_is_asked_for() {
    for (url, verify, opened) in [
        ("rediss://:hush@cache:6380", "true", "rediss://:hush@cache:6380"),
        ("rediss://:hush@cache:6380", "false", "rediss://:hush@cache:6380#insecure"),
        ("rediss://:hush@cache:6380#insecure", "false", "rediss://:hush@cache:6380#insecure"),
        ("redis://:hush@cache:6379", "false", "redis://:hush@cache:6379"),
    ] {
        let settings = load(&[("REDIS_URL", url), ("REDIS_TLS_VERIFY", verify)], None).unwrap();
        assert_eq!(settings.providers.redis_url.unwrap().expose_secret(), opened);
    }
}

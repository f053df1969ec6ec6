//! All four providers against a server that nobody of this project wrote.

use crate::place::{ADMIN_KEY, Place};
use frontdesk_tests::{Aimock, Api, http};
use serde_json::{Value, json};

const KEY: &str = "a-key-that-nobody-may-see";
const PARKING: &str = "Is there parking?";

/// A provider as its widget is set up and as its API is addressed.
struct Provider {
    name: &'static str,
    /// What its environment variables begin with.
    variable: &'static str,
    /// The path of its base URL.
    base: &'static str,
    path: &'static str,
    /// The path of a call that streams.
    stream: &'static str,
    model: &'static str,
    header: &'static str,
    /// What the fixtures report.
    tokens: (i64, i64),
    answer: &'static str,
}

const PROVIDERS: [Provider; 4] = [
    Provider {
        name: "gemini",
        variable: "GEMINI",
        base: "",
        path: "/v1beta/models/gemini-3.5-flash-lite:generateContent",
        stream: "/v1beta/models/gemini-3.5-flash-lite:streamGenerateContent?alt=sse",
        model: "gemini-3.5-flash-lite",
        header: "x-goog-api-key",
        tokens: (401, 31),
        answer: "Gemini: yes, behind the hotel. Größe egal, even for a 🚚.",
    },
    Provider {
        name: "groq",
        variable: "GROQ",
        base: "/openai/v1",
        path: "/openai/v1/chat/completions",
        stream: "/openai/v1/chat/completions",
        model: "openai/gpt-oss-20b",
        header: "authorization",
        tokens: (402, 32),
        answer: "Groq: yes, behind the hotel. Größe egal, even for a 🚚.",
    },
    Provider {
        name: "openai",
        variable: "OPENAI",
        base: "/v1",
        path: "/v1/chat/completions",
        stream: "/v1/chat/completions",
        model: "gpt-6-luna",
        header: "authorization",
        tokens: (403, 33),
        answer: "OpenAI: yes, behind the hotel. Größe egal, even for a 🚚.",
    },
    Provider {
        name: "claude",
        variable: "ANTHROPIC",
        base: "",
        path: "/v1/messages",
        stream: "/v1/messages",
        model: "claude-haiku-5-5",
        header: "x-api-key",
        tokens: (404, 34),
        answer: "Claude: yes, behind the hotel. Größe egal, even for a 🚚.",
    },
];

/// An api with a widget for each provider, all of which are aimock.
struct World {
    api: Api,
    place: Place,
    aimock: Aimock,
}

impl World {
    fn start() -> Self {
        let (place, aimock) = (Place::sqlite(), Aimock::start());
        drop(place.demo(&[]));
        for provider in &PROVIDERS {
            place.sql(&widget(provider.name));
        }
        let settings = PROVIDERS.iter().flat_map(|provider| {
            let Provider { variable, base, .. } = provider;
            [
                (format!("{variable}_API_KEY"), KEY.to_owned()),
                (format!("{variable}_BASE_URL"), format!("{}{base}", aimock.url())),
            ]
        });
        let mut settings: Vec<(String, String)> = settings.collect();
        settings.push(("DATABASE_URL".to_owned(), place.url.clone()));
        settings.push(("ADMIN_API_KEY".to_owned(), ADMIN_KEY.to_owned()));
        settings.push(("FALLBACK_PROVIDERS".to_owned(), "openai".to_owned()));
        let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Self { api: Api::start(&settings), place, aimock }
    }

    fn say(&self, provider: &Provider, text: &str) -> Value {
        let url = format!("{}{}", self.api.url(), message_path(provider));
        let answer = http::post(&url, &json!({ "message_text": text }));
        assert_eq!(answer.status, 200, "{}: {}", provider.name, answer.text);
        answer.json
    }

    /// The log's rows of a provider's widget.
    fn log(&self, provider: &Provider) -> String {
        self.place.sql(&format!(
            "SELECT llm_provider, llm_model, status, prompt_tokens, completion_tokens, total_tokens, usage_estimated
             FROM llm_request_logs
             WHERE widget_id = (SELECT id FROM widget_configs WHERE widget_key = 'of-{}') ORDER BY id",
            provider.name
        ))
    }

    /// The books agree with the log, and nothing is held.
    fn check_books(&self, provider: &Provider, tokens: i64, answers: i64) {
        let books = self.place.sql(&format!(
            "SELECT total_tokens_used, total_requests_made, tokens_reserved FROM client_llm_usage a
             JOIN widget_configs w ON w.id = a.widget_id WHERE widget_key = 'of-{}'",
            provider.name
        ));
        assert_eq!(books, format!("{tokens}|{answers}|0"), "{}", provider.name);
    }
}

fn message_path(provider: &Provider) -> String {
    format!("/api/chat-widget/public/widget/of-{}/message", provider.name)
}

/// A client with a widget of this provider that knows where to park.
fn widget(provider: &str) -> String {
    let key = format!("of-{provider}");
    format!(
        "INSERT INTO clients (client_name, email) VALUES ('{key}', '{key}@example.com');
         INSERT INTO widget_configs (client_id, widget_key, widget_name, llm_enabled, llm_provider)
            SELECT id, '{key}', '{key}', true, '{provider}' FROM clients WHERE client_name = '{key}';
         INSERT INTO widget_knowledge_base (widget_id, question, answer)
            SELECT id, '{PARKING}', 'Yes: behind the hotel.' FROM widget_configs WHERE widget_key = '{key}';
         UPDATE client_llm_usage SET daily_token_limit = 1000000, daily_request_limit = 1000000,
            monthly_token_limit = 1000000, monthly_request_limit = 1000000;"
    )
}

#[test]
fn each_provider_answers_through_a_third_partys_server() {
    let world = World::start();
    for provider in &PROVIDERS {
        let answer = world.say(provider, PARKING);
        assert_eq!(answer["response"], json!(provider.answer));
        assert_eq!(answer["confidence"], json!(0.95));
        let (prompt, completion) = provider.tokens;
        let (name, model, total) = (provider.name, provider.model, prompt + completion);
        assert_eq!(world.log(provider), format!("{name}|{model}|success|{prompt}|{completion}|{total}|0"));
        world.check_books(provider, total, 1);
    }
    let journal = world.aimock.journal();
    assert_eq!(journal.len(), PROVIDERS.len());
    for (entry, provider) in journal.iter().zip(&PROVIDERS) {
        assert_eq!(entry["path"], json!(provider.path));
        assert_eq!(entry["response"]["status"], json!(200));
        assert!(entry["headers"][provider.header].is_string(), "{entry}");
        check_request(&entry["body"], provider);
    }
}

/// The request as aimock understood it, in OpenAI's shape.
fn check_request(body: &Value, provider: &Provider) {
    assert_eq!(body["model"], json!(provider.model));
    let messages = body["messages"].as_array().unwrap();
    let says = |message: &Value| message["content"].to_string();
    let [system, question] = messages.as_slice() else { panic!("{body}") };
    let role = if provider.name == "openai" { "developer" } else { "system" };
    assert_eq!((&system["role"], &question["role"]), (&json!(role), &json!("user")), "{body}");
    assert!(says(system).contains("Yes: behind the hotel."), "{body}");
    assert!(says(question).contains(PARKING), "{body}");
}

#[test]
fn each_provider_streams_through_a_third_partys_server() {
    let world = World::start();
    for provider in &PROVIDERS {
        let url = format!("{}{}", world.api.url(), message_path(provider));
        let message = json!({ "message_text": PARKING });
        let answer = http::send("POST", &url, &[("Accept", "text/event-stream")], Some(&message));
        assert_eq!(answer.status, 200, "{}: {}", provider.name, answer.text);
        let events = http::events(&answer.text);
        let Some(((last, done), deltas)) = events.split_last() else { panic!("no events: {}", answer.text) };
        let pieces: Vec<&str> = deltas.iter().filter_map(|(_, piece)| piece["text"].as_str()).collect();
        assert!(pieces.len() > 1 && pieces.len() == deltas.len(), "{}", answer.text);
        assert_eq!((pieces.concat().as_str(), last.as_str()), (provider.answer, "done"));
        assert_eq!((&done["response"], &done["truncated"]), (&json!(provider.answer), &json!(false)));
        let (prompt, completion) = provider.tokens;
        let (name, model, total) = (provider.name, provider.model, prompt + completion);
        assert_eq!(world.log(provider), format!("{name}|{model}|success|{prompt}|{completion}|{total}|0"));
        world.check_books(provider, total, 1);
    }
    let paths: Vec<Value> = world.aimock.journal().iter().map(|entry| entry["path"].clone()).collect();
    assert_eq!(paths, PROVIDERS.map(|provider| json!(provider.stream)));
}

#[test]
fn usage_that_is_reported_as_zero_is_booked_as_zero() {
    let world = World::start();
    for provider in &PROVIDERS {
        assert_eq!(world.say(provider, "Is it free of charge?")["response"], json!("Free."));
        let (name, model) = (provider.name, provider.model);
        assert_eq!(world.log(provider), format!("{name}|{model}|success|0|0|0|0"));
        world.check_books(provider, 0, 1);
    }
}

#[test]
fn errors_in_each_vendors_shape_lead_to_the_next_provider() {
    for (text, status) in
        [("after a failure of the limit", "rate_limited"), ("after a failure of the model", "failed")]
    {
        let world = World::start();
        for provider in PROVIDERS.iter().filter(|provider| provider.name != "openai") {
            assert_eq!(world.say(provider, text)["response"], json!("From the second."), "{}", provider.name);
            let log = world.log(provider);
            let rows: Vec<&str> = log.lines().collect();
            let (name, model) = (provider.name, provider.model);
            let (last, failed) = rows.split_last().unwrap();
            // How often the same provider is asked again is the policy's business.
            let failure = format!("{name}|{model}|{status}|0|0|0|0");
            assert!(!failed.is_empty() && failed.iter().all(|row| *row == failure), "{log}");
            assert_eq!(*last, "openai|gpt-6-luna|success|50|5|55|0");
            world.check_books(provider, 55, 1);
        }
    }
}

//! A server that speaks OpenAI's API is a widget's provider with configuration alone.

use crate::place::{HOURS, Place, on_both, say};
use frontdesk_tests::stub::openai_ok;
use frontdesk_tests::{Reply, Stub};
use serde_json::json;

on_both! {
    a_configured_server_answers_a_widget_that_names_it,
    a_configured_server_is_a_fallback,
    the_start_says_which_providers_there_are,
}

fn a_configured_server_answers_a_widget_that_names_it(place: &Place) {
    drop(place.demo(&[]));
    place.sql("UPDATE widget_configs SET llm_provider = 'my_gpu', llm_model = 'gemini-pro' WHERE id = 1");
    let stub = Stub::start(|_| openai_ok("Nine to five, says the GPU.", 412, 38));
    let base = format!("{}/v1", stub.url());
    let api = place.demo(&[
        ("PROVIDERS__MY_GPU__BASE_URL", &base),
        ("PROVIDERS__MY_GPU__MODELS", "llama3.2, qwen3:8b"),
        ("PROVIDERS__MY_GPU__EXTRA_QUERY", "pool=night"),
    ]);
    for _ in 0..2 {
        assert_eq!(say(&api, HOURS)["response"], json!("Nine to five, says the GPU."));
    }
    let requests = stub.requests();
    assert_eq!(requests[0].path, "/v1/chat/completions?pool=night");
    assert_eq!(requests[0].header("authorization"), None, "no key is set, so none is sent");
    let body = requests[0].json();
    assert_eq!(body["model"], "llama3.2");
    assert_eq!(body["max_tokens"], json!(500));
    assert!(body.get("max_completion_tokens").is_none() && body.get("reasoning_effort").is_none());
    assert_eq!(body["messages"][0]["role"], "system");
    let rows =
        place.sql("SELECT llm_provider, status, estimated_cost IS NULL FROM llm_request_logs ORDER BY id");
    assert!(
        rows == "my_gpu|success|1\nmy_gpu|success|1" || rows == "my_gpu|success|t\nmy_gpu|success|t",
        "{rows}"
    );
    let log = api.terminate().stdout;
    let count = |words: &str| log.lines().filter(|line| line.contains(words)).count();
    assert_eq!(count("no price is known of the LLM model"), 1, "{log}");
    assert_eq!(count("LLM model replaced: the model is not among those configured"), 1, "{log}");
}

fn a_configured_server_is_a_fallback(place: &Place) {
    let down = Stub::start(|_| Reply::error(401, "bad key"));
    let up = Stub::start(|_| openai_ok("From the spare.", 100, 10));
    let api = place.demo(&[
        ("GEMINI_API_KEY", "a-key"),
        ("GEMINI_BASE_URL", &down.url()),
        ("PROVIDERS__MISTRAL__BASE_URL", &up.url()),
        ("PROVIDERS__MISTRAL__KEY", "a-key-of-mistral"),
        ("PROVIDERS__MISTRAL__MODELS", "openai/gpt-oss-20b"), // which has a price, but at Groq
        ("FALLBACK_PROVIDERS", "mistral"),
    ]);
    assert_eq!(say(&api, HOURS)["response"], json!("From the spare."));
    assert_eq!(up.requests()[0].header("authorization"), Some("Bearer a-key-of-mistral"));
    let rows = place.sql("SELECT llm_provider, status FROM llm_request_logs ORDER BY id");
    assert_eq!(rows, "gemini|failed\nmistral|success");
    let priced = "SELECT COUNT(estimated_cost) FROM llm_request_logs WHERE llm_provider = 'mistral'";
    assert_eq!(place.sql(priced), "0");
}

fn the_start_says_which_providers_there_are(place: &Place) {
    let api = place.demo(&[
        ("GEMINI_API_KEY", "key-one,key-two"),
        ("PROVIDERS__GEMINI__REQUESTS_PER_DAY", "0"),
        ("PROVIDERS__OLLAMA__MODELS", "llama3.2"),
    ]);
    let log = api.terminate().stdout;
    let line = |words: &str| {
        let found = log.lines().find(|line| line.contains(words));
        found.unwrap_or_else(|| panic!("{words}: {log}")).to_owned()
    };
    let gemini = line("LLM provider gemini is configured");
    for part in
        ["keys=2", "models=any (gemini-3.5-flash-lite)", "quota=no limit of requests/day, else free tier"]
    {
        assert!(gemini.contains(part), "{part}: {gemini}");
    }
    let ollama = line("LLM provider ollama is configured");
    assert!(ollama.contains("keys=0") && ollama.contains("models=llama3.2 quota=no limit known"), "{ollama}");
    assert!(line("LLM providers with a key: ").ends_with("gemini"));
    assert!(!log.contains("key-one") && !log.contains("LLM provider groq is"), "{log}");
}

//! An api with a widget whose limits are in nobody's way, and its visitors.

use frontdesk_tests::stub::QUESTION;
use frontdesk_tests::{Api, ScratchDir, http};
use serde_json::json;
use std::process::Command;
use std::time::{Duration, Instant};

const PATH: &str = "/api/chat-widget/public/widget/demo/message";
/// What the providers answer.
pub(crate) const ANSWER: &str = "Nine to five.";
/// For one call, and for all calls for one message.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(1);
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);

/// The api, stopped before its database goes.
pub(crate) struct World {
    api: Api,
    _folder: ScratchDir,
}

/// What a visitor got.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) sent: Instant,
    pub(crate) waited: Duration,
    /// Whether a model answered.
    pub(crate) by_model: bool,
}

impl World {
    /// An api whose widget asks OpenAI at `openai` and then Claude at `claude`, if there are such.
    pub(crate) fn start(openai: Option<&str>, claude: &str) -> Self {
        let folder = ScratchDir::new();
        let url = folder.sqlite_url();
        let first = if openai.is_some() { "openai" } else { "claude" };
        drop(Api::start_with(&["serve", "--demo"], &[("DATABASE_URL", &url)]));
        sql(
            &url,
            &format!(
                "UPDATE widget_configs SET llm_provider = '{first}';
                 UPDATE client_llm_usage SET daily_token_limit = 1000000000, daily_request_limit = 1000000000,
                    monthly_token_limit = 1000000000, monthly_request_limit = 1000000000;"
            ),
        );
        let (timeout, deadline) = (TIMEOUT.as_millis().to_string(), DEADLINE.as_millis().to_string());
        let mut environment = vec![
            ("DATABASE_URL", url.as_str()),
            ("RUST_LOG", "warn"),
            ("ANTHROPIC_API_KEY", "a-key"),
            ("ANTHROPIC_BASE_URL", claude),
            ("FALLBACK_PROVIDERS", "claude"),
            ("PROVIDER_TIMEOUT_MS", &timeout),
            ("PROVIDER_CONNECT_TIMEOUT_MS", &timeout),
            ("ANSWER_DEADLINE_MS", &deadline),
        ];
        if let Some(openai) = openai {
            environment.extend([("OPENAI_API_KEY", "a-key"), ("OPENAI_BASE_URL", openai)]);
        }
        Self { api: Api::start(&environment), _folder: folder }
    }

    /// One message and its answer.
    pub(crate) fn tell(&self, question: u64) -> Told {
        let text = format!("{QUESTION}{question}. What are your business hours?");
        let sent = Instant::now();
        let answer = http::post(&format!("{}{PATH}", self.api.url()), &json!({ "message_text": text }));
        let waited = sent.elapsed();
        assert_eq!(answer.status, 200, "{}", answer.text);
        Told { sent, waited, by_model: answer.json["response"] == json!(ANSWER) }
    }
}

fn sql(url: &str, sql: &str) {
    let path = url.trim_start_matches("sqlite://");
    let output = Command::new("sqlite3").args(["-bail", path, sql]).output();
    let done = output.is_ok_and(|output| output.status.success());
    assert!(done, "sqlite3 does not run: tests/run --prepare installs it");
}

/// The wait below which the share `of` of all lies, in milliseconds; 0 of nothing.
pub(crate) fn quantile(waits: impl IntoIterator<Item = Duration>, of: f64) -> f64 {
    let milliseconds: Vec<f64> = waits.into_iter().map(|wait| wait.as_secs_f64() * 1e3).collect();
    frontdesk_tests::quantile(&milliseconds, of)
}

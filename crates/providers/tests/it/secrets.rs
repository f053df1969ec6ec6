//! The key shows nowhere but in its header.

use crate::support::{Act, KEY, Vendor, epoch, model_at, request};
use frontdesk_providers::registry::BUILT_IN;
use frontdesk_providers::{HttpConfig, ProviderConfig, Providers};
use secrecy::SecretString;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// What was logged.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Catches everything that this thread logs, down to `TRACE`, while the guard lives.
    pub(crate) fn catch(&self) -> tracing::subscriber::DefaultGuard {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(self.clone());
        tracing::subscriber::set_default(subscriber.finish())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A server that throws the key back: in the error, in its fields, in headers, in a page.
fn echoes() -> Vec<Vec<u8>> {
    let json = format!(
        r#"{{"error":{{"message":"Incorrect API key {KEY}","type":"{KEY}","code":"{KEY}","status":"{KEY}","param":"{KEY}"}},"request_id":"{KEY}","x_groq":{{"id":"{KEY}"}}}}"#
    );
    // The cut at 500 characters falls into the key.
    let long = format!(r#"{{"error":{{"message":"{}{KEY}"}}}}"#, "x".repeat(490));
    let page = format!("<pre>x-api-key: {KEY}</pre>");
    let answer = |status: u16, body: &str| {
        let head = format!("HTTP/1.1 {status} X\r\nx-request-id: {KEY}\r\nrequest-id: {KEY}\r\n");
        format!("{head}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()).into_bytes()
    };
    vec![answer(401, &json), answer(200, &json), answer(500, &long), answer(200, &page), answer(307, &page)]
}

#[tokio::test]
async fn a_key_that_is_thrown_back_is_struck_out() {
    let log = Log::default();
    let guard = log.catch();
    let mut shown = Vec::new();
    for provider in BUILT_IN {
        for echo in echoes() {
            let vendor = Vendor::playing(vec![Act::Send(echo, usize::MAX)]).await;
            let error = model_at(&provider, &vendor.url()).complete(&request("m")).await.unwrap_err();
            tracing::warn!(%error, ?error, "LLM call failed");
            shown.push(format!("{error} {error:?}"));
            let seen = vendor.only();
            assert!(seen.headers.values().any(|value| value.ends_with(KEY)));
            assert!(!seen.line.contains(KEY) && !seen.body.to_string().contains(KEY));
        }
    }
    drop(guard);
    // Half a key would be a leak too.
    let part = &KEY[..12];
    assert!(shown.iter().all(|text| !text.contains(part)), "{shown:#?}");
    let log = log.text();
    assert!(log.contains("LLM call failed") && log.contains("[key]"));
    assert!(!log.contains(part), "{log}");
}

#[tokio::test]
async fn debug_output_of_settings_has_no_key() {
    let config = ProviderConfig::new(BUILT_IN[0].clone(), Some(SecretString::from(KEY)));
    let http = HttpConfig {
        proxy: Some(SecretString::from(format!("http://user:{KEY}@localhost"))),
        ..Default::default()
    };
    let providers = Providers::new(vec![config.clone()], &http, &epoch()).unwrap();
    let bad_proxy = HttpConfig { proxy: Some(SecretString::from(format!("::{KEY}"))), ..Default::default() };
    let error = Providers::new(Vec::new(), &bad_proxy, &epoch()).unwrap_err();
    let shown = format!("{config:?} {http:?} {providers:?} {error} {error:?}");
    assert!(!shown.contains(KEY), "{shown}");
    assert!(shown.contains("REDACTED"));
}

#[tokio::test]
async fn a_call_that_succeeds_logs_no_key() {
    let log = Log::default();
    let guard = log.catch();
    let vendor = Vendor::of(&["openai/400_temperature", "openai/success"]).await;
    let openai = model_at(&BUILT_IN[2], &vendor.url());
    openai.complete(&request("gpt-6-luna")).await.unwrap();
    drop(guard);
    assert!(log.text().contains("LLM model refuses a parameter"));
    assert!(!log.text().contains(KEY), "{}", log.text());
}

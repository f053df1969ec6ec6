//! What is reserved for a prompt, against what every recorded answer says it took.

use crate::support::{Act, Vendor, fixture, model_at, request};
use frontdesk_domain::{ProviderName, TokenUsage};
use frontdesk_providers::estimate::estimate_prompt;
use frontdesk_providers::models::default_model;
use frontdesk_providers::registry::BUILT_IN;
use frontdesk_providers::{ChatRequest, StreamEvent};
use std::path::Path;

/// What an answer reports, whole or as a stream, if it does.
async fn reported(provider: &ProviderName, name: &str, request: &ChatRequest) -> Option<TokenUsage> {
    // Some refusals lead to a second call within the first, which gets the same answer.
    let answer = || Act::Send(fixture(name), usize::MAX);
    let vendor = Vendor::playing(vec![answer(), answer()]).await;
    let model = model_at(provider, &vendor.url());
    let (usage, estimated) = if name.contains("/stream_") {
        match model.stream(request).await {
            Ok(mut stream) => loop {
                match stream.next().await? {
                    StreamEvent::Delta(_) => (),
                    StreamEvent::End(end) => break (Some(end.usage), end.usage_estimated),
                }
            },
            Err(error) => (error.usage, error.usage_estimated),
        }
    } else {
        match model.complete(request).await {
            Ok(reply) => (Some(reply.usage), reply.usage_estimated),
            Err(error) => (error.usage, error.usage_estimated),
        }
    };
    usage.filter(|_| !estimated)
}

fn fixtures(folder: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(folder);
    let names = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.filter_map(|name| Some(name.to_str()?.strip_suffix(".http")?.to_owned()));
    names.map(|name| format!("{folder}/{name}")).collect()
}

#[tokio::test]
async fn the_estimate_is_never_below_what_a_recorded_answer_reports() {
    for provider in BUILT_IN {
        let request = request(default_model(&provider).unwrap());
        let estimate = estimate_prompt(&provider, &request);
        let mut reports = 0;
        for name in fixtures(provider.as_str()) {
            if let Some(usage) = reported(&provider, &name, &request).await {
                reports += 1;
                assert!(usage.prompt_tokens <= estimate, "{name}: {usage:?} above {estimate}");
            }
        }
        assert!(reports >= 5, "{reports} of {provider} report anything");
    }
}

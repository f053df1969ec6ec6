//! Anthropic's streams: named events, pings among them, `message_stop` last.

use super::{described, stop, usage};
use crate::reading::{count, text};
use crate::stream::progress::Progress;
use frontdesk_domain::TokenUsage;
use serde_json::Value;

/// Names that are not known are passed over: more may be added at any time.
pub(super) fn event(name: &str, body: &Value, progress: &mut Progress) {
    match text(body, "/type").unwrap_or(name) {
        "message_start" => start(&body["message"], progress),
        "content_block_start" => block(&body["content_block"], "text", progress),
        "content_block_delta" => block(&body["delta"], "text_delta", progress),
        "message_delta" => delta(body, progress),
        "message_stop" => progress.end(),
        _ => {}
    }
}

/// The output's count is a preliminary one here, and the input's is final.
fn start(message: &Value, progress: &mut Progress) {
    progress.works();
    progress.of_model(text(message, "/model"));
    progress.of_request_unless_known(text(message, "/id"));
    if let Some(usage) = message.get("usage").and_then(usage) {
        progress.used_for_prompt(usage);
    }
}

fn block(block: &Value, kind: &str, progress: &mut Progress) {
    progress.works();
    if text(block, "/type") == Some(kind) {
        progress.add_text(text(block, "/text").unwrap_or_default());
    }
}

/// Usage is cumulative. The input's part may be left out, and then is what it was at the start.
fn delta(body: &Value, progress: &mut Progress) {
    if let Some(reason) = text(body, "/delta/stop_reason") {
        progress.stop(stop(reason), &described(reason, &body["delta"]));
    }
    let Some(reported) = body.get("usage") else {
        return;
    };
    match (usage(reported), count(reported, "/output_tokens")) {
        (Some(usage), _) => progress.used(usage),
        (None, Some(output)) => {
            let thoughts = count(reported, "/output_tokens_details/thinking_tokens").unwrap_or(0);
            progress.used_for_completion(TokenUsage {
                completion_tokens: output,
                reasoning_tokens: thoughts,
                ..Default::default()
            });
        }
        (None, None) => {}
    }
}

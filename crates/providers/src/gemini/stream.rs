//! Gemini's streams: the answer's own shape in every event, without names and without a last word. The stream
//! ends with the body, and is whole if a finish reason came before.

use super::{candidate, ending, usage, visible_text};
use crate::reading::{count, text};
use crate::stream::progress::Progress;
use serde_json::Value;

/// Usage stands in every event and is cumulative. The first ones may not count the text yet.
pub(super) fn event(_name: &str, body: &Value, progress: &mut Progress) {
    let candidate = candidate(body);
    if !candidate.is_null() {
        progress.works();
    }
    if let Some((stop, reason)) = ending(body, candidate) {
        progress.stop(stop, &reason);
    }
    let metadata = body.get("usageMetadata").unwrap_or(&Value::Null);
    let counts_text = count(metadata, "/candidatesTokenCount").is_some();
    let usage = usage(metadata);
    if let Some(usage) = usage.filter(|_| !counts_text && progress.text_len() == 0) {
        progress.used(usage);
    }
    progress.add_text(&visible_text(candidate));
    if let Some(usage) = usage.filter(|_| counts_text) {
        progress.used(usage);
    }
    progress.of_model(text(body, "/modelVersion"));
    progress.of_request(text(body, "/responseId"));
}

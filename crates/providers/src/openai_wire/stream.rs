//! The streams of Chat Completions: chunks without names, `[DONE]` last.

use super::{stop, usage};
use crate::reading::labelled;
use crate::reading::text;
use crate::stream::progress::Progress;
use serde_json::Value;

/// One chunk. Those without a choice hold the usage, or what Azure says of the prompt.
pub(crate) fn event(_name: &str, chunk: &Value, progress: &mut Progress) {
    progress.of_model(text(chunk, "/model"));
    progress.of_request_unless_known(text(chunk, "/id"));
    if let Some(choice) = chunk.pointer("/choices/0") {
        progress.works();
        if let Some(reason) = text(choice, "/finish_reason") {
            progress.stop(stop(reason), &labelled(reason, "the answer has no usable text"));
        }
        if let Some(words) = text(choice, "/delta/refusal").filter(|words| !words.is_empty()) {
            progress.refuse(words);
        }
        // Servers differ in the name, and some send the same words under both.
        let named = ["/delta/reasoning_content", "/delta/reasoning"].map(|name| text(choice, name));
        progress.think(named.into_iter().flatten().find(|words| !words.is_empty()).unwrap_or_default());
        progress.add_text(text(choice, "/delta/content").unwrap_or_default());
    }
    if let Some(usage) = usage(chunk) {
        progress.used(usage);
    }
}

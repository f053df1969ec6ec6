//! What is sent to a model, and what it turns out to refuse.

use crate::chat::ChatRequest;
use crate::conversation::temperature;
use crate::http::answer::Answer;
use crate::openai_wire::{Body, StreamOptions, error_facts};
use crate::profile::{CapField, Profile, SystemRole};
use std::collections::BTreeSet;

/// What the API can refuse and a call can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Param {
    Temperature,
    Effort,
    /// The field that caps the answer: the server wants the other one. The cap itself is never left out, because
    /// the caller has reserved what it says.
    Cap,
    DeveloperRole,
    StreamOptions,
}

/// The parameter that this answer refuses, unless it was left out already.
pub(super) fn newly_refused(
    answer: &Answer,
    refused: &BTreeSet<Param>,
    stream: bool,
    profile: Profile,
) -> Option<Param> {
    let facts = error_facts(answer)?;
    if !matches!(facts.status, 400 | 422) {
        return None;
    }
    let param = match facts.param.as_str() {
        "temperature" => Some(Param::Temperature),
        "reasoning_effort" => Some(Param::Effort),
        name if name == cap_field(refused, profile).name() => Some(Param::Cap),
        "messages[0].role" => Some(Param::DeveloperRole),
        "stream_options" => Some(Param::StreamOptions),
        _ => None,
    };
    let by_code = matches!(facts.code.as_str(), "unsupported_parameter" | "unsupported_value");
    // Mistral and others that check requests against a schema
    let by_schema = facts.kind == "extra_forbidden";
    let param = param.filter(|_| by_code || by_schema).or_else(|| {
        // An older server has no code for it. All that tells it from another fault is the name.
        (stream && answer.mentions("stream_options")).then_some(Param::StreamOptions)
    });
    param.filter(|param| !refused.contains(param))
}

/// What a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Traits {
    /// It reasons: its instructions come from the `developer`.
    reasons: bool,
    /// The least reasoning it allows; `None` for a model that refuses the parameter.
    effort: Option<&'static str>,
    /// A temperature other than 1 is legal, with that effort.
    temperature: bool,
}

const CLASSIC: Traits = Traits { reasons: false, effort: None, temperature: true };
const SILENT: Traits = Traits { reasons: true, effort: Some("none"), temperature: true };
const THINKING: Traits = Traits { reasons: true, effort: Some("low"), temperature: false };

/// By prefix, the first that fits. `none` only where it is known to be allowed; `low` is allowed everywhere.
const TRAITS: [(&str, Traits); 13] = [
    ("gpt-6-luna", SILENT),
    ("gpt-6-sol", SILENT),
    ("gpt-6.1-terra", SILENT),
    ("gpt-5.1", SILENT),
    ("gpt-5.2", SILENT),
    ("gpt-5.4", SILENT),
    ("gpt-3", CLASSIC),
    ("gpt-4", CLASSIC),
    ("gpt-oss", CLASSIC),
    ("gpt-", THINKING),
    ("o1", THINKING),
    ("o3", THINKING),
    ("o4", THINKING),
];

/// Unknown names belong to compatible servers behind OpenAI's setting, which know the classic shape.
fn traits_of(model: &str) -> Traits {
    let base = model.strip_prefix("ft:").unwrap_or(model);
    let row = TRAITS.iter().find(|(prefix, _)| base.starts_with(prefix));
    row.map_or(CLASSIC, |(_, traits)| *traits)
}

/// What is known of `model`: at OpenAI by its name, elsewhere by the server's profile, for the models there have any
/// names.
fn traits(model: &str, profile: Profile) -> Traits {
    if profile.by_model {
        return traits_of(model);
    }
    Traits {
        reasons: profile.system_role == SystemRole::Developer,
        effort: None,
        temperature: profile.send_temperature,
    }
}

/// The field that caps the answer.
fn cap_field(refused: &BTreeSet<Param>, profile: Profile) -> CapField {
    if refused.contains(&Param::Cap) { profile.cap_field.other() } else { profile.cap_field }
}

/// Who the instructions come from.
pub(super) fn system_role(model: &str, refused: &BTreeSet<Param>, profile: Profile) -> &'static str {
    let developer = traits(model, profile).reasons && !refused.contains(&Param::DeveloperRole);
    if developer { "developer" } else { "system" }
}

/// What a stream is asked for. Only OpenAI itself is known to obfuscate.
pub(super) fn stream_options(refused: &BTreeSet<Param>, profile: Profile) -> Option<StreamOptions> {
    let include_obfuscation = profile.by_model.then_some(false);
    let options = StreamOptions { include_usage: true, include_obfuscation };
    (profile.stream_options && !refused.contains(&Param::StreamOptions)).then_some(options)
}

/// All but the messages and the stream.
pub(super) fn options<'a>(request: &'a ChatRequest, refused: &BTreeSet<Param>, profile: Profile) -> Body<'a> {
    let traits = traits(&request.model, profile);
    let effort = traits.effort.filter(|_| !refused.contains(&Param::Effort));
    // Without `none` a reasoning model reasons, and then refuses a temperature.
    let heeds = traits.temperature && effort == traits.effort && !refused.contains(&Param::Temperature);
    let cap_in = |field| (cap_field(refused, profile) == field).then_some(request.reply_tokens);
    Body {
        model: &request.model,
        max_completion_tokens: cap_in(CapField::MaxCompletionTokens),
        max_tokens: cap_in(CapField::MaxTokens),
        temperature: temperature(request).filter(|_| heeds),
        reasoning_effort: effort,
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::OPENAI;

    #[test]
    fn models_take_what_the_table_says() {
        let table = [
            ("gpt-6-luna", SILENT),
            ("gpt-6-luna-2026-10-01", SILENT),
            ("gpt-6.1-terra", SILENT),
            ("gpt-5.4-nano", SILENT),
            ("gpt-6.1-sol", THINKING),
            ("gpt-6-astra", THINKING),
            ("gpt-5.6-luna", THINKING),
            ("gpt-5-mini", THINKING),
            ("gpt-7", THINKING),
            ("o3", THINKING),
            ("gpt-4o-mini", CLASSIC),
            ("gpt-4.1", CLASSIC),
            ("ft:gpt-4o-mini:acme", CLASSIC),
            ("gpt-oss:20b", CLASSIC),
            ("llama3.2", CLASSIC),
        ];
        for (model, traits) in table {
            assert_eq!(traits_of(model), traits, "{model}");
        }
    }

    #[test]
    fn an_effort_that_is_left_out_takes_the_temperature_along() {
        let request = ChatRequest {
            model: "gpt-6-luna".to_owned(),
            system: String::new(),
            turns: Vec::new(),
            reply_tokens: 99,
            temperature: Some(0.5),
            timeout: std::time::Duration::ZERO,
            stream_timeout: std::time::Duration::ZERO,
        };
        let without = |params: &[Param]| {
            let refused = params.iter().copied().collect();
            serde_json::to_value(options(&request, &refused, OPENAI)).unwrap()
        };
        assert_eq!(without(&[])["reasoning_effort"], "none");
        assert_eq!(without(&[])["temperature"], 0.5);
        let no_effort = without(&[Param::Effort]);
        assert!(no_effort.get("reasoning_effort").is_none() && no_effort.get("temperature").is_none());
        let no_temperature = without(&[Param::Temperature]);
        assert!(no_temperature.get("temperature").is_none());
        assert_eq!(no_temperature["reasoning_effort"], "none");
        let old_cap = without(&[Param::Cap]);
        assert!(old_cap.get("max_completion_tokens").is_none());
        assert_eq!(old_cap["max_tokens"], 99);
    }
}

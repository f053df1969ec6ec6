//! OpenAI: Chat Completions under `/chat/completions`, key as a bearer token.
//!
//! What a model accepts is a table by prefix. Where the table is wrong the API names the parameter that it
//! refuses; that one is left out, the call is made once more (a 400 is not billed), and the model's refusal is
//! remembered for the life of the process.

use crate::chat::{ChatModel, ChatReply, ChatRequest};
use crate::conversation::{in_form, temperature};
use crate::dialect::Dialect;
use crate::error::ProviderError;
use crate::http::Link;
use crate::http::answer::Answer;
use crate::http::attempt::{Attempt, Opened};
use crate::limits;
use crate::openai_wire::{Body, ErrorFacts, ID_HEADER, StreamOptions, error_facts, messages, read, stream};
use crate::stream::{ReplyStream, WholeReply};
use async_trait::async_trait;
use frontdesk_domain::ProviderName;
use reqwest::Url;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// The vendor's address.
pub(crate) const BASE_URL: &str = "https://api.openai.com/v1";
/// What follows it.
pub(crate) const PATH: &str = "/chat/completions";
/// Models whose refusals are remembered. Names come from configuration, so there are few; the bound is against
/// a caller who makes them up.
const MAX_REMEMBERED: usize = 256;

#[derive(Debug)]
pub(crate) struct OpenAi {
    link: Link,
    url: Url,
    refused: Mutex<HashMap<String, BTreeSet<Param>>>,
}

impl OpenAi {
    pub(crate) fn new(link: Link, url: Url) -> Self {
        Self { link, url, refused: Mutex::default() }
    }

    /// An answer whose head says that the request was taken, or a whole one that failed.
    async fn ask(
        &self,
        attempt: &Attempt<'_>,
        request: &ChatRequest,
        stream: bool,
    ) -> Result<Asked, ProviderError> {
        let mut refused = self.refused_by(&request.model);
        let opened = self.post(attempt, request, &refused, stream).await?;
        if opened.head.is_success() {
            return Ok(Asked::Opened(opened));
        }
        let answer = attempt.read(opened).await?;
        let Some(param) = newly_refused(&answer, &refused, stream) else {
            return Ok(Asked::Failed(answer));
        };
        tracing::info!(model = request.model, ?param, "LLM model refuses a parameter, asking without it");
        refused.insert(param);
        self.remember(&request.model, &refused);
        Ok(Asked::Opened(self.post(attempt, request, &refused, stream).await?))
    }

    async fn post(
        &self,
        attempt: &Attempt<'_>,
        request: &ChatRequest,
        refused: &BTreeSet<Param>,
        stream: bool,
    ) -> Result<Opened, ProviderError> {
        let said = in_form(request)?;
        let mut body = options(request, refused);
        let plain = !traits_of(&request.model).reasons || refused.contains(&Param::DeveloperRole);
        body.messages = messages(request, &said, if plain { "system" } else { "developer" });
        if stream {
            body.stream = Some(true);
            let heeded = !refused.contains(&Param::StreamOptions);
            body.stream_options = heeded.then(|| self.stream_options());
        }
        attempt.open(self.url.clone(), &body).await
    }

    /// Only OpenAI itself is known to obfuscate.
    fn stream_options(&self) -> StreamOptions {
        let include_obfuscation = (self.link.provider == ProviderName::OPENAI).then_some(false);
        StreamOptions { include_usage: true, include_obfuscation }
    }

    fn refused_by(&self, model: &str) -> BTreeSet<Param> {
        let known = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(model).cloned().unwrap_or_default()
    }

    fn remember(&self, model: &str, refused: &BTreeSet<Param>) {
        let mut known = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_REMEMBERED || known.contains_key(model) {
            known.entry(model.to_owned()).or_default().extend(refused);
        }
    }
}

#[async_trait]
impl ChatModel for OpenAi {
    fn provider(&self) -> &ProviderName {
        &self.link.provider
    }

    async fn complete(&self, request: &ChatRequest) -> Result<ChatReply, ProviderError> {
        let attempt = self.link.attempt(request)?;
        let answer = match self.ask(&attempt, request, false).await? {
            Asked::Opened(opened) => attempt.read(opened).await?,
            Asked::Failed(answer) => answer,
        };
        attempt.conclude(&answer, &DIALECT)
    }

    async fn stream(&self, request: &ChatRequest) -> Result<ReplyStream, ProviderError> {
        let attempt = self.link.streaming_attempt(request)?;
        match self.ask(&attempt, request, true).await? {
            Asked::Opened(opened) => attempt.follow(opened, &DIALECT).await,
            Asked::Failed(answer) => Ok(Box::new(WholeReply::from(attempt.conclude(&answer, &DIALECT)?))),
        }
    }
}

/// What came of asking.
#[derive(Debug)]
enum Asked {
    Opened(Opened),
    Failed(Answer),
}

pub(crate) static DIALECT: Dialect = Dialect {
    whole: interpret,
    event: stream::event,
    error: |answer| {
        let facts = error_facts(answer)?;
        let failure = facts.failure();
        Some(facts.into_error(failure))
    },
    quota: limits::per_minute,
    id_header: ID_HEADER,
};

/// What the API can refuse and a call can do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Param {
    Temperature,
    Effort,
    /// `max_completion_tokens`: an older server wants `max_tokens`. The cap itself is never left out, because
    /// the caller has reserved what it says.
    NewCap,
    DeveloperRole,
    StreamOptions,
}

/// The parameter that this answer refuses, unless it was left out already.
fn newly_refused(answer: &Answer, refused: &BTreeSet<Param>, stream: bool) -> Option<Param> {
    let facts = error_facts(answer)?;
    if stream && !refused.contains(&Param::StreamOptions) && refuses_stream_options(answer, &facts) {
        return Some(Param::StreamOptions);
    }
    let by_name = matches!(facts.code.as_str(), "unsupported_parameter" | "unsupported_value");
    if facts.status != 400 || !by_name {
        return None;
    }
    let param = match facts.param.as_str() {
        "temperature" => Param::Temperature,
        "reasoning_effort" => Param::Effort,
        "max_completion_tokens" => Param::NewCap,
        "messages[0].role" => Param::DeveloperRole,
        _ => return None,
    };
    (!refused.contains(&param)).then_some(param)
}

/// An older server has no code for it. All that tells it from another fault is the name, somewhere in the body.
fn refuses_stream_options(answer: &Answer, facts: &ErrorFacts) -> bool {
    matches!(facts.status, 400 | 422) && answer.mentions("stream_options")
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

/// Unknown names belong to compatible servers, which know the classic shape.
fn traits_of(model: &str) -> Traits {
    let base = model.strip_prefix("ft:").unwrap_or(model);
    let row = TRAITS.iter().find(|(prefix, _)| base.starts_with(prefix));
    row.map_or(CLASSIC, |(_, traits)| *traits)
}

/// All but the messages.
fn options<'a>(request: &'a ChatRequest, refused: &BTreeSet<Param>) -> Body<'a> {
    let traits = traits_of(&request.model);
    let effort = traits.effort.filter(|_| !refused.contains(&Param::Effort));
    // Without `none` a reasoning model reasons, and then refuses a temperature.
    let heeds = traits.temperature && effort == traits.effort && !refused.contains(&Param::Temperature);
    let cap = Some(request.reply_tokens);
    let old_cap = refused.contains(&Param::NewCap);
    Body {
        model: &request.model,
        max_completion_tokens: cap.filter(|_| !old_cap),
        max_tokens: cap.filter(|_| old_cap),
        temperature: temperature(request).filter(|_| heeds),
        reasoning_effort: effort,
        ..Default::default()
    }
}

/// What an answer means.
fn interpret(
    answer: &Answer,
    provider: &ProviderName,
    request: &ChatRequest,
) -> Result<ChatReply, ProviderError> {
    match (DIALECT.error)(answer) {
        Some(error) => Err(error),
        None => read(answer, provider, request),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            serde_json::to_value(options(&request, &refused)).unwrap()
        };
        assert_eq!(without(&[])["reasoning_effort"], "none");
        assert_eq!(without(&[])["temperature"], 0.5);
        let no_effort = without(&[Param::Effort]);
        assert!(no_effort.get("reasoning_effort").is_none() && no_effort.get("temperature").is_none());
        let no_temperature = without(&[Param::Temperature]);
        assert!(no_temperature.get("temperature").is_none());
        assert_eq!(no_temperature["reasoning_effort"], "none");
        let old_cap = without(&[Param::NewCap]);
        assert!(old_cap.get("max_completion_tokens").is_none());
        assert_eq!(old_cap["max_tokens"], 99);
    }
}

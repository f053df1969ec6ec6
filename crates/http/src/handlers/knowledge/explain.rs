//! Why a question gets its answer.

use crate::body::JsonBody;
use crate::error::{ApiError, BodyError};
use crate::fields::{Faults, Fields, Read, query, whole};
use crate::handlers::admin_widget;
use crate::reply;
use crate::state::State;
use crate::text::ConversationNumber;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use frontdesk_chat::{Attempt, Candidate, Confidence, Explanation};
use frontdesk_domain::ids::{EntryId, PublicConversationId};
use frontdesk_knowledge::Contribution;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Digits of a number that nobody counts in.
const DECIMALS: f64 = 10_000.0;

struct Asked {
    question: String,
    conversation: Option<PublicConversationId>,
}

/// A question.
#[derive(ToSchema)]
#[schema(as = Question)]
#[expect(dead_code, reason = "it is how the OpenAPI document shows the body")]
struct ExplainFields {
    #[schema(max_length = 4000, pattern = r"^[^\x00]*[^\s\x00][^\x00]*$", example = "Is there parking?")]
    question: String,
    /// Its last turns are part of the prompt; without it the conversation is a new one.
    conversation_id: Option<ConversationNumber>,
}

fn asked(mut fields: Fields) -> Result<Asked, Faults> {
    let question = fields.required("question", query);
    let conversation = fields.read("conversation_id", |value| conversation(&value));
    fields.finish(question.map(|question| Asked { question, conversation }))
}

fn conversation(value: &Value) -> Read<PublicConversationId> {
    let number = match value {
        Value::Number(number) => whole(number),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map(PublicConversationId::new).ok_or_else(|| "write the id of a conversation".to_owned())
}

#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedCandidate)]
struct CandidateReport {
    id: EntryId,
    question: String,
    score: f64,
    /// What it takes in a prompt.
    tokens: usize,
    /// False where the budget left it out.
    in_context: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedFeature)]
struct FeatureReport {
    name: &'static str,
    value: f64,
    coefficient: f64,
    contribution: f64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedConfidence)]
struct ConfidenceReport {
    id: EntryId,
    confidence: f64,
    intercept: f64,
    log_odds: f64,
    undisputed: f64,
    features: Vec<FeatureReport>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedSuggestion)]
struct SuggestionReport {
    id: EntryId,
    question: String,
    answer: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedTurn)]
struct TurnReport {
    role: &'static str,
    text: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedAttempt)]
struct AttemptReport {
    provider: String,
    model: String,
    /// Whether it has a key.
    configured: bool,
    /// Whether its circuit breaker and quota let the call through now.
    admitted: bool,
    turned_away: Option<String>,
    prompt_tokens: u32,
    reply_tokens: u32,
    /// What would be held.
    reserved_tokens: Option<i64>,
    granted_reply_tokens: Option<u32>,
    /// The limit in the way.
    denied: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedThresholds)]
struct Thresholds {
    answer: f64,
    suggestions: f64,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedContext)]
struct Context {
    budget_tokens: usize,
    tokens: usize,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedPrompt)]
struct PromptReport {
    system: String,
    turns: Vec<TurnReport>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedOutcome)]
struct OutcomeReport {
    /// `llm`, `knowledge_base` or `default`.
    source: &'static str,
    provider: Option<String>,
    reason: String,
    /// What the visitor would read; null for a model's answer.
    text: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Explanation)]
struct Report {
    language: String,
    entries: usize,
    answer_order: &'static str,
    thresholds: Thresholds,
    ranking: Vec<CandidateReport>,
    best: Option<ConfidenceReport>,
    suggestions: Vec<SuggestionReport>,
    context: Context,
    prompt: PromptReport,
    attempts: Vec<AttemptReport>,
    outcome: OutcomeReport,
}

/// Explains the answer that a question would get. Nothing is stored, and no provider is called.
#[utoipa::path(
    post,
    path = "/widgets/{widget}/knowledge/explain",
    request_body = ExplainFields,
    responses((status = 200, description = "Each step of the answer.", body = Report)),
    extensions(("x-error-codes" = json!(["widget_not_found", "conversation_not_found"]))),
)]
pub(crate) async fn explain_answer(
    state: Data<State>,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, ApiError> {
    let widget = admin_widget(&state, &id).await?;
    let Asked { question, conversation } = asked(body.fields()?).map_err(BodyError::from)?;
    let explanation = state.desk.explain(widget, &question, conversation).await?;
    reply::ok(&Report::from(explanation))
}

fn rounded(number: f64) -> f64 {
    // A zero has no sign for people.
    (number * DECIMALS).round() / DECIMALS + 0.0
}

impl From<Explanation> for Report {
    fn from(explained: Explanation) -> Self {
        let turn = |turn: frontdesk_chat::Turn| TurnReport {
            role: if turn.role == frontdesk_chat::Role::Visitor { "visitor" } else { "assistant" },
            text: turn.text,
        };
        let suggestion = |one: frontdesk_chat::Suggestion| SuggestionReport {
            id: one.id,
            question: one.question,
            answer: one.answer,
        };
        let outcome = explained.outcome;
        Self {
            language: format!("{:?}", explained.language).to_lowercase(),
            entries: explained.entries,
            answer_order: explained.answer_order.as_str(),
            thresholds: Thresholds {
                answer: frontdesk_domain::confidence::KNOWLEDGE_BASE_MIN,
                suggestions: frontdesk_knowledge::RELATED_MIN,
            },
            ranking: explained.ranking.into_iter().map(CandidateReport::from).collect(),
            best: explained.best.map(ConfidenceReport::from),
            suggestions: explained.suggestions.into_iter().map(suggestion).collect(),
            context: Context { budget_tokens: explained.context_budget, tokens: explained.context_tokens },
            prompt: PromptReport {
                system: explained.system,
                turns: explained.turns.into_iter().map(turn).collect(),
            },
            attempts: explained.attempts.into_iter().map(AttemptReport::from).collect(),
            outcome: OutcomeReport {
                source: outcome.source.as_str(),
                provider: outcome.provider.map(|provider| provider.to_string()),
                reason: outcome.reason,
                text: outcome.text,
            },
        }
    }
}

impl From<Candidate> for CandidateReport {
    fn from(candidate: Candidate) -> Self {
        Self {
            id: candidate.entry,
            question: candidate.question,
            score: rounded(candidate.score),
            tokens: candidate.tokens,
            in_context: candidate.packed,
        }
    }
}

impl From<Confidence> for ConfidenceReport {
    fn from(best: Confidence) -> Self {
        let sum: f64 = best.contributions.iter().map(Contribution::log_odds).sum();
        let features = best.contributions.iter().map(|part| FeatureReport {
            name: part.name,
            value: rounded(part.value),
            coefficient: part.coefficient,
            contribution: rounded(part.log_odds()),
        });
        Self {
            id: best.entry,
            confidence: rounded(best.confidence),
            intercept: best.intercept,
            log_odds: rounded(best.intercept + sum),
            undisputed: rounded(best.undisputed),
            features: features.collect(),
        }
    }
}

impl From<Attempt> for AttemptReport {
    fn from(attempt: Attempt) -> Self {
        let (granted, denied) = match attempt.credits {
            Ok(grant) => (Some(grant), None),
            Err(denial) => (None, Some(denial.to_string())),
        };
        Self {
            provider: attempt.provider.to_string(),
            model: attempt.model,
            configured: attempt.configured,
            admitted: attempt.configured && attempt.turned_away.is_none(),
            turned_away: attempt.turned_away,
            prompt_tokens: attempt.prompt_tokens,
            reply_tokens: attempt.reply_tokens,
            reserved_tokens: granted.map(|grant| grant.hold.tokens),
            granted_reply_tokens: granted.map(|grant| grant.reply_tokens),
            denied,
        }
    }
}

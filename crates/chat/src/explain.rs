//! Why a question gets the answer that it gets. Nothing is stored, held or counted, and no provider is called.

use crate::ask::chain;
use crate::consultation::{Consultation, FACT_TOKENS, packing};
use crate::error::ChatError;
use crate::fallback;
use crate::front_desk::{Desk, FrontDesk};
use crate::message::{MessageText, Source, Suggestion};
use crate::prompt::{self, HISTORY_TURNS, Prompt};
use frontdesk_domain::ProviderName;
use frontdesk_domain::credits::{CreditAccount, Denial, Grant};
use frontdesk_domain::fallback::{AnswerOrder, FallbackPolicy, Step};
use frontdesk_domain::ids::{EntryId, PublicConversationId, WidgetId};
use frontdesk_knowledge::{Contribution, Evidence, Findings, Index, Language};
use frontdesk_persistence::Widget;
use frontdesk_providers::Turn;
use std::sync::Arc;

/// An entry of the ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The entry.
    pub entry: EntryId,
    /// Its question.
    pub question: String,
    /// From 0 to about 1; see [`frontdesk_knowledge::Ranked`].
    pub score: f64,
    /// What it takes in a prompt.
    pub tokens: usize,
    /// Whether the prompt has room for it.
    pub packed: bool,
}

/// How sure the best entry is, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Confidence {
    /// The entry.
    pub entry: EntryId,
    /// From 0 to 1.
    pub confidence: f64,
    /// The log-odds before any evidence. With what the contributions add it makes the logistic function's
    /// argument, whose result is multiplied with `undisputed`.
    pub intercept: f64,
    /// Half if another answer matches as well, 1 if the next is clearly behind.
    pub undisputed: f64,
    /// Each number of the evidence and what it is worth.
    pub contributions: Vec<Contribution>,
}

/// What a call to a provider of the chain would take, as things stand now.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The provider.
    pub provider: ProviderName,
    /// The model.
    pub model: String,
    /// Whether its key is set.
    pub configured: bool,
    /// Whether it is neither resting after failures nor out of quota.
    pub ready: bool,
    /// The upper estimate of the prompt.
    pub prompt_tokens: u32,
    /// The wanted reply cap.
    pub reply_tokens: u32,
    /// What would be held, or why nothing can be.
    pub credits: Result<Grant, Denial>,
}

/// Who would answer, if no call fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Where the answer would come from.
    pub source: Source,
    /// The provider that would be asked.
    pub provider: Option<ProviderName>,
    /// Why it is this step of the flow.
    pub reason: String,
    /// What the visitor would read; `None` where a model would say it.
    pub text: Option<String>,
}

/// Why a question gets the answer that it gets.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// The language in which the knowledge base is read.
    pub language: Language,
    /// How many entries it has.
    pub entries: usize,
    /// The best entries, one for each different answer.
    pub ranking: Vec<Candidate>,
    /// How sure the first is; `None` where nothing matches.
    pub best: Option<Confidence>,
    /// What would be offered with a default answer.
    pub suggestions: Vec<Suggestion>,
    /// The tokens that entries may take in a prompt.
    pub context_budget: usize,
    /// The tokens that they take.
    pub context_tokens: usize,
    /// The instructions and facts that a model would get.
    pub system: String,
    /// The conversation that it would get, the question last.
    pub turns: Vec<Turn>,
    /// Whether models or the knowledge base are first.
    pub answer_order: AnswerOrder,
    /// The providers that would be asked, in their order; none where no model is enabled.
    pub attempts: Vec<Attempt>,
    /// Who would answer.
    pub outcome: Outcome,
}

impl FrontDesk {
    /// Explains what would become of a message of this widget, active or not, in this conversation or a new one.
    ///
    /// # Errors
    /// [`ChatError::WidgetNotFound`], [`ChatError::ConversationNotFound`], [`ChatError::InvalidMessage`],
    /// [`ChatError::Database`].
    pub async fn explain(
        &self,
        widget: WidgetId,
        question: &str,
        conversation: Option<PublicConversationId>,
    ) -> Result<Explanation, ChatError> {
        let desk = &self.0;
        let question = MessageText::parse(question)?;
        let widget = desk.database.widget_by_id(widget).await?.ok_or(ChatError::WidgetNotFound)?;
        let history = match conversation {
            Some(id) => {
                let found = desk.database.conversation(widget.id, id, HISTORY_TURNS).await?;
                found.ok_or(ChatError::ConversationNotFound)?.turns
            }
            None => Vec::new(),
        };
        let now = (desk.now)();
        let account = match widget.client {
            Some(client) => desk.database.usage_of_client(client, now).await?,
            None => Vec::new(),
        };
        let account = account.into_iter().find(|report| report.widget == Some(widget.id));
        let credits = account.map_or_else(
            || CreditAccount::new(frontdesk_domain::credits::Limits::default(), Default::default(), now),
            |report| report.credits,
        );
        let index = desk.widgets.index(&widget).await?;
        let findings = index.ask(question.as_str());
        let consultation = Consultation::of(&findings);
        let prompt = prompt::build(&widget, &consultation.facts, &history, question.as_str());
        let attempts = attempts(desk, &widget, &prompt, &credits);
        let outcome = outcome(desk, &widget, &consultation, &attempts);
        Ok(explanation(desk, &widget, (&index, &findings), consultation, prompt, attempts, outcome))
    }

    /// The entries of an active widget that match `query` and are related to it, best first.
    ///
    /// # Errors
    /// [`ChatError::WidgetNotFound`], [`ChatError::InvalidMessage`], [`ChatError::Database`].
    pub async fn search(&self, key: &str, query: &str) -> Result<Vec<frontdesk_knowledge::Entry>, ChatError> {
        let query = MessageText::parse(query)?;
        let desk = &self.0;
        let widget = desk.widget(key).await?;
        let index = desk.widgets.index(&widget).await?;
        let task = tokio::task::spawn_blocking(move || -> Vec<frontdesk_knowledge::Entry> {
            index.ask(query.as_str()).related().iter().map(|ranked| ranked.entry.clone()).collect()
        });
        let failed = |error| frontdesk_persistence::DatabaseError::Data(format!("a search: {error}"));
        Ok(task.await.map_err(failed)?)
    }
}

fn explanation(
    desk: &Desk,
    widget: &Widget,
    (index, findings): (&Arc<Index>, &Findings<'_>),
    consultation: Consultation,
    prompt: Prompt,
    attempts: Vec<Attempt>,
    outcome: Outcome,
) -> Explanation {
    let packing = packing(findings);
    let measured = |entry: EntryId| {
        let find = |all: &[frontdesk_knowledge::Measured<'_>]| {
            all.iter().find(|one| one.entry.id == entry).map(|one| one.tokens)
        };
        let packed = find(&packing.entries);
        (packed.or_else(|| find(&packing.left_out)).unwrap_or_default(), packed.is_some())
    };
    let ranking = findings.ranked.iter().map(|ranked| {
        let (tokens, packed) = measured(ranked.entry.id);
        let (entry, question) = (ranked.entry.id, ranked.entry.question.clone());
        Candidate { entry, question, score: ranked.score, tokens, packed }
    });
    Explanation {
        language: index.language(),
        entries: index.entries().len(),
        ranking: ranking.collect(),
        best: findings.best.zip(findings.evidence).map(|(best, evidence)| confidence(best, &evidence)),
        suggestions: consultation.suggestions,
        context_budget: FACT_TOKENS,
        context_tokens: packing.tokens(),
        system: prompt.system,
        turns: prompt.turns,
        answer_order: desk.widgets.answer_order(widget),
        attempts,
        outcome,
    }
}

fn confidence(best: frontdesk_knowledge::Answer<'_>, evidence: &Evidence) -> Confidence {
    Confidence {
        entry: best.entry.id,
        confidence: best.confidence,
        intercept: evidence.intercept(),
        undisputed: evidence.undisputed,
        contributions: evidence.contributions().to_vec(),
    }
}

/// What asking each provider of the chain would take. A copy of the account is asked for credits.
fn attempts(desk: &Desk, widget: &Widget, prompt: &Prompt, credits: &CreditAccount) -> Vec<Attempt> {
    if !widget.llm.enabled {
        return Vec::new();
    }
    let Desk { providers, names, prices, settings, .. } = desk;
    let chain = chain(&widget.llm, &settings.fallback_providers, providers, names, prices);
    let attempt = |candidate: &crate::ask::Candidate| {
        let request = candidate.request(prompt, &widget.llm);
        let most = candidate.reserve_request(&request);
        let (provider, model) = (&candidate.provider, &candidate.model);
        Attempt {
            configured: providers.get(provider).is_some_and(|adapter| adapter.is_configured()),
            ready: providers.prospects(provider, model, None).ready,
            prompt_tokens: most.prompt_tokens,
            reply_tokens: most.reply_tokens,
            credits: credits.clone().reserve(most, (desk.now)()),
            provider: provider.clone(),
            model: model.clone(),
        }
    };
    chain.iter().map(attempt).collect()
}

/// The step of the flow that would answer, if the calls that can be made succeed.
fn outcome(desk: &Desk, widget: &Widget, consultation: &Consultation, attempts: &[Attempt]) -> Outcome {
    let policy = FallbackPolicy {
        providers: attempts.len(),
        knowledge_base: widget.llm.fallback_to_knowledge_base,
        order: desk.widgets.answer_order(widget),
        ..FallbackPolicy::default()
    };
    let without = |reason: String, notice: bool, step: Step| {
        let draft = fallback::answer(step, consultation, &widget.business);
        let draft = if notice { draft.with_credit_notice() } else { draft };
        Outcome { source: draft.source, provider: None, reason, text: Some(draft.text) }
    };
    let sure = |step: Step| match (step, &consultation.answer) {
        (Step::KnowledgeBase, Some(_)) => "the knowledge base is sure enough",
        (Step::KnowledgeBase, None) => "the knowledge base is not sure enough",
        _ => "the knowledge base may not answer (fallback_to_knowledge_base)",
    };
    let first = policy.start(consultation.confidence());
    if !matches!(first, Step::Ask(_)) {
        let why = if attempts.is_empty() { "no model is enabled" } else { "the knowledge base goes first" };
        return without(format!("{why}; {}", sure(first)), false, first);
    }
    let last = policy.without_model();
    match attempts.iter().find(|attempt| attempt.configured && attempt.ready) {
        None => without(format!("no provider can be asked now; {}", sure(last)), false, last),
        Some(attempt) => match &attempt.credits {
            Err(denial) => without(format!("{denial}; {}", sure(last)), true, last),
            Ok(_) => Outcome {
                source: Source::Llm,
                provider: Some(attempt.provider.clone()),
                reason: "the first provider that can be asked, and there are credits".to_owned(),
                text: None,
            },
        },
    }
}

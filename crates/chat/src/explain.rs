//! Why a question gets the answer that it gets. Nothing is stored, held or counted, and no provider is called.

use crate::ask::chain;
use crate::consultation::{Consultation, FACT_TOKENS, Wanted, packing};
use crate::error::ChatError;
use crate::fallback;
use crate::front_desk::{Desk, FrontDesk};
use crate::keywords;
use crate::message::{MessageText, Source};
use crate::prompt::{self, HISTORY_TURNS, Prompt};
use frontdesk_domain::ProviderName;
use frontdesk_domain::credits::{CreditAccount, Denial, Grant, Limits};
use frontdesk_domain::fallback::{AnswerOrder, FallbackPolicy, Step};
use frontdesk_domain::ids::{EntryId, PublicConversationId, WidgetId};
use frontdesk_domain::period::ResetZone;
use frontdesk_knowledge::{Contribution, Evidence, Findings, Index, Language, Measured};
use frontdesk_persistence::{DatabaseError, Suggestion, Widget};
use frontdesk_providers::{Call, Turn};
use std::sync::Arc;
use tokio::task::spawn_blocking;

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
    /// Why its circuit breaker or its quota would not let the call through; `None` where they would. Quotas that
    /// processes share count as far as this process knows them.
    pub turned_away: Option<String>,
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
        let account = desk.database.usage_of_widget(widget.id, now).await?;
        // One that is missing is opened with the first message.
        let credits = account.map_or_else(
            || CreditAccount::new(Limits::default(), ResetZone::default(), now),
            |report| report.credits,
        );
        let index = desk.widgets.index(&widget).await?;
        let looked = Looked::up(&index, question.as_str()).await?;
        let prompt = prompt::build(&widget, &looked.consultation.facts, &history, question.as_str());
        let attempts = attempts(desk, &widget, &prompt, &credits);
        Ok(Explanation {
            language: index.language(),
            entries: index.entries().len(),
            outcome: if keywords::are_in(question.as_str(), &widget.restrictions.blocked_keywords) {
                refused()
            } else {
                outcome(desk, &widget, &looked.consultation, &attempts)
            },
            ranking: looked.ranking,
            best: looked.best,
            suggestions: looked.consultation.suggestions,
            context_budget: FACT_TOKENS,
            context_tokens: looked.context_tokens,
            system: prompt.system,
            turns: prompt.turns,
            answer_order: desk.widgets.answer_order(&widget),
            attempts,
        })
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
        let task = spawn_blocking(move || -> Vec<frontdesk_knowledge::Entry> {
            index.ask(query.as_str()).related().iter().map(|ranked| ranked.entry.clone()).collect()
        });
        let failed = |error| DatabaseError::Data(format!("a search: {error}"));
        Ok(task.await.map_err(failed)?)
    }
}

/// What the knowledge base says, and why.
struct Looked {
    consultation: Consultation,
    ranking: Vec<Candidate>,
    best: Option<Confidence>,
    context_tokens: usize,
}

impl Looked {
    /// Looks `question` up, off the threads that serve visitors.
    async fn up(index: &Arc<Index>, question: &str) -> Result<Self, ChatError> {
        let (index, question) = (Arc::clone(index), question.to_owned());
        let failed = |error| DatabaseError::Data(format!("an explanation: {error}"));
        Ok(spawn_blocking(move || Self::of(&index.ask(&question))).await.map_err(failed)?)
    }

    fn of(findings: &Findings<'_>) -> Self {
        let packing = packing(findings);
        let measured = |all: &[Measured<'_>], packed: bool| -> Vec<(EntryId, usize, bool)> {
            all.iter().map(|one| (one.entry.id, one.tokens, packed)).collect()
        };
        let both = [measured(&packing.entries, true), measured(&packing.left_out, false)].concat();
        let candidate = |ranked: &frontdesk_knowledge::Ranked<'_>| {
            let found = both.iter().find(|(entry, ..)| *entry == ranked.entry.id);
            let (entry, tokens, packed) = found.copied().unwrap_or((ranked.entry.id, 0, false));
            Candidate { entry, question: ranked.entry.question.clone(), score: ranked.score, tokens, packed }
        };
        Self {
            ranking: findings.ranked.iter().map(candidate).collect(),
            best: findings.best.zip(findings.evidence).map(|(best, evidence)| confidence(best, &evidence)),
            context_tokens: packing.tokens(),
            consultation: Consultation::of(findings, Wanted::Facts),
        }
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
        let tokens = most.prompt_tokens.saturating_add(most.reply_tokens);
        let call = Call { provider, model, tenant: widget.id.0, tokens, is_retry: false };
        Attempt {
            configured: providers.get(provider).is_some_and(|adapter| adapter.is_configured()),
            turned_away: providers.would_admit(&call).err().map(|error| error.to_string()),
            prompt_tokens: most.prompt_tokens,
            reply_tokens: most.reply_tokens,
            credits: credits.clone().reserve(most, (desk.now)()),
            provider: provider.clone(),
            model: model.clone(),
        }
    };
    chain.iter().map(attempt).collect()
}

/// A message with a blocked keyword goes nowhere.
fn refused() -> Outcome {
    let draft = fallback::refusal();
    let reason = "the message has a keyword that the widget blocks (blocked_keywords)".to_owned();
    Outcome { source: draft.source, provider: None, reason, text: Some(draft.text) }
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
    // As in the flow: credits are held for the first that lets the call through, whether or not it has a key.
    for attempt in attempts.iter().filter(|attempt| attempt.turned_away.is_none()) {
        if let Err(denial) = &attempt.credits {
            return without(format!("{denial}; {}", sure(last)), true, last);
        }
        if attempt.configured {
            return Outcome {
                source: Source::Llm,
                provider: Some(attempt.provider.clone()),
                reason: "the first provider that can be asked, and there are credits".to_owned(),
                text: None,
            };
        }
    }
    without(format!("no provider can be asked now; {}", sure(last)), false, last)
}

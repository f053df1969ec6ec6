//! What the knowledge base has to say to a message: found once, and used for the prompt, for the answer without
//! a model, and for suggestions.

use crate::error::ChatError;
use frontdesk_domain::ProviderName;
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, Findings, Index, Packing, pack};
use frontdesk_persistence::{DatabaseError, Suggestion, Widget};
use frontdesk_providers::estimate::estimate_text;
use std::sync::Arc;

/// Tokens of entries in a prompt: a free day of 5,000 tokens should last for several messages.
pub(crate) const FACT_TOKENS: usize = 1_200;
/// A larger knowledge base takes longer to ask than a thread that serves others should be kept.
const LARGE: usize = 5_000;
/// No text has more bytes for each of its tokens, in the mean: one with more does not fit, and is not counted.
const MOST_BYTES_PER_TOKEN: usize = 20;

/// Whether there is a model that wants to know facts: to choose and count them takes longer than to find them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Facts,
    NoFacts,
}

impl Wanted {
    pub(crate) fn of(widget: &Widget) -> Self {
        if widget.llm.enabled { Self::Facts } else { Self::NoFacts }
    }
}

/// An entry that may answer the message by itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SureAnswer {
    pub(crate) entry: EntryId,
    pub(crate) question: String,
    pub(crate) text: String,
    pub(crate) confidence: f64,
}

/// An entry for a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) entry: EntryId,
    pub(crate) question: String,
    pub(crate) answer: String,
}

/// What was found for a message.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Consultation {
    /// The best entry and how sure it is, however unsure.
    pub(crate) best: Option<(EntryId, f64)>,
    /// The best entry, if it is sure enough to be given.
    pub(crate) answer: Option<SureAnswer>,
    /// Related questions to offer with a default answer.
    pub(crate) suggestions: Vec<Suggestion>,
    /// What a model gets to know: the entries that fit best, as many as its prompt has room for.
    pub(crate) facts: Vec<Fact>,
}

impl Consultation {
    /// Looks `question` up.
    pub(crate) async fn hold(index: &Arc<Index>, question: &str, wanted: Wanted) -> Result<Self, ChatError> {
        if index.entries().len() <= LARGE {
            return Ok(Self::of(&index.ask(question), wanted));
        }
        let (index, question) = (Arc::clone(index), question.to_owned());
        let task = tokio::task::spawn_blocking(move || Self::of(&index.ask(&question), wanted));
        let failed = |error| DatabaseError::Data(format!("a look into the knowledge base: {error}"));
        Ok(task.await.map_err(failed)?)
    }

    /// What matters of the findings.
    pub(crate) fn of(findings: &Findings<'_>, wanted: Wanted) -> Self {
        let packing = match wanted {
            Wanted::Facts => packing(findings),
            Wanted::NoFacts => Packing::default(),
        };
        let fact = |entry: &Entry| Fact {
            entry: entry.id,
            question: entry.question.clone(),
            answer: entry.answer.clone(),
        };
        let suggestion = |entry: &Entry| Suggestion {
            id: entry.id,
            question: entry.question.clone(),
            answer: entry.answer.clone(),
        };
        Self {
            best: findings.best.map(|best| (best.entry.id, best.confidence)),
            answer: findings.answer().map(|answer| SureAnswer {
                entry: answer.entry.id,
                question: answer.entry.question.clone(),
                text: answer.entry.answer.clone(),
                confidence: answer.confidence,
            }),
            suggestions: findings.suggestions().iter().map(|ranked| suggestion(ranked.entry)).collect(),
            facts: packing.entries.iter().map(|measured| fact(measured.entry)).collect(),
        }
    }

    /// How sure the best entry is; 0 where nothing matches.
    pub(crate) fn confidence(&self) -> f64 {
        self.best.map_or(0.0, |(_, confidence)| confidence)
    }
}

/// Which entries a prompt has room for.
pub(crate) fn packing<'a>(findings: &Findings<'a>) -> Packing<'a> {
    pack(&findings.ranked, FACT_TOKENS, tokens)
}

/// The tokens that an entry takes in a prompt. One prompt serves all providers of the chain; the widest margin
/// keeps it in its budget for each. Far above the budget it is the number of bytes.
fn tokens(entry: &Entry) -> usize {
    let bytes = entry.question.len() + entry.answer.len();
    if bytes > FACT_TOKENS * MOST_BYTES_PER_TOKEN {
        return bytes;
    }
    let text = format!("{}\n{}", entry.question, entry.answer);
    usize::try_from(estimate_text(&ProviderName::CLAUDE, &text)).unwrap_or(usize::MAX)
}

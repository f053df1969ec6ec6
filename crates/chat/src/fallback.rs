//! Answers without a model: from the knowledge base, or the friendly default.

use crate::ask::ModelText;
use crate::consultation::Consultation;
use crate::message::Source;
use frontdesk_domain::confidence;
use frontdesk_domain::fallback::Step;
use frontdesk_domain::ids::EntryId;
use frontdesk_persistence::{Business, SourceEntry, Suggestion};

/// What a visitor reads when the client's free credits are used up; the guide's words.
pub const CREDIT_NOTICE: &str = "You've reached your free AI limit. Upgrade for unlimited!";

/// What a visitor reads at once while a person of the business answers in the bot's place.
pub const HANDOFF_TEXT: &str = "Thank you! Your message has reached our team. Someone will answer you here.";
/// High enough that no script asks for contact details again, too low for the question whether the reply helped.
const HANDOFF_CONFIDENCE: f64 = 0.5;

/// An answer, before it has an id.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    pub(crate) text: String,
    /// Whether it stops before its end.
    pub(crate) truncated: bool,
    pub(crate) confidence: f64,
    pub(crate) source: Source,
    pub(crate) entry: Option<EntryId>,
    pub(crate) sources: Vec<SourceEntry>,
    pub(crate) suggestions: Vec<Suggestion>,
    pub(crate) notice: Option<&'static str>,
}

impl Draft {
    /// A model's answer.
    pub(crate) fn from_model(said: ModelText) -> Self {
        Self {
            text: said.text,
            truncated: said.truncated,
            confidence: confidence::LLM,
            source: Source::Llm,
            entry: None,
            sources: Vec::new(),
            suggestions: Vec::new(),
            notice: None,
        }
    }

    /// That a person will answer.
    pub(crate) fn handed_off() -> Self {
        Self {
            text: HANDOFF_TEXT.to_owned(),
            truncated: false,
            confidence: HANDOFF_CONFIDENCE,
            source: Source::Handoff,
            entry: None,
            sources: Vec::new(),
            suggestions: Vec::new(),
            notice: None,
        }
    }

    /// Says that the credits are used up, at the end of the text: the scripts in use show nothing else.
    pub(crate) fn with_credit_notice(mut self) -> Self {
        self.text = format!("{}\n\n{CREDIT_NOTICE}", self.text);
        self.notice = Some(CREDIT_NOTICE);
        self
    }
}

/// Confidence of a refusal: the deployed widgets then show neither the helpful buttons nor the lead form.
const REFUSAL: f64 = 0.5;

/// The answer to a message with a keyword that the widget blocks. It does not say which: whoever tries to get around
/// it need not know.
pub(crate) fn refusal() -> Draft {
    Draft {
        text: "Sorry, I can't help with this message. Please ask in other words.".to_owned(),
        truncated: false,
        confidence: REFUSAL,
        source: Source::Refusal,
        entry: None,
        sources: Vec::new(),
        suggestions: Vec::new(),
        notice: None,
    }
}

/// The answer of a step that asks no model.
pub(crate) fn answer(step: Step, consultation: &Consultation, business: &Business) -> Draft {
    let unable = Draft {
        text: String::new(),
        truncated: false,
        confidence: confidence::DEFAULT,
        source: Source::Default,
        entry: None,
        sources: Vec::new(),
        suggestions: Vec::new(),
        notice: None,
    };
    match (step, &consultation.answer) {
        (Step::KnowledgeBase, Some(sure)) => Draft {
            text: sure.text.clone(),
            confidence: sure.confidence,
            source: Source::KnowledgeBase,
            entry: Some(sure.entry),
            sources: vec![SourceEntry { id: sure.entry, question: sure.question.clone() }],
            ..unable
        },
        (Step::KnowledgeBase, None) => {
            Draft { text: default_text(business), suggestions: consultation.suggestions.clone(), ..unable }
        }
        (Step::Default | Step::Ask(_), _) => Draft { text: default_text(business), ..unable },
    }
}

fn default_text(business: &Business) -> String {
    let filled = |value: &Option<String>| value.clone().filter(|value| !value.trim().is_empty());
    let contact = match (filled(&business.phone), filled(&business.email)) {
        (Some(phone), Some(email)) => format!(" You can also call us on {phone} or write to {email}."),
        (Some(phone), None) => format!(" You can also call us on {phone}."),
        (None, Some(email)) => format!(" You can also write to {email}."),
        (None, None) => String::new(),
    };
    format!(
        "Thanks for your message! I don't have an answer to that yet. Leave your contact details and we will get back to you.{contact}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consultation::Wanted;
    use frontdesk_knowledge::{Entry, Index};

    fn asked(question: &str) -> Consultation {
        let hours = Entry {
            id: EntryId(7),
            question: "What are your business hours?".into(),
            answer: "From 9 to 5.".into(),
            keywords: vec!["hours".into(), "open".into()],
            category: None,
            priority: 0,
        };
        Consultation::of(&Index::build(vec![hours], None).ask(question), Wanted::NoFacts)
    }

    #[test]
    fn the_knowledge_base_answers_when_it_is_sure() {
        let sure = asked("What are your business hours?");
        let draft = answer(Step::KnowledgeBase, &sure, &Business::default());
        assert_eq!((draft.text.as_str(), draft.entry), ("From 9 to 5.", Some(EntryId(7))));
        assert!(draft.confidence >= confidence::KNOWLEDGE_BASE_MIN && draft.suggestions.is_empty());
        let question = "What are your business hours?".to_owned();
        assert_eq!(draft.sources, [SourceEntry { id: EntryId(7), question }]);
    }

    #[test]
    fn a_widget_without_fallback_gets_the_default() {
        let draft = answer(Step::Default, &asked("What are your business hours?"), &Business::default());
        assert_eq!((draft.source, draft.confidence), (Source::Default, 0.3));
    }

    #[test]
    fn the_default_names_what_contact_there_is() {
        let business = Business { phone: Some("555-0142".into()), ..Business::default() };
        let draft = answer(Step::KnowledgeBase, &asked("how high is mount everest"), &business);
        assert_eq!((draft.source, draft.confidence), (Source::Default, 0.3));
        assert!(draft.text.ends_with("You can also call us on 555-0142."), "{}", draft.text);
        let noticed = draft.with_credit_notice();
        assert!(noticed.text.ends_with(CREDIT_NOTICE) && noticed.notice == Some(CREDIT_NOTICE));
    }
}

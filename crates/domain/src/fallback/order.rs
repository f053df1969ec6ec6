//! Who answers first.

use std::fmt;
use std::str::FromStr;

/// Who answers first: `widget_configs.answer_order`.
///
/// ```
/// use frontdesk_domain::fallback::AnswerOrder;
/// assert_eq!("knowledge_first".parse(), Ok(AnswerOrder::KnowledgeFirst));
/// assert_eq!(AnswerOrder::default().to_string(), "llm_first");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AnswerOrder {
    /// A model, where one is enabled; else the knowledge base. The guide's flow.
    #[default]
    LlmFirst,
    /// The knowledge base, where it is sure, without a credit; else a model.
    KnowledgeFirst,
}

impl AnswerOrder {
    /// As stored.
    ///
    /// ```
    /// # use frontdesk_domain::fallback::AnswerOrder;
    /// assert_eq!(AnswerOrder::KnowledgeFirst.as_str(), "knowledge_first");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LlmFirst => "llm_first",
            Self::KnowledgeFirst => "knowledge_first",
        }
    }
}

/// As stored.
///
/// ```
/// # use frontdesk_domain::fallback::AnswerOrder;
/// assert_eq!(AnswerOrder::LlmFirst.to_string(), "llm_first");
/// ```
impl fmt::Display for AnswerOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no order.
///
/// ```
/// # use frontdesk_domain::fallback::AnswerOrder;
/// let error = "first".parse::<AnswerOrder>().unwrap_err();
/// assert_eq!(error.to_string(), "\"first\" is neither llm_first nor knowledge_first");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither llm_first nor knowledge_first")]
pub struct UnknownAnswerOrder(String);

/// In any case, with spaces around it.
///
/// ```
/// # use frontdesk_domain::fallback::AnswerOrder;
/// assert_eq!(" LLM_FIRST".parse(), Ok(AnswerOrder::LlmFirst));
/// ```
impl FromStr for AnswerOrder {
    type Err = UnknownAnswerOrder;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "llm_first" => Ok(Self::LlmFirst),
            "knowledge_first" => Ok(Self::KnowledgeFirst),
            _ => Err(UnknownAnswerOrder(text.to_owned())),
        }
    }
}

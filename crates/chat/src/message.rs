//! A visitor's message: checked once, here.

use frontdesk_domain::ids::{MessageId, PublicConversationId};
use frontdesk_persistence::{IdempotencyKey, NewConversation, SourceEntry, Suggestion};
use jiff::Timestamp;

/// The longest message, in characters.
pub const MAX_MESSAGE_CHARS: usize = 4_000;
/// The longest idempotency key, in characters.
pub const MAX_CLIENT_MESSAGE_ID_CHARS: usize = 100;

/// Why a message cannot be taken. Each text says what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMessage {
    /// Nothing but white space.
    #[error("message_text is empty: write a message")]
    Blank,
    /// Longer than [`MAX_MESSAGE_CHARS`].
    #[error("message_text has {0} characters: shorten it to at most {MAX_MESSAGE_CHARS}")]
    TooLong(usize),
    /// A NUL character, which PostgreSQL cannot store.
    #[error("{0} contains a NUL character: remove it")]
    Nul(&'static str),
    /// An idempotency key that is empty or longer than [`MAX_CLIENT_MESSAGE_ID_CHARS`].
    #[error("client_message_id must have 1 to {MAX_CLIENT_MESSAGE_ID_CHARS} characters")]
    ClientMessageId,
}

/// What a visitor sends.
#[derive(Debug, Clone, Default)]
pub struct IncomingMessage {
    /// The conversation; `None` opens one.
    pub conversation: Option<PublicConversationId>,
    /// What was written, unchecked.
    pub text: String,
    /// Idempotency key, chosen by the widget script.
    pub client_message_id: Option<String>,
    /// The key under which its conversation is opened once, where the message opens one.
    pub opens_once: Option<IdempotencyKey>,
    /// What is known of the visitor, for a conversation that has to be opened.
    pub visitor: NewConversation,
}

/// A message text that passed all checks: trimmed, 1 to [`MAX_MESSAGE_CHARS`] characters, no NUL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageText(String);

impl MessageText {
    /// Checks and trims `text`.
    ///
    /// # Errors
    /// [`InvalidMessage`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidMessage> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidMessage::Blank);
        }
        let chars = text.chars().count();
        if chars > MAX_MESSAGE_CHARS {
            return Err(InvalidMessage::TooLong(chars));
        }
        if text.contains('\0') {
            return Err(InvalidMessage::Nul("message_text"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Checks an idempotency key.
pub(crate) fn check_client_message_id(id: Option<&str>) -> Result<(), InvalidMessage> {
    let Some(id) = id else { return Ok(()) };
    if id.contains('\0') {
        return Err(InvalidMessage::Nul("client_message_id"));
    }
    if id.is_empty() || id.chars().count() > MAX_CLIENT_MESSAGE_ID_CHARS {
        return Err(InvalidMessage::ClientMessageId);
    }
    Ok(())
}

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A language model.
    Llm,
    /// An entry of the knowledge base.
    KnowledgeBase,
    /// The friendly default.
    Default,
    /// Nobody yet: a person of the business answers in the bot's place.
    Handoff,
    /// The polite refusal of a message with a blocked keyword.
    Refusal,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Llm, Self::KnowledgeBase, Self::Default, Self::Handoff, Self::Refusal];

    /// As in the log, in `widget_messages.metadata` and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::KnowledgeBase => "knowledge_base",
            Self::Default => "default",
            Self::Handoff => "handoff",
            Self::Refusal => "refusal",
        }
    }
}

/// What a visitor gets, after everything about it is committed.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The reply's id.
    pub message: MessageId,
    /// Its conversation.
    pub conversation: PublicConversationId,
    /// What to read; never empty. Holds the notice too, since scripts in use show nothing else.
    pub text: String,
    /// 0 to 1; see [`frontdesk_domain::confidence`].
    pub confidence: f64,
    /// Whether the text stops before its end: a model's answer that was cut.
    pub truncated: bool,
    /// Where it came from.
    pub source: Source,
    /// The knowledge entries whose text it is, as they were when it was given; none of a model's.
    pub sources: Vec<SourceEntry>,
    /// Related questions; none when the answer is a model's.
    pub suggestions: Vec<Suggestion>,
    /// That the free credits are used up, when that is why no model answered.
    pub notice: Option<&'static str>,
    /// When it was given.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_checked_once_and_trimmed() {
        assert_eq!(MessageText::parse("  hi\n").unwrap().as_str(), "hi");
        assert_eq!(MessageText::parse(" \n\t "), Err(InvalidMessage::Blank));
        let longest = "ß".repeat(MAX_MESSAGE_CHARS);
        assert_eq!(MessageText::parse(&longest).unwrap().as_str(), longest);
        assert_eq!(MessageText::parse(&format!("{longest}!")), Err(InvalidMessage::TooLong(4_001)));
        assert_eq!(MessageText::parse("a\0b"), Err(InvalidMessage::Nul("message_text")));
    }

    #[test]
    fn an_idempotency_key_is_short_and_not_empty() {
        assert_eq!(check_client_message_id(None), Ok(()));
        assert_eq!(check_client_message_id(Some("a1")), Ok(()));
        assert_eq!(check_client_message_id(Some("")), Err(InvalidMessage::ClientMessageId));
        assert_eq!(check_client_message_id(Some(&"x".repeat(101))), Err(InvalidMessage::ClientMessageId));
    }
}

//! Texts of visitors and their ids, checked while they are read.

use crate::fields::whole_float;
use frontdesk_domain::ids::{MessageId, PublicConversationId};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use std::fmt;

/// A text of at most `MOST` characters without NUL, as a column of that width holds it. A longer one is
/// refused: cut, it would be another visitor's session or someone else's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text<const MOST: usize>(pub(crate) String);

/// A text without NUL that is cut after `MOST` characters: addresses and the like, which nobody looks up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut<const MOST: usize>(pub(crate) String);

fn without_nul<E: Error>(text: String) -> Result<String, E> {
    if text.contains('\0') {
        return Err(E::custom("it contains a NUL character, remove it"));
    }
    Ok(text)
}

impl<'de, const MOST: usize> Deserialize<'de> for Text<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: String = without_nul(String::deserialize(deserializer)?)?;
        let chars = text.chars().count();
        if chars > MOST {
            return Err(D::Error::custom(format!("it has {chars} characters, shorten it to at most {MOST}")));
        }
        Ok(Self(text))
    }
}

impl<'de, const MOST: usize> Deserialize<'de> for Cut<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut text: String = without_nul(String::deserialize(deserializer)?)?;
        if let Some((end, _)) = text.char_indices().nth(MOST) {
            text.truncate(end);
        }
        Ok(Self(text))
    }
}

/// A conversation id as scripts send it: a number, or the number as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConversationNumber(pub(crate) PublicConversationId);

/// A message id as scripts send it: a number, or the number as a text. One that no message can have is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MessageNumber(pub(crate) Option<MessageId>);

impl<'de> Deserialize<'de> for ConversationNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = deserializer.deserialize_any(NumberOf("the conversation call"))?;
        Ok(Self(PublicConversationId::new(id)))
    }
}

impl<'de> Deserialize<'de> for MessageNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = deserializer.deserialize_any(NumberOf("the message call"))?;
        Ok(Self(i32::try_from(id).ok().map(MessageId)))
    }
}

/// A number that came from a call.
struct NumberOf(&'static str);

impl Visitor<'_> for NumberOf {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the number that {} returned", self.0)
    }

    fn visit_i64<E: Error>(self, id: i64) -> Result<Self::Value, E> {
        Ok(id)
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<Self::Value, E> {
        i64::try_from(id).map_err(|_| E::invalid_value(Unexpected::Unsigned(id), &self))
    }

    fn visit_f64<E: Error>(self, id: f64) -> Result<Self::Value, E> {
        whole_float(id).ok_or_else(|| E::invalid_value(Unexpected::Float(id), &self))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        text.trim().parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// A field that was sent, if only as null. Needs `#[serde(default)]`, for what is left out is `None`.
#[expect(clippy::option_option, reason = "the outer one is whether it was sent, the inner one null")]
pub(crate) fn sent<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_refused_when_it_is_too_long_and_never_cut() {
        assert_eq!(serde_json::from_str::<Text<3>>(r#""ßßß""#).unwrap(), Text("ßßß".into()));
        let error = serde_json::from_str::<Text<3>>(r#""ßßßß""#).unwrap_err();
        assert!(error.to_string().starts_with("it has 4 characters, shorten it to at most 3"), "{error}");
        assert!(serde_json::from_str::<Text<3>>(r#""a\u0000""#).is_err());
    }

    #[test]
    fn an_address_is_cut_between_characters() {
        assert_eq!(serde_json::from_str::<Cut<3>>(r#""ßßßß""#).unwrap(), Cut("ßßß".into()));
        assert_eq!(serde_json::from_str::<Cut<3>>(r#""ab""#).unwrap(), Cut("ab".into()));
        assert!(serde_json::from_str::<Cut<3>>(r#""abcd\u0000""#).is_err());
    }

    #[test]
    fn a_conversation_id_is_a_number_or_its_text() {
        let read = |text: &str| serde_json::from_str::<ConversationNumber>(text).map(|id| id.0.get()).ok();
        assert_eq!(read("9007199254740991"), Some(9_007_199_254_740_991));
        assert_eq!(read(r#"" 123 ""#), Some(123));
        assert_eq!(read("-1"), Some(-1));
        assert_eq!(read("12.0"), Some(12));
        for wrong in ["1.5", "true", r#""""#, r#""abc""#, "[]", "{}", "18446744073709551615", "1e400"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_message_id_that_no_message_has_is_nobodys() {
        let read = |text: &str| serde_json::from_str::<MessageNumber>(text).map(|id| id.0);
        assert_eq!(read("7").unwrap(), Some(MessageId(7)));
        assert_eq!(read(r#"" 7 ""#).unwrap(), Some(MessageId(7)));
        assert_eq!(read("4294967303").unwrap(), None);
        let error = read(r#""abc""#).unwrap_err().to_string();
        assert!(error.contains("expected the number that the message call returned"), "{error}");
    }
}

//! Texts of visitors and their conversation ids, checked while they are read.

use frontdesk_domain::ids::PublicConversationId;
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

impl<'de> Deserialize<'de> for ConversationNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ConversationNumberVisitor)
    }
}

struct ConversationNumberVisitor;

impl Visitor<'_> for ConversationNumberVisitor {
    type Value = ConversationNumber;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the number that the conversation call returned")
    }

    fn visit_i64<E: Error>(self, id: i64) -> Result<Self::Value, E> {
        Ok(ConversationNumber(PublicConversationId::new(id)))
    }

    fn visit_u64<E: Error>(self, id: u64) -> Result<Self::Value, E> {
        let signed = i64::try_from(id).map_err(|_| E::invalid_value(Unexpected::Unsigned(id), &self))?;
        self.visit_i64(signed)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let id = text.trim().parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))?;
        self.visit_i64(id)
    }
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
        for wrong in ["1.5", "true", r#""""#, r#""abc""#, "[]", "{}", "18446744073709551615", "1e400"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}

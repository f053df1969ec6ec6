//! The conversation in the form that all four providers accept.

use crate::chat::{ChatRequest, Role};
use crate::error::ProviderError;
use frontdesk_domain::fallback::Failure;

/// A turn that is ready to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) role: Role,
    pub(crate) text: String,
}

/// The strictest common form: no blank turn, none of the assistant's before the visitor's first, speakers
/// alternate, and the visitor speaks last. Anthropic refuses a conversation that ends with the assistant
/// (recent models) or holds an empty text, so a request that cannot be brought into form is not sent.
pub(crate) fn in_form(request: &ChatRequest) -> Result<Vec<Said>, ProviderError> {
    let mut said: Vec<Said> = Vec::with_capacity(request.turns.len());
    for turn in request.turns.iter().filter(|turn| !turn.text.trim().is_empty()) {
        match said.last_mut() {
            Some(last) if last.role == turn.role => {
                last.text.push_str("\n\n");
                last.text.push_str(&turn.text);
            }
            None if turn.role == Role::Assistant => {}
            _ => said.push(Said { role: turn.role, text: turn.text.clone() }),
        }
    }
    match said.last() {
        Some(last) if last.role == Role::Visitor => Ok(said),
        _ => Err(ProviderError::new(
            Failure::Rejected,
            "not sent: the conversation does not end with the visitor",
        )),
    }
}

/// The instructions, if there are any.
pub(crate) fn system(request: &ChatRequest) -> Option<&str> {
    Some(request.system.as_str()).filter(|text| !text.trim().is_empty())
}

/// The temperature within 0 to 2, the range of all providers that take one; `None` for what is no number.
pub(crate) fn temperature(request: &ChatRequest) -> Option<f32> {
    request.temperature.filter(|value| value.is_finite()).map(|value| value.clamp(0.0, 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Turn;
    use std::time::Duration;

    fn request(turns: &[(Role, &str)]) -> ChatRequest {
        ChatRequest {
            model: "m".to_owned(),
            system: " \n".to_owned(),
            turns: turns.iter().map(|&(role, text)| Turn { role, text: text.to_owned() }).collect(),
            reply_tokens: 64,
            temperature: None,
            timeout: Duration::from_secs(1),
            stream_timeout: Duration::from_secs(1),
        }
    }

    fn forms(turns: &[(Role, &str)]) -> Option<Vec<(Role, String)>> {
        let said = in_form(&request(turns)).ok()?;
        Some(said.into_iter().map(|turn| (turn.role, turn.text)).collect())
    }

    #[test]
    fn turns_are_merged_trimmed_of_blanks_and_start_with_the_visitor() {
        use Role::{Assistant, Visitor};
        let mixed = [
            (Assistant, "Welcome!"),
            (Visitor, "Hi"),
            (Assistant, "  "),
            (Visitor, "there"),
            (Assistant, "Hello"),
            (Visitor, "Where?"),
        ];
        let formed = [(Visitor, "Hi\n\nthere"), (Assistant, "Hello"), (Visitor, "Where?")];
        assert_eq!(forms(&mixed), Some(formed.map(|(role, text)| (role, text.to_owned())).to_vec()));
        assert_eq!(forms(&[]), None);
        assert_eq!(forms(&[(Visitor, "\t")]), None);
        assert_eq!(forms(&[(Visitor, "Hi"), (Assistant, "Hello")]), None);
    }

    #[test]
    fn blank_instructions_are_none() {
        assert_eq!(system(&request(&[])), None);
    }

    #[test]
    fn a_temperature_is_kept_in_range() {
        let of = |value| temperature(&ChatRequest { temperature: value, ..request(&[]) });
        assert_eq!(of(Some(0.7)), Some(0.7));
        assert_eq!(of(Some(9.99)), Some(2.0));
        assert_eq!(of(Some(-1.0)), Some(0.0));
        assert_eq!(of(Some(f32::NAN)), None);
        assert_eq!(of(None), None);
    }
}

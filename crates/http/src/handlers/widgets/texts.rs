//! Texts of a client's own in place of the widget's. Which names there are the widget knows: one that it does not is
//! passed over there, so that a newer text may be set before all servers have the widget that shows it.

use crate::fields::{Read, kind, prose};
use serde_json::{Map, Value};

/// Names in one object: the widget has about a hundred texts.
const MAX_NAMES: usize = 200;
const MAX_NAME_CHARS: usize = 64;
const MAX_TEXT_CHARS: usize = 1_000;

/// An object of texts by their name, which hold for all languages, and of such objects by language.
pub(super) fn own_texts(value: Value) -> Read<Value> {
    let Value::Object(own) = &value else {
        return Err(format!("it is {}, write an object of texts by their name", kind(&value)));
    };
    check_names(own)?;
    for (name, value) in own {
        if let Value::Object(of_language) = value {
            check_names(of_language).map_err(|fault| format!("{name}: {fault}"))?;
            of_language.iter().try_for_each(|(inner, text)| check(&format!("{name}.{inner}"), text))?;
        } else {
            check(name, value)?;
        }
    }
    Ok(value)
}

fn check_names(object: &Map<String, Value>) -> Read<()> {
    if object.len() > MAX_NAMES {
        return Err(format!("it has {} names, leave at most {MAX_NAMES}", object.len()));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_name = |name: &str| (1..=MAX_NAME_CHARS).contains(&name.len()) && name.bytes().all(plain);
    match object.keys().find(|name| !is_name(name)) {
        Some(name) => {
            let name: String = name.chars().take(MAX_NAME_CHARS).collect();
            Err(format!("{name:?} is no name of a text, write one such as send, or a language such as de"))
        }
        None => Ok(()),
    }
}

fn check(name: &str, text: &Value) -> Read<()> {
    prose(text.clone(), MAX_TEXT_CHARS).map(drop).map_err(|fault| format!("{name}: {fault}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_stand_by_name_or_by_language_and_name() {
        for value in [json!({}), json!({"send": "Go", "de": {"send": "Los"}}), json!({"pt-BR": {}})] {
            assert_eq!(own_texts(value.clone()), Ok(value));
        }
    }

    #[test]
    fn a_fault_names_its_text() {
        let fault = |value| own_texts(value).unwrap_err();
        assert_eq!(fault(json!(["send"])), "it is a list, write an object of texts by their name");
        assert_eq!(fault(json!({"send": 5})), "send: it is a number, write a text");
        assert_eq!(fault(json!({"de": {"send": {}}})), "de.send: it is an object, write a text");
        assert_eq!(fault(json!({"a": "x\0"})), "a: it contains a NUL character, remove it");
        assert!(fault(json!({"a": "x".repeat(1_001)})).starts_with("a: it has 1001 characters"));
        for name in ["", "a b", "<a>", "ü", &"a".repeat(65)] {
            assert!(fault(json!({name: "x"})).contains("is no name of a text"), "{name}");
            assert!(fault(json!({"de": {name: "x"}})).contains("is no name of a text"), "{name}");
        }
        let many =
            |count| -> Map<String, Value> { (0..count).map(|at| (format!("t{at}"), json!(""))).collect() };
        assert!(own_texts(Value::Object(many(200))).is_ok());
        assert_eq!(fault(Value::Object(many(201))), "it has 201 names, leave at most 200");
        assert_eq!(fault(json!({"de": many(201)})), "de: it has 201 names, leave at most 200");
    }
}

//! JSON that operators wrote: a database takes more than a reader of JSON does.

use serde_json::Value;

/// The document. A number that is too large for any reader, such as `1e999`, becomes its text. A document that cannot be
/// read all the same (one that is nested too deeply) is null, and the log says so: nobody's answer fails for it.
pub(super) fn read(text: &str) -> Value {
    let read = serde_json::from_str(text).or_else(|_| serde_json::from_str(&with_readable_numbers(text)));
    read.unwrap_or_else(|error| {
        tracing::warn!(%error, bytes = text.len(), "a JSON document in the database cannot be read and counts as null");
        Value::Null
    })
}

/// All texts in a document, however deep in lists.
pub(super) fn texts(document: Value) -> Vec<String> {
    match document {
        Value::String(text) => vec![text],
        Value::Array(values) => values.into_iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// The same with signs of quotation around numbers that have no place in 64 bits.
fn with_readable_numbers(text: &str) -> String {
    let mut readable = String::with_capacity(text.len() + 2);
    let mut rest = text;
    while let Some(at) = rest.find(|sign: char| sign == '"' || sign == '-' || sign.is_ascii_digit()) {
        readable.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_text = rest.starts_with('"');
        let length = if is_text { text_length(rest) } else { number_length(rest) };
        let (token, after) = rest.split_at(length);
        let too_large = !is_text && token.parse().is_ok_and(f64::is_infinite);
        let mark = if too_large { "\"" } else { "" };
        readable.extend([mark, token, mark]);
        rest = after;
    }
    readable.push_str(rest);
    readable
}

/// The bytes of the text in quotation marks with which `json` begins.
fn text_length(json: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

/// The bytes of the number with which `json` begins.
fn number_length(json: &str) -> usize {
    json.find(|sign: char| !matches!(sign, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(json.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_that_nobody_can_hold_are_texts() {
        let huge = format!("-1{}", "0".repeat(400));
        let document =
            read(&format!(r#"{{"a": [1e999, {huge}, 1.5, -2e3], "1e999": "say \"1e999\", 1e999\\"}}"#));
        let expected = json!({"a": ["1e999", huge, 1.5, -2000.0], "1e999": "say \"1e999\", 1e999\\"});
        assert_eq!(document, expected);
        assert_eq!(read("1E+400"), json!("1E+400"));
    }

    #[test]
    fn what_cannot_be_read_is_null() {
        for text in ["", "{", "\"", "-", "1e999x", &"[".repeat(1_000)] {
            assert_eq!(read(text), Value::Null, "{text}");
        }
        assert_eq!(read(&format!("{}{}", "[".repeat(200), "]".repeat(200))), Value::Null);
    }

    #[test]
    fn texts_are_found_in_lists_of_lists() {
        assert_eq!(texts(json!(["a", [["b"], 1, null], {"c": "d"}])), ["a", "b"]);
    }
}

//! The fields of a body in which nothing is overlooked: each is read by its name, all faults are collected, and a
//! field that nobody asked for is one.

use crate::error::BodyError;
use frontdesk_chat::MAX_MESSAGE_CHARS;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Number, Value};
use std::collections::BTreeMap;
use std::fmt;

/// Names that nobody asked for are cut in the error after so many characters.
const MAX_NAME_CHARS: usize = 100;
/// More such names are not listed.
const MAX_UNKNOWN: usize = 20;

/// What is wrong, by field. Texts are ends of sentences about the field.
pub(crate) type Faults = BTreeMap<String, String>;

/// What is wrong with one field.
pub(crate) type Read<T> = Result<T, String>;

/// An object whose fields are taken out one after the other.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    values: BTreeMap<String, Value>,
    faults: Faults,
}

impl Fields {
    /// The fields of a value that has to be an object.
    pub(crate) fn of(value: Value) -> Read<Self> {
        match value {
            Value::Object(fields) => Ok(Self { values: fields.into_iter().collect(), faults: Faults::new() }),
            other => Err(format!("it is {}, write an object", kind(&other))),
        }
    }

    /// The parameters of an address, all of them texts; an empty one counts as left out.
    pub(crate) fn of_parameters(parameters: BTreeMap<String, String>) -> Self {
        let sent = parameters.into_iter().filter(|(_, text)| !text.trim().is_empty());
        let values = sent.map(|(name, text)| (name, Value::String(text))).collect();
        Self { values, faults: Faults::new() }
    }

    /// A field as it was sent; `None` if it was left out.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Value> {
        self.values.remove(name)
    }

    /// A field as `read` takes it. `None`: it was left out, was null, or is among the faults.
    pub(crate) fn read<T>(&mut self, name: &'static str, read: impl FnOnce(Value) -> Read<T>) -> Option<T> {
        self.sent(name, read).flatten()
    }

    /// As [`read`](Self::read), but null is told from a field that was left out.
    #[expect(clippy::option_option, reason = "the outer one is whether it was sent, the inner one null")]
    pub(crate) fn sent<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value) -> Read<T>,
    ) -> Option<Option<T>> {
        match self.take(name)? {
            Value::Null => Some(None),
            value => match read(value) {
                Ok(value) => Some(Some(value)),
                Err(fault) => {
                    self.fault(name, fault);
                    None
                }
            },
        }
    }

    /// As [`read`](Self::read), but the field has to be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value) -> Read<T>,
    ) -> Option<T> {
        let value = self.read(name, read);
        if value.is_none() && !self.faults.contains_key(name) {
            self.fault(name, "it is missing, send it".to_owned());
        }
        value
    }

    /// Leaves out what the row holds already: a front end sends back the row that it got, also with values that an
    /// older service stored and nobody could send now.
    pub(crate) fn leave_same(&mut self, row: &Value) {
        self.values.retain(|name, value| row.get(name) != Some(value));
    }

    /// Names a field as wrong if it was sent.
    pub(crate) fn refuse(&mut self, name: &'static str, fault: &str) {
        if self.take(name).is_some() {
            self.fault(name, fault.to_owned());
        }
    }

    pub(crate) fn fault(&mut self, name: &str, fault: String) {
        self.faults.insert(name.to_owned(), fault);
    }

    /// Whether something is wrong already.
    pub(crate) fn is_faulty(&self) -> bool {
        !self.faults.is_empty()
    }

    /// A name that the caller chose, as errors show it.
    pub(crate) fn shortened(name: &str) -> String {
        name.chars().take(MAX_NAME_CHARS).collect()
    }

    /// Lets pass what nobody asked for.
    pub(crate) fn ignore_others(&mut self) {
        self.values.clear();
    }

    /// What was made of the fields, unless there are faults. Everything has to be taken out before, and a value
    /// may be missing only for a fault.
    pub(crate) fn finish<T>(mut self, value: Option<T>) -> Result<T, Faults> {
        for name in self.values.into_keys().take(MAX_UNKNOWN) {
            self.faults.insert(Self::shortened(&name), "there is no such field, leave it out".to_owned());
        }
        value.filter(|_| self.faults.is_empty()).ok_or(self.faults)
    }
}

impl From<Faults> for BodyError {
    fn from(faults: Faults) -> Self {
        Self::Fields(faults)
    }
}

/// One sentence about all faults, without its full stop.
pub(crate) fn sentence(faults: &Faults) -> String {
    let faults: Vec<_> = faults.iter().map(|(name, fault)| format!("{name}: {fault}")).collect();
    faults.join("; ")
}

pub(crate) fn text(value: Value) -> Read<String> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(format!("it is {}, write a text", kind(&other))),
    }
}

/// A question to a knowledge base: as long as a visitor's message may be.
pub(crate) fn query(value: Value) -> Read<String> {
    let query = text(value)?;
    let chars = query.trim().chars().count();
    if chars == 0 {
        return Err("it is empty, write a question".to_owned());
    }
    if chars > MAX_MESSAGE_CHARS {
        return Err(format!("it has {chars} characters, shorten it to at most {MAX_MESSAGE_CHARS}"));
    }
    if query.contains('\0') {
        return Err("it contains a NUL character, remove it".to_owned());
    }
    Ok(query)
}

/// A text of 1 to `most` characters, without spaces around it.
pub(crate) fn line(value: Value, most: usize) -> Read<String> {
    let text = prose(value, most)?;
    match text.trim() {
        "" => Err("it is empty, write a text or leave it out".to_owned()),
        trimmed => Ok(trimmed.to_owned()),
    }
}

/// Any text of at most `most` characters.
pub(crate) fn prose(value: Value, most: usize) -> Read<String> {
    let text = text(value)?;
    let chars = text.chars().count();
    if chars > most {
        return Err(format!("it has {chars} characters, shorten it to at most {most}"));
    }
    if text.contains('\0') {
        return Err("it contains a NUL character, remove it".to_owned());
    }
    Ok(text)
}

/// A whole number of a range, or one as a text.
pub(crate) fn within(value: &Value, least: i32, most: i32) -> Read<i32> {
    let number = int(value).ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("write a whole number from {least} to {most}"))
}

/// A list of at most `most` values; a fault names the first that is wrong.
pub(crate) fn list<T>(value: Value, most: usize, read: impl Fn(Value) -> Read<T>) -> Read<Vec<T>> {
    let Value::Array(values) = value else {
        return Err(format!("it is {}, write a list of texts", kind(&value)));
    };
    if values.len() > most {
        return Err(format!("it has {} entries, leave at most {most}", values.len()));
    }
    let one = |(at, value)| read(value).map_err(|fault| format!("entry {at}: {fault}"));
    (1..).zip(values).map(one).collect()
}

pub(crate) fn boolean(value: &Value) -> Read<bool> {
    value.as_bool().ok_or_else(|| format!("it is {}, write true or false", kind(value)))
}

/// A whole number, or one as a text, as forms send it.
pub(crate) fn int(value: &Value) -> Read<i32> {
    let number = match value {
        Value::Number(number) => whole(number).and_then(|number| i32::try_from(number).ok()),
        Value::String(text) => text.trim().parse().ok(),
        other => return Err(format!("it is {}, write a number", kind(other))),
    };
    number.ok_or_else(|| format!("write a whole number from {} to {}", i32::MIN, i32::MAX))
}

/// A whole number from `least`, or one as a text.
pub(crate) fn at_least(least: u32, value: &Value) -> Read<u32> {
    let number = int(value).ok().and_then(|number| u32::try_from(number).ok());
    number
        .filter(|number| *number >= least)
        .ok_or_else(|| format!("write a whole number from {least} to {}", i32::MAX))
}

/// A number without a fraction: JSON does not tell 5.0 from 5.
pub(crate) fn whole(number: &Number) -> Option<i64> {
    number.as_i64().or_else(|| whole_float(number.as_f64()?))
}

/// A float that holds a whole number exactly.
pub(crate) fn whole_float(float: f64) -> Option<i64> {
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it has no fraction and is within the range")]
    let whole = (float.fract() == 0.0 && float.abs() <= MAX_EXACT).then_some(float as i64);
    whole
}

/// JSON that the database can keep: PostgreSQL's holds no NUL.
pub(crate) fn document(value: Value) -> Read<Value> {
    if has_nul(&value) {
        return Err("it contains a NUL character, remove it".to_owned());
    }
    Ok(value)
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Of two fields with one name neither may be overlooked.
impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    if fields.values.contains_key(&name) {
                        return Err(A::Error::custom(format!("duplicate field `{name}`")));
                    }
                    fields.values.insert(name, value);
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        Fields::of(value).unwrap()
    }

    #[test]
    fn all_faults_are_named_at_once() {
        let mut body = fields(json!({"a": 1, "b": "x", "c": null, "e": [], "more": 1, "most": 2}));
        assert_eq!(body.read("a", text), None);
        assert_eq!(body.read("b", text), Some("x".into()));
        assert_eq!(body.required("c", text), None);
        assert_eq!(body.required("d", text), None);
        assert_eq!(body.read("e", |value| int(&value)), None);
        let faults = body.finish(Some(())).unwrap_err();
        let expected = [
            ("a", "it is a number, write a text"),
            ("c", "it is missing, send it"),
            ("d", "it is missing, send it"),
            ("e", "it is a list, write a number"),
            ("more", "there is no such field, leave it out"),
            ("most", "there is no such field, leave it out"),
        ];
        assert_eq!(faults, expected.map(|(name, fault)| (name.to_owned(), fault.to_owned())).into());
        assert!(sentence(&faults).starts_with("a: it is a number, write a text; c: it is missing"));
    }

    #[test]
    fn null_is_told_from_what_was_left_out() {
        let mut body = fields(json!({"a": null, "b": "x"}));
        assert_eq!(body.sent("a", text), Some(None));
        assert_eq!(body.sent("b", text), Some(Some("x".into())));
        assert_eq!(body.sent("c", text), None);
        assert_eq!(body.finish(Some(5)), Ok(5));
    }

    #[test]
    fn a_number_may_be_a_text_and_stays_in_its_range() {
        for (value, number) in
            [(json!(5), 5), (json!(" -7 "), -7), (json!(i32::MIN), i32::MIN), (json!(-5.0), -5)]
        {
            assert_eq!(int(&value), Ok(number));
        }
        for value in [
            json!(1.5),
            json!(1e300),
            json!(2_147_483_648_i64),
            json!("5x"),
            json!(""),
            json!(u64::MAX),
            json!(true),
        ] {
            assert!(int(&value).is_err(), "{value}");
        }
    }

    #[test]
    fn a_nul_is_found_at_any_depth() {
        assert!(document(json!({"a": [1, {"b": "c"}]})).is_ok());
        for value in [json!("\0"), json!([["\0"]]), json!({"a": {"b\0": 1}})] {
            assert!(document(value).is_err());
        }
    }

    #[test]
    fn many_unknown_fields_do_not_make_a_long_answer() {
        let many: serde_json::Map<_, _> = (0..1_000).map(|n| (format!("{n:0>500}"), json!(1))).collect();
        let faults = fields(Value::Object(many)).finish(Some(())).unwrap_err();
        assert!(sentence(&faults).len() < 4_000);
    }

    #[test]
    fn a_name_that_comes_twice_is_refused() {
        let error = serde_json::from_str::<Fields>(r#"{"a":1,"a":2}"#).unwrap_err();
        assert!(error.to_string().starts_with("duplicate field `a`"), "{error}");
    }
}

//! Lists of objects.

use crate::item::{Existing, Item, Row};
use crate::{MAX_ROWS, Unreadable};
use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::limits;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::fmt;

/// The columns that the server alone writes: an entry may be sent as it came.
const OF_THE_SERVER: [&str; 6] =
    ["widget_id", "times_used", "helpful_count", "not_helpful_count", "created_at", "updated_at"];

/// The longest entry, in bytes: what its context may hold takes much more in memory than in the file.
const MAX_ENTRY: usize = 1024 * 1024;

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    entries: Entries<'a>,
}

/// The first entries, and one more than there may be.
struct Entries<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(First(Vec::new()))
    }
}

struct First<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Visitor<'de> for First<'a> {
    type Value = Entries<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Self::Value, A::Error> {
        // To its end: a list that is too long may be no list at all.
        while let Some(entry) = list.next_element()? {
            if self.0.len() <= MAX_ROWS {
                self.0.push(entry);
            }
        }
        Ok(Entries(self.0))
    }
}

pub(crate) fn read(text: &str) -> Result<Vec<Row>, Unreadable> {
    let entries = if text.trim_start().starts_with('{') {
        serde_json::from_str::<File<'_>>(text).map(|file| file.entries.0)
    } else {
        serde_json::from_str::<Entries<'_>>(text).map(|entries| entries.0)
    };
    let entries = entries.map_err(|error| Unreadable::Syntax {
        line: error.line() as u64,
        problem: format!("the file is no list of entries in JSON: {error}"),
    })?;
    if entries.len() > MAX_ROWS {
        return Err(Unreadable::TooMany);
    }
    let mut place = Place { line: 1, at: 0 };
    Ok(entries.into_iter().map(|entry| row(place.line_of(text, entry.get()), entry.get())).collect())
}

/// Counts lines on the way through the text.
struct Place {
    line: u64,
    at: usize,
}

impl Place {
    /// The line on which `part`, a later part of `text`, begins.
    fn line_of(&mut self, text: &str, part: &str) -> u64 {
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        self.line += text[self.at..start].matches('\n').count() as u64;
        self.at = start;
        self.line
    }
}

fn row(line: u64, entry: &str) -> Row {
    let invalid = |reason| Row { line, question: String::new(), item: Err(reason) };
    if entry.len() > MAX_ENTRY {
        return invalid(format!("the entry has {} bytes: at most {MAX_ENTRY} are read", entry.len()));
    }
    match serde_json::from_str::<Map<String, Value>>(entry) {
        Ok(fields) => read_fields(line, fields),
        Err(error) if entry.starts_with('{') => invalid(format!("it cannot be read: {error}")),
        Err(_) => invalid("it is no object, write {\"question\": \"..\", \"answer\": \"..\"}".to_owned()),
    }
}

fn read_fields(line: u64, fields: Map<String, Value>) -> Row {
    let mut item = Item::default();
    let mut faults = Vec::new();
    for (name, value) in fields {
        let done = match (name.as_str(), value) {
            ("id" | "priority" | "is_active" | "active", Value::Null) => Ok(()),
            ("id", value) => int(&value).map(|id| item.id = Some(EntryId(id))),
            ("question", value) => text(value).map(|text| item.question = text),
            ("answer", value) => text(value).map(|text| item.answer = text),
            ("category", Value::Null) => {
                item.category = Some(None);
                Ok(())
            }
            ("category", value) => text(value).map(|text| item.category = Some(Some(text))),
            ("keywords", value) => keywords(value).map(|words| item.keywords = Some(words)),
            ("priority", value) => int(&value).map(|number| item.priority = Some(number)),
            ("is_active" | "active", Value::Bool(active)) => {
                item.is_active = Some(active);
                Ok(())
            }
            ("is_active" | "active", _) => Err("write true or false"),
            ("context", value) => {
                item.context = Some(Some(value).filter(|value| !value.is_null()));
                Ok(())
            }
            (name, _) if OF_THE_SERVER.contains(&name) => Ok(()),
            _ => Err("there is no such field, leave it out"),
        };
        if let Err(fault) = done {
            let name: String = name.chars().take(100).collect();
            faults.push(format!("{name}: {fault}"));
        }
    }
    if item.context.as_ref().is_some_and(|context| context.as_ref().is_some_and(has_nul)) {
        faults.push("context: it contains a NUL character, remove it".to_owned());
    }
    Row::checked(line, item, faults)
}

fn text(value: Value) -> Result<String, &'static str> {
    if let Value::String(text) = value { Ok(text) } else { Err("write a text") }
}

fn int(value: &Value) -> Result<i32, &'static str> {
    let number = match value {
        Value::Number(number) => number.as_i64().and_then(|number| number.try_into().ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or("write a whole number")
}

fn keywords(value: Value) -> Result<Vec<String>, &'static str> {
    const FAULT: &str = "write a list of texts";
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(words) => words.into_iter().map(|word| text(word).map_err(|_| FAULT)).collect(),
        Value::String(words) => limits::keyword_list(&words).map_err(|_| FAULT),
        _ => Err(FAULT),
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

pub(crate) fn write(entries: &[Existing]) -> String {
    let entry = |entry: &Existing| {
        json!({
            "id": entry.id.0, "question": entry.question, "answer": entry.answer, "keywords": entry.keywords,
            "category": entry.category, "priority": entry.priority, "is_active": entry.is_active,
            "context": entry.context,
        })
    };
    let lines: Vec<String> = entries.iter().map(|one| format!("  {}", entry(one))).collect();
    if lines.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", lines.join(",\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_objects_with_a_list_are_read_with_their_lines() {
        for text in [
            "[{\"question\":\"A\",\"answer\":\"B\"},\n\n {\"question\":\"C\",\"answer\":\"D\",\"keywords\":[\"x\"]}]",
            "{\"entries\": [{\"question\":\"A\",\"answer\":\"B\"},\n\n{\"question\":\"C\",\"answer\":\"D\",\"keywords\":\"x\"}]}",
        ] {
            let rows = read(text).unwrap();
            assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 3]);
            let (first, second) = (rows[0].item.as_ref().unwrap(), rows[1].item.as_ref().unwrap());
            assert_eq!((first.question.as_str(), &first.keywords), ("A", &None));
            assert_eq!(second.keywords, Some(vec!["x".to_owned()]));
        }
    }

    #[test]
    fn all_faults_of_an_entry_are_named() {
        let rows = read(r#"[{"question":5,"answr":"x","priority":"p"}, 7]"#).unwrap();
        let faults = rows[0].item.as_ref().unwrap_err();
        for part in [
            "question: write a text",
            "answr: there is no such field, leave it out",
            "priority: write a whole number",
            "answer: it is empty",
        ] {
            assert!(faults.contains(part), "{faults}");
        }
        assert!(rows[1].item.as_ref().unwrap_err().starts_with("it is no object"));
        let rows = read(r#"[{"question":"q","answer":"a","context":1e999}]"#).unwrap();
        assert!(rows[0].item.as_ref().unwrap_err().starts_with("it cannot be read: number out of range"));
    }

    #[test]
    fn what_is_no_json_names_its_line() {
        let error = read("[\n{]").unwrap_err();
        assert!(matches!(error, Unreadable::Syntax { line: 2, .. }), "{error}");
        let deep = "[".repeat(100_000);
        assert!(matches!(read(&deep), Err(Unreadable::Syntax { .. })));
    }
}

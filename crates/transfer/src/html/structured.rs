//! Questions as schema.org has them.

use super::text::plain;
use super::text::plain_of;
use super::tokens::{Part, Tokens, ends};
use crate::item::{Item, Row};
use serde_json::Value;

/// Deeper data is no FAQ page.
const MAX_DEPTH: usize = 16;

/// `<script type="application/ld+json">`.
pub(crate) fn json_ld(tokens: &Tokens) -> Vec<Row> {
    let mut rows = Vec::new();
    for pair in tokens.windows(2) {
        let [(line, open), (_, Part::Text(data))] = pair else { continue };
        let kind = open.attribute("type").unwrap_or_default().trim().to_ascii_lowercase();
        if open.opens("script")
            && kind == "application/ld+json"
            // What is no JSON is no data; the page may have questions all the same.
            && let Ok(data) = serde_json::from_str::<Value>(data)
        {
            collect(&data, *line, 0, &mut rows);
        }
    }
    rows
}

fn collect(data: &Value, line: u64, depth: usize, rows: &mut Vec<Row>) {
    if depth > MAX_DEPTH {
        return;
    }
    match data {
        Value::Array(list) => list.iter().for_each(|part| collect(part, line, depth + 1, rows)),
        Value::Object(fields) if is_a(data, "Question") && fields.contains_key("acceptedAnswer") => {
            rows.push(question(data, line));
        }
        Value::Object(fields) => fields.values().for_each(|part| collect(part, line, depth + 1, rows)),
        _ => {}
    }
}

fn is_a(data: &Value, kind: &str) -> bool {
    let is = |value: &Value| value.as_str().is_some_and(|text| text.rsplit(['/', ':']).next() == Some(kind));
    let own = &data["@type"];
    is(own) || own.as_array().is_some_and(|kinds| kinds.iter().any(is))
}

fn question(data: &Value, line: u64) -> Row {
    let text = |value: &Value| value.as_str().map(plain_of);
    let first = |value: &Value| value.as_array().and_then(|list| list.first()).unwrap_or(value).clone();
    let keywords = data["keywords"].as_str().map(|words| {
        let words = words.split(',').map(plain_of);
        words.filter(|word| !word.is_empty()).collect()
    });
    let item = Item {
        question: text(&data["name"]).or_else(|| text(&data["text"])).unwrap_or_default(),
        answer: text(&first(&data["acceptedAnswer"])["text"]).unwrap_or_default(),
        category: text(&first(&data["about"])["name"]).map(Some),
        keywords,
        ..Item::default()
    };
    Row::checked(line, item, Vec::new())
}

/// `itemtype=".../Question"` with the properties `name` and `text`.
pub(crate) fn microdata(tokens: &Tokens) -> Vec<Row> {
    let ends = ends(tokens);
    let mut rows = Vec::new();
    let mut at = 0;
    while let Some(start) =
        tokens[at..].iter().position(|(_, part)| is_question(part)).map(|found| at + found)
    {
        // One that is never closed ends where the next begins.
        let next = || tokens[start + 1..].iter().position(|(_, part)| is_question(part));
        let end = if ends[start] < tokens.len() {
            ends[start]
        } else {
            next().map_or(tokens.len(), |next| start + 1 + next)
        };
        let property = |name| property(tokens, &ends, (start + 1, end), name);
        let answer = property("text").or_else(|| property("acceptedAnswer")).unwrap_or_default();
        let item = Item { question: property("name").unwrap_or_default(), answer, ..Item::default() };
        rows.push(Row::checked(tokens[start].0, item, Vec::new()));
        at = end.max(start + 1);
    }
    rows
}

/// The text of the first property of that name.
fn property(tokens: &Tokens, ends: &[usize], (start, end): (usize, usize), name: &str) -> Option<String> {
    let has_name = |at: &usize| tokens[*at].1.attribute("itemprop") == Some(name);
    let found = (start..end).find(has_name)?;
    if let Some(content) = tokens[found].1.attribute("content") {
        return Some(content.to_owned());
    }
    // A tag that is never closed, as HTML allows, ends with the next property.
    let next = || (found + 1..end).find(|&at| tokens[at].1.attribute("itemprop").is_some()).unwrap_or(end);
    let to = if ends[found] < tokens.len() { ends[found].min(end) } else { next() };
    Some(plain(tokens[found..to].iter().map(|(_, part)| part)))
}

fn is_question(part: &Part) -> bool {
    part.attribute("itemtype").is_some_and(|kind| kind.trim().ends_with("schema.org/Question"))
}

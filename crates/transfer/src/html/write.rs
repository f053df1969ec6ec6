//! A FAQ page that people and search engines read.

use crate::item::Existing;
use serde_json::{Value, json};

pub(crate) fn write(entries: &[Existing]) -> String {
    let entries: Vec<&Existing> = entries.iter().filter(|entry| entry.is_active).collect();
    let questions: Vec<Value> = entries.iter().map(|entry| data(entry)).collect();
    let data = json!({"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": questions});
    // Within a script nothing may look like its end.
    let data = data.to_string().replace("</", "<\\/").replace("<!--", "<\\u0021--");
    let mut shown = String::new();
    for entry in &entries {
        let (question, answer) = (escape(&entry.question), html(&entry.answer));
        shown.extend(["<details>\n<summary>", &question, "</summary>\n<p>", &answer, "</p>\n</details>\n"]);
    }
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n<title>Questions and answers</title>\n\
        <script type=\"application/ld+json\">{data}</script>\n</head>\n<body>\n<h1>Questions and answers</h1>\n{shown}</body>\n</html>\n"
    )
}

fn data(entry: &Existing) -> Value {
    let mut question = json!({
        "@type": "Question",
        "name": escape(&entry.question),
        "acceptedAnswer": {"@type": "Answer", "text": html(&entry.answer)},
    });
    if let Some(category) = &entry.category {
        question["about"] = json!({"@type": "Thing", "name": escape(category)});
    }
    question
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The text with its lines.
fn html(text: &str) -> String {
    escape(text).replace("\r\n", "\n").replace('\n', "<br>")
}

//! Entries, as files hold them and as the knowledge base does.

use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::limits;
use serde_json::Value;

/// An entry as a file has it. What is `None` the file does not say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Item {
    /// The entry that it was exported from.
    pub id: Option<EntryId>,
    /// What is asked.
    pub question: String,
    /// What is answered.
    pub answer: String,
    /// Words that point to it.
    pub keywords: Option<Vec<String>>,
    /// A label; the inner `None` takes it away.
    pub category: Option<Option<String>>,
    /// The higher, the earlier among equals.
    pub priority: Option<i32>,
    /// Whether it may be an answer.
    pub is_active: Option<bool>,
    /// What its author keeps beside it; JSON alone has it.
    pub context: Option<Option<Value>>,
}

/// An entry of a file, or what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// The question as it stands there, for people who look for it.
    pub question: String,
    /// The entry; else one sentence about all its faults, which says what to do.
    pub item: Result<Item, String>,
}

/// An entry of the knowledge base.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names are those of an Item")]
pub struct Existing {
    pub id: EntryId,
    pub question: String,
    pub answer: String,
    pub keywords: Vec<String>,
    pub category: Option<String>,
    pub priority: i32,
    pub is_active: bool,
    pub context: Option<Value>,
}

impl Row {
    /// Checks an entry; `faults` were found while it was read.
    pub(crate) fn checked(line: u64, mut item: Item, mut faults: Vec<String>) -> Self {
        let question = item.question.trim().chars().take(limits::MAX_QUESTION_CHARS).collect();
        let mut fault = |field: &str, fault: limits::Fault| faults.push(format!("{field}: {fault}"));
        match limits::question(&item.question) {
            Ok(checked) => item.question = checked,
            Err(error) => fault("question", error),
        }
        match limits::answer(&item.answer) {
            Ok(checked) => item.answer = checked,
            Err(error) => fault("answer", error),
        }
        if let Some(Some(category)) = &item.category {
            match limits::category(category) {
                Ok(checked) => item.category = Some(checked),
                Err(error) => fault("category", error),
            }
        }
        if let Some(keywords) = &item.keywords {
            match limits::keywords(keywords) {
                Ok(checked) => item.keywords = Some(checked),
                Err(error) => fault("keywords", error),
            }
        }
        let item = if faults.is_empty() { Ok(item) } else { Err(faults.join("; ")) };
        Self { line, question, item }
    }
}

//! Reads a knowledge base with its test queries: a folder with kb.jsonl and queries.jsonl.

use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::Entry;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::error::Error;
use std::fs;
use std::path::Path;

/// One line of kb.jsonl.
#[derive(Deserialize)]
struct Line {
    id: String,
    question: String,
    answer: String,
    #[serde(default)]
    keywords: Vec<String>,
    category: Option<String>,
}

/// One line of queries.jsonl. Each example reads its own part of it.
#[derive(Deserialize)]
#[allow(dead_code)]
pub(crate) struct Query {
    #[serde(rename = "query_index")]
    pub(crate) number: u64,
    #[serde(rename = "query")]
    pub(crate) text: String,
    pub(crate) relevant_ids: Vec<String>,
    #[serde(default)]
    pub(crate) kind: String,
}

/// A knowledge base and its test queries.
pub(crate) struct Set {
    pub(crate) name: String,
    /// Their ids are positions in `ids`.
    pub(crate) entries: Vec<Entry>,
    pub(crate) ids: Vec<String>,
    pub(crate) queries: Vec<Query>,
}

impl Set {
    pub(crate) fn load(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut set = Self {
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            entries: Vec::new(),
            ids: Vec::new(),
            queries: lines(&folder.join("queries.jsonl"))?,
        };
        for line in lines::<Line>(&folder.join("kb.jsonl"))? {
            set.entries.push(Entry {
                id: EntryId(i32::try_from(set.ids.len())?),
                question: line.question,
                answer: line.answer,
                keywords: line.keywords,
                category: line.category,
                priority: 0,
            });
            set.ids.push(line.id);
        }
        Ok(set)
    }

    /// The id that the data gave an entry.
    pub(crate) fn id(&self, entry: &Entry) -> &str {
        usize::try_from(entry.id.0).ok().and_then(|at| self.ids.get(at)).map_or("", String::as_str)
    }
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let parsed = text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str);
    Ok(parsed.collect::<Result<_, _>>()?)
}

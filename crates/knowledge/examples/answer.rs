//! Answers the queries of a knowledge base: one JSON line each, with the ranking, the best entry and its
//! confidence. Timings go to standard error.
//!
//! `cargo run --release -p frontdesk-knowledge --example answer -- KB_DIR > RUN.jsonl`

mod data;

use frontdesk_knowledge::{Index, Language};
use serde_json::json;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: answer KB_DIR > RUN.jsonl")?;
    let set = data::Set::load(&PathBuf::from(folder))?;
    let entries = set.entries.clone();
    let start = Instant::now();
    let index = Index::build(entries, Some(Language::English));
    let built = start.elapsed();
    let mut out = std::io::stdout().lock();
    let start = Instant::now();
    for query in &set.queries {
        let findings = index.ask(&query.text);
        let answer = findings.best;
        let results: Vec<_> = findings
            .ranked
            .iter()
            .map(|ranked| json!({"id": set.id(ranked.entry), "score": ranked.score}))
            .collect();
        let line = json!({
            "query_index": query.number,
            "results": results,
            "answer_id": answer.map(|answer| set.id(answer.entry)),
            "confidence": answer.map_or(0.0, |answer| answer.confidence),
        });
        writeln!(out, "{line}")?;
    }
    let (entries, queries) = (set.entries.len(), set.queries.len());
    eprintln!("{}: {entries} entries in {built:?}, {queries} queries in {:?}", set.name, start.elapsed());
    Ok(())
}

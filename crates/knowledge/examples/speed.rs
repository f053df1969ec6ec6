//! How long a knowledge base of 2,000 entries takes to build and to ask:
//! `cargo run --release -p frontdesk-knowledge --example speed`.

use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, Index};
use std::hint::black_box;
use std::time::{Duration, Instant};

const ENTRIES: i32 = 2000;
const QUERIES: usize = 1000;
const VOCABULARY: usize = 8000;
const SYLLABLES: [&str; 16] = [
    "ba", "con", "di", "fer", "gal", "ho", "in", "jur", "ka", "lem", "mo", "nat", "or", "pre", "quis", "ter",
];

fn main() {
    let mut speech = Speech::new();
    let entries: Vec<Entry> = (0..ENTRIES).map(|id| speech.entry(id)).collect();
    let queries: Vec<String> = (0..QUERIES).map(|_| speech.query()).collect();

    let mut builds: Vec<Duration> = (0..10)
        .map(|_| {
            let entries = entries.clone();
            let start = Instant::now();
            let index = black_box(Index::build(entries, None));
            let elapsed = start.elapsed();
            drop(index);
            elapsed
        })
        .collect();
    builds.sort_unstable();
    println!("build of {ENTRIES} entries: median {:?}, worst {:?}", builds[5], builds[9]);

    let index = Index::build(entries, None);
    let mut times: Vec<Duration> = queries
        .iter()
        .map(|query| {
            let start = Instant::now();
            black_box(index.ask(query));
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("ranking for six words: median {:?}, 99th percentile {:?}", times[500], times[990]);

    let start = Instant::now();
    black_box(index.ask(&"lorem ipsum ".repeat(333)));
    println!("answer to 4,000 characters: {:?}", start.elapsed());
}

/// Words of one to four syllables, and a generator that uses the first ones the most, as languages do.
struct Speech {
    words: Vec<String>,
    state: u32,
}

impl Speech {
    fn new() -> Self {
        let mut speech = Self { words: Vec::new(), state: 1 };
        speech.words = (0..VOCABULARY).map(|_| speech.coin()).collect();
        speech
    }

    fn coin(&mut self) -> String {
        let syllables = 1 + self.next() % 4;
        (0..syllables).map(|_| SYLLABLES[self.next() as usize % SYLLABLES.len()]).collect()
    }

    fn text(&mut self, words: usize) -> String {
        let mut text = String::new();
        for _ in 0..words {
            let (one, two) = (self.next() as usize % VOCABULARY, self.next() as usize % VOCABULARY);
            text.push_str(&self.words[one * two / VOCABULARY]);
            text.push(' ');
        }
        text
    }

    /// Five known words and one that may not be.
    fn query(&mut self) -> String {
        self.text(5) + &self.coin()
    }

    fn entry(&mut self, id: i32) -> Entry {
        Entry {
            id: EntryId(id),
            question: self.text(9),
            answer: self.text(50),
            keywords: (0..5).map(|_| self.text(1)).collect(),
            category: Some(self.text(2)),
            priority: 0,
        }
    }

    /// The high bits of Lehmer's generator.
    fn next(&mut self) -> u32 {
        self.state = u32::try_from(u64::from(self.state) * 48271 % 0x7fff_ffff).unwrap_or(1);
        self.state >> 8
    }
}

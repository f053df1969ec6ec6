//! How long knowledge bases take to build and to ask, and how much memory they take:
//! `cargo run --release -p frontdesk-knowledge --example speed`. The words are the most usual English ones, so that
//! meanings are compared as they are for visitors.

use frontdesk_domain::ids::EntryId;
use frontdesk_knowledge::{Entry, Index, Language};
use std::hint::black_box;
use std::time::{Duration, Instant};

const SIZES: [i32; 3] = [100, 2_000, 50_000];
const QUERIES: usize = 1000;
const VOCABULARY: usize = 8000;
/// A byte for each number of a vector, and two for its row.
const NUMBERS: usize = 64 + 2;
/// Characters: the API's limit.
const LONGEST_MESSAGE: usize = 4000;

static TABLE: &[u8] = include_bytes!("../data/english.vectors");

fn main() {
    for size in SIZES {
        measure(size);
    }
    measure_long_entries();
}

/// Entries as long as only SQL writes them.
fn measure_long_entries() {
    let mut speech = Speech::new();
    let mut entry =
        |id| Entry { question: speech.text(15_000), answer: speech.text(15_000), ..speech.entry(id) };
    let entries: Vec<Entry> = (0..100).map(&mut entry).collect();
    let question = entries[7].answer[..60].to_owned();
    let start = Instant::now();
    let index = black_box(Index::build(entries, Some(Language::English)));
    let built = start.elapsed();
    let start = Instant::now();
    black_box(index.ask(&question));
    println!(
        "100 entries of 200 kB: built in {built:?}, {} kB; asked in {:?}",
        index.bytes() >> 10,
        start.elapsed()
    );
}

fn measure(size: i32) {
    let mut speech = Speech::new();
    let entries: Vec<Entry> = (0..size).map(|id| speech.entry(id)).collect();
    let queries: Vec<String> = (0..QUERIES).map(|_| speech.query()).collect();
    let longest_message = speech.longest_message();
    let rounds = if size > 10_000 { 2 } else { 10 };
    let mut builds: Vec<Duration> = (0..rounds)
        .map(|_| {
            let entries = entries.clone();
            let start = Instant::now();
            let index = black_box(Index::build(entries, Some(Language::English)));
            let elapsed = start.elapsed();
            drop(index);
            elapsed
        })
        .collect();
    builds.sort_unstable();
    let index = Index::build(entries, Some(Language::English));
    let mut times: Vec<Duration> = queries
        .iter()
        .map(|query| {
            let start = Instant::now();
            black_box(index.ask(query));
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let start = Instant::now();
    black_box(index.ask(&longest_message));
    let longest = start.elapsed();
    println!(
        "{size} entries: built in {:?} (median), {} kB; asked with nine words in {:?} \
         (median), {:?} (99th percentile), with 4,000 characters of rare words in {longest:?}",
        builds[builds.len() / 2],
        index.bytes() >> 10,
        times[500],
        times[990],
    );
}

/// Usual words, and a generator that uses the first ones the most, as languages do.
struct Speech {
    words: Vec<&'static str>,
    /// Words that it does not use.
    rare: Vec<&'static str>,
    state: u32,
}

impl Speech {
    fn new() -> Self {
        let count = usize::from(TABLE[0]) + 256 * usize::from(TABLE[1]);
        let (words, numbers) = TABLE[4..].split_at(TABLE.len() - 4 - count * NUMBERS);
        let rows = numbers.chunks_exact(2).map(|row| usize::from(row[0]) + 256 * usize::from(row[1]));
        let words = std::str::from_utf8(words).unwrap_or_default().lines();
        let mut usual: Vec<(usize, &str)> = rows.zip(words).collect();
        usual.sort_unstable();
        let mut words: Vec<&str> = usual.into_iter().map(|(_, word)| word).collect();
        let rare = words.split_off(VOCABULARY);
        Self { words, rare, state: 1 }
    }

    /// Words that have a meaning and that no entry holds, each once: the most work for so many characters.
    fn longest_message(&self) -> String {
        self.rare.join(" ").chars().take(LONGEST_MESSAGE).collect()
    }

    fn text(&mut self, words: usize) -> String {
        let mut text = String::new();
        for _ in 0..words {
            let (one, two) = (self.next() as usize % VOCABULARY, self.next() as usize % VOCABULARY);
            text.push_str(self.words[one * two / VOCABULARY]);
            text.push(' ');
        }
        text
    }

    /// Eight words, of which some may be known, and one that is not.
    fn query(&mut self) -> String {
        format!("{}zzyxvq", self.text(8))
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

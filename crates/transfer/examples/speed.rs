//! How long a preview takes: `cargo run --release -p frontdesk-transfer --example speed`. The questions are made of the
//! most usual English words; one in ten is another one with a slip.

use frontdesk_domain::ids::EntryId;
use frontdesk_transfer::{Existing, Format, compare, plan, read, write};
use std::error::Error;
use std::time::Instant;

const SIZES: [i32; 3] = [1_000, 10_000, 50_000];
const WORDS: usize = 9;

/// After four bytes, each with a line end, in the order of the alphabet.
static TABLE: &[u8] = include_bytes!("../../knowledge/data/english.vectors");

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<&str> = TABLE[4..]
        .split(|&byte| byte == b'\n')
        .map_while(|word| std::str::from_utf8(word).ok())
        .take(20_000)
        .collect();
    for size in SIZES {
        let mut random = Random(7);
        let mut entries: Vec<Existing> = Vec::new();
        for id in 0..size {
            let question = match entries.get(random.below(entries.len().max(1))) {
                Some(other) if id % 10 == 0 => slipped(&other.question),
                _ => (0..WORDS).map(|_| words[random.below(words.len())]).collect::<Vec<_>>().join(" ") + "?",
            };
            entries.push(entry(id, question));
        }
        let (old, new) = entries.split_at(entries.len() / 10);
        let file = write(new, Format::Csv);
        let start = Instant::now();
        let rows = read(file.as_bytes(), Format::Csv)?;
        let was_read = start.elapsed();
        let start = Instant::now();
        let mut plan = plan(old, &rows);
        let planned = start.elapsed();
        let start = Instant::now();
        compare(old, &mut plan);
        let like = plan.rows.iter().filter(|row| row.like.is_some()).count();
        println!(
            "{} rows for {} entries: read in {was_read:.0?}, planned in {planned:.0?}, compared{} in {:.1?}: {like} are like others",
            rows.len(),
            old.len(),
            if plan.compared { "" } else { " in part" },
            start.elapsed()
        );
    }
    Ok(())
}

fn entry(id: i32, question: String) -> Existing {
    Existing {
        id: EntryId(id),
        question,
        answer: "An answer of some words that says what is to be said about it.".repeat(5),
        keywords: Vec::new(),
        category: None,
        priority: 0,
        is_active: true,
        context: None,
    }
}

/// Without its third letter.
fn slipped(question: &str) -> String {
    question.chars().enumerate().filter(|(at, _)| *at != 2).map(|(_, letter)| letter).collect()
}

/// `SplitMix64`: the same questions in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 16).unwrap_or(0) % end
    }
}

//! What misspelled words cost.

use crate::bases::{practice, rank};
use crate::regression::QUESTIONS;
use frontdesk_knowledge::Index;

/// Words that a question can do without: those that say how it is asked, and short ones.
const HOW: &[&str] =
    &["what", "when", "where", "which", "your", "have", "does", "with", "would", "there", "this"];
/// Seeds of the edits: one hit or miss of a word would say little.
const ROUNDS: u64 = 8;

/// The high bits of Knuth's generator.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// The question with one letter of one topic word left out, doubled, replaced or exchanged with the next.
fn misspelled(question: &str, random: &mut Random) -> String {
    let mut words: Vec<String> = question.split(' ').map(str::to_owned).collect();
    let topic = |word: &String| word.len() >= 4 && !HOW.contains(&word.to_lowercase().as_str());
    let topics: Vec<usize> = (0..words.len()).filter(|&at| topic(&words[at])).collect();
    if topics.is_empty() {
        return question.to_owned();
    }
    let word = &mut words[topics[random.below(topics.len())]];
    let mut letters: Vec<char> = word.chars().collect();
    let at = random.below(letters.len() - 1);
    match random.below(4) {
        0 => drop(letters.remove(at)),
        1 => letters.insert(at, letters[at]),
        2 => letters[at] = char::from(b'a' + u8::try_from(random.below(26)).unwrap()),
        _ => letters.swap(at, at + 1),
    }
    *word = letters.into_iter().collect();
    words.join(" ")
}

fn is_first(index: &Index, question: &str, right: i32) -> bool {
    rank(index, question, 1).first().is_some_and(|first| first.entry.id.0 == right)
}

#[test]
fn one_wrong_letter_costs_at_most_a_tenth_of_the_questions() {
    let index = practice();
    let mut random = Random(7);
    let (mut asked, mut plain, mut wrong) = (0, 0, 0);
    let mut lost = Vec::new();
    for &(question, right) in QUESTIONS.iter().filter(|(_, right)| *right != 0) {
        for _ in 0..ROUNDS {
            let misspelled = misspelled(question, &mut random);
            let (before, after) = (is_first(&index, question, right), is_first(&index, &misspelled, right));
            asked += 1;
            plain += usize::from(before);
            wrong += usize::from(after);
            if before && !after {
                lost.push(misspelled);
            }
        }
    }
    println!("{plain} of {asked} as they are, {wrong} with a wrong letter");
    assert!((plain - wrong) * 10 <= asked, "{plain} and {wrong} of {asked}: {lost:?}");
}

//! Questions with a slip of the finger.

use crate::bases::{ENGLISH, rank};

/// Shorter words are mostly not the topic.
const MIN_CHARS: usize = 5;
const ROUNDS: u32 = 10;

/// The high bits of Lehmer's generator: the same slips each time.
struct Slips(u64);

impl Slips {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0 * 48271 % 0x7fff_ffff;
        usize::try_from(self.0 >> 8).unwrap() % below
    }

    /// One letter of one long word left out, doubled, swapped with the next, or replaced.
    fn slip(&mut self, question: &str) -> String {
        let mut words: Vec<String> = question.split(' ').map(str::to_owned).collect();
        let long: Vec<usize> =
            (0..words.len()).filter(|&at| words[at].chars().count() >= MIN_CHARS).collect();
        if long.is_empty() {
            return question.to_owned();
        }
        let word = &mut words[long[self.next(long.len())]];
        let mut letters: Vec<char> = word.chars().collect();
        let at = self.next(letters.len() - 1);
        match self.next(4) {
            0 => drop(letters.remove(at)),
            1 => letters.insert(at, letters[at]),
            2 => letters.swap(at, at + 1),
            _ => letters[at] = char::from(b'a' + u8::try_from(self.next(26)).unwrap()),
        }
        *word = letters.into_iter().collect();
        words.join(" ")
    }
}

#[test]
fn a_slip_in_a_long_word_costs_at_most_ten_points() {
    let index = ENGLISH.index();
    let mut slips = Slips(1);
    let (mut all, mut found, mut found_misspelled) = (0, 0, 0);
    for (question, right) in ENGLISH.inside() {
        let finds =
            |question: &str| rank(&index, question, 1).first().is_some_and(|first| first.entry.id == right);
        for _ in 0..ROUNDS {
            let misspelled = slips.slip(question);
            all += 1;
            found += i32::from(finds(question));
            found_misspelled += i32::from(finds(&misspelled));
        }
    }
    assert!((found - found_misspelled) * 100 <= all * 10, "{found} and {found_misspelled} of {all}");
}

//! Words that differ by a slip of a finger: one letter left out, added, replaced, or exchanged with the next. Short
//! words share too few letter groups with what they were meant to be.

use crate::numbers::{count, id};

/// The words of a vocabulary in one text, each with the set of its letters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slips {
    letters: String,
    ends: Vec<u32>,
    sets: Vec<u32>,
}

impl Slips {
    /// Takes words without accents.
    pub(crate) fn build<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut slips = Self::default();
        for word in words {
            slips.letters.push_str(word);
            slips.ends.push(id(slips.letters.len()));
            slips.sets.push(set(word));
        }
        slips.letters.shrink_to_fit();
        slips.ends.shrink_to_fit();
        slips.sets.shrink_to_fit();
        slips
    }

    /// The first word with the same first letter, or the same letters in another order, that is one slip from
    /// `word`, and how alike the two are: the share of letters that are right.
    pub(crate) fn closest(&self, word: &str) -> Option<(u32, f64)> {
        let (letters, own) = (word.chars().collect::<Vec<_>>(), set(word));
        let near = |&at: &usize| {
            // One slip changes at most two letters of the set: most words need no closer look.
            (self.sets[at] ^ own).count_ones() <= 2 && is_one_slip(&letters, self.word(at))
        };
        let at = (0..self.sets.len()).find(near)?;
        Some((id(at), 1.0 - 1.0 / count(letters.len())))
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.letters.capacity() + (self.ends.capacity() + self.sets.capacity()) * size_of::<u32>()
    }

    fn word(&self, at: usize) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.letters[start..self.ends[at] as usize]
    }
}

/// A bit for each letter; letters beyond ASCII share bits.
fn set(word: &str) -> u32 {
    word.chars().fold(0, |set, letter| set | 1 << (u32::from(letter) % 32))
}

fn is_one_slip(word: &[char], other: &str) -> bool {
    let other: Vec<char> = other.chars().collect();
    if other.len() < 3 || word.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let same = word.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let (rest, others) = (&word[same..], &other[same..]);
    if let ([a, b, rest @ ..], [c, d, others @ ..]) = (rest, others)
        && a == d
        && b == c
        && rest == others
    {
        return true;
    }
    // Another first letter makes another word more often than a slip.
    same > 0
        && match rest.len().cmp(&others.len()) {
            std::cmp::Ordering::Less => rest == &others[1..],
            std::cmp::Ordering::Greater => &rest[1..] == others,
            std::cmp::Ordering::Equal => !rest.is_empty() && rest[1..] == others[1..],
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_is_seen_through_and_two_are_not() {
        let slips = Slips::build(["address", "park", "open"]);
        let found = |word| slips.closest(word).map(|(at, _)| at);
        for (slip, meant) in
            [("opne", 2), ("opun", 2), ("opeen", 2), ("oen", 2), ("prak", 1), ("adress", 0), ("daress", 9)]
        {
            assert_eq!(found(slip), (meant < 9).then_some(meant), "{slip}");
        }
        assert_eq!(found("dark"), None);
        assert_eq!(found("opnnn"), None);
        assert_eq!(found(""), None);
    }
}

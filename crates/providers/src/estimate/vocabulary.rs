//! A vocabulary that remembers how many tokens lines have. Prompts are put together from the same lines over and
//! over, rules and entries, and to count them takes longer than all else about a message.

use bpe_openai::{Tokenizer, cl100k_base, o200k_base};
use moka::sync::Cache;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

/// Lines of each vocabulary that are remembered, in about 2 MB.
const MOST_LINES: u64 = 16_384;
/// A line of more bytes is counted each time: it takes long to compare, and is hardly a line.
const LONGEST: usize = 4_096;

/// A vocabulary of OpenAI's.
pub(super) struct Vocabulary {
    tokenizer: fn() -> &'static Tokenizer,
    /// By two hashes with secret keys, which nobody can make collide.
    counts: Cache<(u64, u64), u64>,
    hashers: (RandomState, RandomState),
}

/// That of the models since GPT-4o.
pub(super) fn o200k() -> &'static Vocabulary {
    static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::new(o200k_base));
    &VOCABULARY
}

/// That of the models before.
pub(super) fn cl100k() -> &'static Vocabulary {
    static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| Vocabulary::new(cl100k_base));
    &VOCABULARY
}

impl Vocabulary {
    fn new(tokenizer: fn() -> &'static Tokenizer) -> Self {
        let hashers = (RandomState::new(), RandomState::new());
        Self { tokenizer, counts: Cache::new(MOST_LINES), hashers }
    }

    /// The tokens of a text.
    pub(super) fn count(&self, text: &str) -> u64 {
        lines(text).map(|line| self.count_line(line)).sum()
    }

    fn count_line(&self, line: &str) -> u64 {
        let count = || (self.tokenizer)().count(line) as u64;
        if line.len() > LONGEST {
            return count();
        }
        let key = (self.hashers.0.hash_one(line), self.hashers.1.hash_one(line));
        self.counts.get_with(key, count)
    }
}

/// The lines of a text, each with the line breaks behind it. No token reaches from one into the next: both
/// vocabularies cut behind a line break, unless white space or (o200k) a slash follows.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let begins = |rest: &str| rest.chars().next().is_some_and(|first| !first.is_whitespace() && first != '/');
    let ends = text.match_indices('\n').map(|(at, _)| at + 1).filter(move |&end| begins(&text[end..]));
    let mut begin = 0;
    ends.chain([text.len()]).map(move |end| &text[std::mem::replace(&mut begin, end)..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_cut_behind_its_line_breaks() {
        let cut = |text| lines(text).collect::<Vec<_>>();
        assert_eq!(cut("Q: a\nA: b\n\nQ: c"), ["Q: a\n", "A: b\n\n", "Q: c"]);
        assert_eq!(cut("a\n  b\n/c\r\nd\n"), ["a\n  b\n/c\r\n", "d\n"]);
        assert_eq!(cut(""), [""]);
    }

    proptest! {
        #[test]
        fn lines_have_as_many_tokens_alone_as_together(
            text in "([ \t\r\n/?!.'a-zA-Z0-9Ω中\u{a0}\u{2028}🚚-]{0,12}[\n]{0,2}){0,12}",
        ) {
            for vocabulary in [o200k(), cl100k()] {
                prop_assert_eq!(vocabulary.count(&text), (vocabulary.tokenizer)().count(&text) as u64);
                // And once more, now that its lines are known.
                prop_assert_eq!(vocabulary.count(&text), (vocabulary.tokenizer)().count(&text) as u64);
            }
        }
    }
}

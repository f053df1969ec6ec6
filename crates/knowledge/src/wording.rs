//! Which messages ask something, and which ask the same in other words.
//!
//! Two messages are compared by themselves, not by how rare their words are among others: a group that was right
//! when it was made stays right whatever is asked later.

use crate::language::Language;
use crate::languages::Asking;
use crate::numbers::{count, share};
use crate::text;
use std::collections::{BTreeSet, HashSet};

/// Characters of a message that are read and kept; what follows tells a story.
pub const MAX_WORDING_CHARS: usize = 500;

/// From this share of common topic words on, twice the common ones among all, two messages ask the same.
const SAME: f64 = 0.65;
/// From this likeness in groups of letters on, a word is another one misspelled.
const MISSPELLED: f64 = 0.6;
/// Shorter words differ by a letter and are others.
const MIN_SPELLED_CHARS: usize = 5;

/// What visitors say without asking anything, in the languages of [`Language::KNOWN`].
const COURTESIES: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "yes",
    "yeah",
    "yep",
    "no",
    "nope",
    "ok",
    "okay",
    "thanks",
    "thank",
    "please",
    "bye",
    "goodbye",
    "sure",
    "cool",
    "great",
    "good",
    "morning",
    "evening",
    "hallo",
    "ja",
    "nein",
    "danke",
    "bitte",
    "tschüss",
    "guten",
    "tag",
    "morgen",
    "abend",
    "gut",
    "bonjour",
    "salut",
    "oui",
    "non",
    "merci",
    "bonsoir",
    "hola",
    "sí",
    "si",
    "gracias",
    "buenos",
    "días",
    "adiós",
    "vale",
    "ciao",
    "grazie",
    "buongiorno",
    "prego",
    "olá",
    "oi",
    "sim",
    "não",
    "obrigado",
    "obrigada",
    "dank",
    "bedankt",
    "nee",
    "dag",
    "hoi",
];

/// What a message asks, ready to be compared. An empty one asks nothing.
#[derive(Debug, Clone)]
pub struct Wording {
    topics: BTreeSet<String>,
    numbers: BTreeSet<String>,
    asks: HashSet<Asking>,
    denies: bool,
}

impl Wording {
    /// Reads the first [`MAX_WORDING_CHARS`] characters of a message.
    ///
    /// ```
    /// use frontdesk_knowledge::{Language, Wording};
    /// let read = |text| Wording::read(text, Language::English);
    /// assert!(read("Do you sell gift cards?").is_like(&read("Can I buy a gift card")));
    /// assert!(!read("How do I cancel?").is_like(&read("How do I pay?")));
    /// assert!(!read("ok thanks").asks_something());
    /// ```
    pub fn read(message: &str, language: Language) -> Self {
        let normalized = text::normalize(cut_wording(message));
        let words: Vec<&str> = text::words(&normalized).collect();
        let (mut topics, mut numbers) = (BTreeSet::new(), BTreeSet::new());
        for word in &words {
            let stem = text::stem_in(language, word);
            if stem.chars().any(char::is_numeric) {
                numbers.insert(stem);
            } else if is_topic(word, &stem, language) {
                topics.insert(stem);
            }
        }
        // A script without spaces has a word in two neighbouring signs.
        let unspaced = words.windows(2).filter(|pair| pair.iter().all(|word| text::is_unspaced(word)));
        topics.extend(unspaced.map(<[&str]>::concat));
        Self { topics, numbers, asks: language.asks(&normalized), denies: language.denies(&normalized) }
    }

    /// Whether it is about anything. A greeting, a thank-you, a yes, a number or an emoji is not.
    pub fn asks_something(&self) -> bool {
        !self.topics.is_empty()
    }

    /// Whether both ask the same. It is the same in both directions.
    pub fn is_like(&self, other: &Self) -> bool {
        let asked = || self.asks.union(&other.asks).any(|asking| asking.is_narrow());
        let ask_otherwise =
            !self.asks.is_empty() && !other.asks.is_empty() && self.asks.is_disjoint(&other.asks) && asked();
        self.denies == other.denies
            && self.numbers == other.numbers
            && !ask_otherwise
            && common_topics(&self.topics, &other.topics) >= SAME
    }
}

/// Which of several misspelled words is taken for which depends on the order: it is one order in both directions.
fn common_topics(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    let mut left: Vec<&String> = second.difference(first).collect();
    let mut common = first.intersection(second).count();
    for word in first.difference(second) {
        if let Some(at) = left.iter().position(|other| is_misspelled(word, other)) {
            left.swap_remove(at);
            common += 1;
        }
    }
    share(2.0 * count(common), count(one.len() + other.len()))
}

/// The first [`MAX_WORDING_CHARS`] characters.
pub fn cut_wording(message: &str) -> &str {
    message.char_indices().nth(MAX_WORDING_CHARS).map_or(message, |(end, _)| &message[..end])
}

fn is_topic(word: &str, stem: &str, language: Language) -> bool {
    word.chars().nth(1).is_some()
        && word.chars().any(char::is_alphabetic)
        && !COURTESIES.contains(&word)
        && !language.lexicon().is_function_stem(stem)
}

fn is_misspelled(word: &str, other: &str) -> bool {
    let long = |word: &str| word.chars().nth(MIN_SPELLED_CHARS - 1).is_some();
    if !long(word) || !long(other) {
        return false;
    }
    let (one, two): (HashSet<u32>, HashSet<u32>) =
        (text::grams(word).into_iter().collect(), text::grams(other).into_iter().collect());
    share(2.0 * count(one.intersection(&two).count()), count(one.len() + two.len())) >= MISSPELLED
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn alike(language: Language, one: &str, other: &str) -> bool {
        Wording::read(one, language).is_like(&Wording::read(other, language))
    }

    #[test]
    fn the_same_in_other_words_belongs_together() {
        use Language::{English, French, German};
        for (language, one, other) in [
            (English, "do you sell gift cards", "Can I buy a gift card?"),
            (English, "are dogs allowed", "Are dogs allowed in here??"),
            (English, "Is there wheelchair access?", "do you have weelchair access"),
            (German, "Verkauft ihr Gutscheine?", "verkauft ihr einen Gutschein"),
            (German, "Sind Hunde erlaubt?", "sind bei euch Hunde erlaubt"),
            (French, "Acceptez-vous les chiens ?", "est-ce que vous acceptez les chiens"),
            (French, "Avez-vous un parking ?", "il y a un parking"),
        ] {
            assert!(alike(language, one, other) && alike(language, other, one), "{one} / {other}");
        }
    }

    #[test]
    fn another_question_does_not() {
        use Language::{English, French, German};
        for (language, one, other) in [
            (English, "how do I cancel", "how do I pay"),
            (English, "are dogs allowed", "are dogs not allowed"),
            (English, "can I cancel my appointment", "can I book an appointment"),
            (English, "are you open on sunday", "are you open on monday"),
            (English, "is the room for 4 people free", "is the room for 6 people free"),
            (English, "when do you deliver", "how much do you deliver for"),
            (German, "Wie kann ich stornieren?", "Wie kann ich bezahlen?"),
            (German, "Sind Hunde erlaubt?", "Sind Hunde nicht erlaubt?"),
            (French, "comment annuler", "comment payer"),
            (French, "Acceptez-vous les chiens ?", "Acceptez-vous les chèques ?"),
        ] {
            assert!(!alike(language, one, other) && !alike(language, other, one), "{one} / {other}");
        }
    }

    #[test]
    fn what_is_about_nothing_asks_nothing() {
        for nothing in
            ["", "👍", "yes", "ok thanks", "Hi!", "12345", "what is it?", "???", "a", "danke", "merci"]
        {
            for language in [Language::English, Language::Other] {
                // Without a language nobody knows its function words.
                if language == Language::Other && nothing == "what is it?" {
                    continue;
                }
                assert!(!Wording::read(nothing, language).asks_something(), "{nothing} {language:?}");
            }
        }
        for something in ["parking", "gift cards?", "营业时间", "هل يوجد موقف"] {
            assert!(Wording::read(something, Language::Other).asks_something(), "{something}");
        }
    }

    #[test]
    fn a_long_message_is_cut_at_a_character() {
        let long = "ä".repeat(MAX_WORDING_CHARS + 1);
        assert_eq!(cut_wording(&long).chars().count(), MAX_WORDING_CHARS);
        assert_eq!(cut_wording("short"), "short");
    }

    proptest! {
        #[test]
        fn likeness_is_the_same_in_both_directions(one in ".{0,600}", other in ".{0,600}") {
            prop_assert_eq!(alike(Language::English, &one, &other), alike(Language::English, &other, &one));
            let read = Wording::read(&one, Language::English);
            prop_assert_eq!(read.is_like(&read), read.asks_something());
        }
    }
}

//! From text to what is matched: stems of words, and hashes of letter groups.

use rust_stemmers::{Algorithm, Stemmer};
use std::collections::HashSet;
use std::sync::LazyLock;
use unicode_segmentation::UnicodeSegmentation;

/// Longer words are cut: nobody's vocabulary holds them, and they would cost time for nothing.
const MAX_WORD_CHARS: usize = 32;

/// English words that say how something is asked, not what about: they count for little.
const FUNCTION_WORDS: &str = "a about after again all also am an and another any anybody anyone anything are aren't \
    as at be because been before being but by can can't cannot could couldn't did didn't do does doesn't doing \
    don't dont during each either else ever every everything few for from further get gets getting give go going \
    gonna got had hadn't has hasn't have haven't having he hello help her here hers hey hi him his how however i \
    i'd i'll i'm i've if im in into is isn't it it's its itself just know let let's like make many may me might \
    mine more most much must my myself need needs no nor not now of off ok okay on once one only or other our ours \
    out over own please pls possible same say see shall she should shouldn't so some somebody someone something \
    such take tell than thank thanks that that's the their theirs them then there there's these they they're \
    thing things this those through to too try trying u under until up upon ur us use using very wanna want \
    wanted wants was wasn't way we we're well were weren't what what's whats when when's where where's which \
    while who who's whom whose why will with won't would wouldn't yeah yes you you'd you'll you're you've your \
    yours yourself";

static STEMS: LazyLock<Stems> = LazyLock::new(|| {
    let stemmer = Stemmer::create(Algorithm::English);
    let function = FUNCTION_WORDS.split_whitespace().map(|word| stemmer.stem(word).into_owned()).collect();
    Stems { stemmer, function }
});

struct Stems {
    stemmer: Stemmer,
    function: HashSet<String>,
}

/// Lower case and one kind of apostrophe (phones and word processors bend it); an underscore parts
/// words, because categories are often written like names in a program.
pub(crate) fn normalize(text: &str) -> String {
    text.replace(['\u{2019}', '\u{2018}', '\u{02bc}'], "'").replace('_', " ").to_lowercase()
}

/// The words of a text that [`normalize`] made lower case.
pub(crate) fn words(normalized: &str) -> impl Iterator<Item = &str> {
    normalized.unicode_words()
}

/// The stem of a word that [`normalize`] made lower case.
pub(crate) fn stem(word: &str) -> String {
    match word.char_indices().nth(MAX_WORD_CHARS) {
        Some((end, _)) => word[..end].to_owned(),
        None => STEMS.stemmer.stem(word).into_owned(),
    }
}

/// Whether `stem` is that of a word that says how something is asked, not what about.
pub(crate) fn is_function(stem: &str) -> bool {
    STEMS.function.contains(stem)
}

/// Hashes of all groups of three and four letters in a text that [`normalize`] made lower case, word by
/// word with the words' ends marked; sorted, each once. Misspelled and compound words share most of
/// theirs with the right ones.
pub(crate) fn grams(normalized: &str) -> Vec<u32> {
    let mut hashes = Vec::new();
    let mut letters: Vec<char> = Vec::new();
    for word in words(normalized) {
        letters.clear();
        letters.push(' ');
        letters.extend(word.chars().take(MAX_WORD_CHARS));
        letters.push(' ');
        for size in 3..=4 {
            hashes.extend(letters.windows(size).map(fnv));
        }
    }
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// FNV-1a over the letters.
fn fnv(letters: &[char]) -> u32 {
    letters.iter().fold(0x811c_9dc5_u32, |hash, &letter| (hash ^ u32::from(letter)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apostrophes_and_case_and_underscores_do_not_matter() {
        assert_eq!(normalize("What\u{2019}s OPEN_HOURS"), "what's open hours");
    }

    #[test]
    fn inflected_words_share_a_stem() {
        assert_eq!(stem("cancellation"), stem("cancellations"));
        assert_eq!(stem("opening"), stem("opened"));
    }

    #[test]
    fn a_long_word_is_cut_at_a_letter() {
        assert_eq!(stem(&"é".repeat(4000)).chars().count(), MAX_WORD_CHARS);
        assert!(grams(&"a".repeat(4000)).len() < 10);
    }

    #[test]
    fn question_words_are_function_words_and_topics_are_not() {
        assert!(["what", "how", "your", "yes"].iter().all(|word| is_function(&stem(word))));
        assert!(["hours", "price", "open"].iter().all(|word| !is_function(&stem(word))));
    }
}

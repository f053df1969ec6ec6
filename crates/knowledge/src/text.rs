//! From text to what is matched: words, their stems, and hashes of letter groups.

use crate::language::Language;
use rust_stemmers::Stemmer;
use std::borrow::Cow;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// Longer words are cut: nobody's vocabulary holds them, and they would cost time for nothing.
const MAX_WORD_CHARS: usize = 32;
/// A letter with more accents than any script has is decoration.
const MAX_MARKS: usize = 4;

/// Of a text no more words are read: about as many as the longest answer holds that may be written by the API.
/// Entries that were written past it, by SQL, must not slow down all others.
const MAX_WORDS: usize = 4_000;
/// Of a message no more words are read. Visitors ask with a dozen; each unknown word is compared to all known ones.
const MAX_MESSAGE_WORDS: usize = 100;

/// Arabic's lengthening stroke, which carries no sound.
const TATWEEL: char = '\u{640}';

/// One form of each letter (Unicode's NFKC), lower case, one kind of apostrophe (phones and word processors bend
/// it), nothing invisible; an underscore parts words, because categories are often written like names in a
/// program.
pub(crate) fn normalize(text: &str) -> String {
    if text.is_ascii() {
        return text.replace('_', " ").to_ascii_lowercase();
    }
    let mut normalized = String::with_capacity(text.len());
    let mut marks = 0;
    for char in text.nfkc().flat_map(char::to_lowercase) {
        marks = if is_combining_mark(char) { marks + 1 } else { 0 };
        match char {
            _ if marks > MAX_MARKS || is_invisible(char) => {}
            '\u{2019}' | '\u{2018}' | '\u{02bc}' | '\u{00b4}' | '`' => normalized.push('\''),
            '_' => normalized.push(' '),
            _ => normalized.push(char),
        }
    }
    normalized
}

/// Marks of direction, joiners, soft hyphens and the like: they part words that look like one.
const fn is_invisible(char: char) -> bool {
    matches!(char, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | TATWEEL)
}

/// The text without accents and vowel points: visitors often leave them out.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let plain: String = text.nfd().filter(|&char| !is_combining_mark(char)).collect();
    if plain.contains('ß') { plain.replace('ß', "ss") } else { plain }
}

/// A visitor's message as [`normalize`] leaves it, up to the last word of it that is read.
pub(crate) fn normalize_message(message: &str) -> String {
    let mut normalized = normalize(message);
    let end = normalized.unicode_word_indices().nth(MAX_MESSAGE_WORDS).map(|(end, _)| end);
    normalized.truncate(end.unwrap_or(normalized.len()));
    normalized
}

/// The first words of a text that [`normalize`] made, as Unicode's annex 29 parts them. An article that is
/// written with its word (*l'heure*, *dell'orario*) is a word of its own.
pub(crate) fn words(normalized: &str) -> impl Iterator<Item = &str> {
    normalized.unicode_words().take(MAX_WORDS).flat_map(|word| {
        let elided = word
            .split_once('\'')
            .filter(|(before, after)| is_elided(before) && after.chars().nth(2).is_some());
        let (first, second) = elided.map_or((word, None), |(before, after)| (before, Some(after)));
        std::iter::once(first).chain(second)
    })
}

/// Whether this stands before an apostrophe in French or Italian, where the word follows. (In English it is
/// the other way round: *don't*.)
fn is_elided(before: &str) -> bool {
    matches!(
        before,
        "l" | "d"
            | "j"
            | "m"
            | "n"
            | "s"
            | "t"
            | "c"
            | "qu"
            | "jusqu"
            | "lorsqu"
            | "puisqu"
            | "dell"
            | "all"
            | "dall"
            | "nell"
            | "sull"
            | "un"
            | "quell"
            | "quest"
            | "dov"
            | "com"
            | "cos"
    )
}

/// Whether the word is a character of a script that writes no spaces: two such neighbours tell more than one.
pub(crate) fn is_unspaced(word: &str) -> bool {
    let mut chars = word.chars();
    let unspaced = chars.next().is_some_and(|char| {
        matches!(char, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
            | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
    });
    unspaced && chars.next().is_none()
}

/// The first letters of a word, and whether there are more.
fn cut(word: &str) -> (&str, bool) {
    word.char_indices().nth(MAX_WORD_CHARS).map_or((word, false), |(end, _)| (&word[..end], true))
}

/// The stem of a word that [`normalize`] made, without accents.
pub(crate) fn stem_in(language: Language, word: &str) -> String {
    let (word, is_cut) = cut(word);
    let stem = match stemmer(language).filter(|_| !is_cut) {
        Some(stemmer) => stemmer.stem(word),
        None => Cow::Borrowed(word),
    };
    fold(&stem)
}

fn stemmer(language: Language) -> Option<&'static Stemmer> {
    static STEMMERS: LazyLock<Vec<(Language, Stemmer)>> = LazyLock::new(|| {
        let stemmer = |language: Language| Some((language, Stemmer::create(language.stemmer()?)));
        Language::KNOWN.into_iter().filter_map(stemmer).collect()
    });
    STEMMERS.iter().find(|(known, _)| *known == language).map(|(_, stemmer)| stemmer)
}

/// Hashes of all groups of three and four letters in a text that [`normalize`] made, word by word with the
/// words' ends marked, without accents; sorted, each once. Misspelled and compound words share most of
/// theirs with the right ones.
pub(crate) fn grams(normalized: &str) -> Vec<u32> {
    let mut hashes = Vec::new();
    let mut letters: Vec<char> = Vec::new();
    for word in words(normalized) {
        letters.clear();
        letters.push(' ');
        let (word, _) = cut(word);
        if word.is_ascii() {
            letters.extend(word.chars());
        } else {
            letters.extend(fold(word).chars());
        }
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

    fn stem(word: &str) -> String {
        stem_in(Language::English, word)
    }

    #[test]
    fn apostrophes_and_case_and_underscores_do_not_matter() {
        assert_eq!(normalize("What\u{2019}s OPEN_HOURS"), "what's open hours");
        assert_eq!(normalize("What's OPEN_HOURS"), "what's open hours");
    }

    #[test]
    fn one_letter_has_one_form_and_invisible_ones_have_none() {
        assert_eq!(normalize("ﬁn　ＡＢＣ"), "fin abc");
        assert_eq!(normalize("cafe\u{301}"), normalize("caf\u{e9}"));
        assert_eq!(normalize("ap\u{ad}point\u{200b}ment"), "appointment");
        assert_eq!(normalize("مـوعـد"), "موعد");
        let zalgo = format!("a{}b", "\u{301}".repeat(500));
        assert!(normalize(&zalgo).chars().count() <= MAX_MARKS + 2);
    }

    #[test]
    fn accents_are_no_difference_in_a_stem() {
        assert_eq!(stem_in(Language::Spanish, "mañana"), stem_in(Language::Spanish, "manana"));
        assert_eq!(stem_in(Language::German, "öffnungszeiten"), stem_in(Language::German, "offnungszeiten"));
        assert_eq!(grams("café"), grams("cafe"));
    }

    #[test]
    fn an_article_before_an_apostrophe_is_a_word() {
        assert_eq!(words("l'addition dell'orario").collect::<Vec<_>>(), ["l", "addition", "dell", "orario"]);
        assert_eq!(words("don't what's o'clock").collect::<Vec<_>>(), ["don't", "what's", "o'clock"]);
    }

    #[test]
    fn inflected_words_share_a_stem() {
        assert_eq!(stem("cancellation"), stem("cancellations"));
        assert_eq!(stem("opening"), stem("opened"));
        assert_eq!(stem_in(Language::German, "termine"), stem_in(Language::German, "termin"));
        assert_eq!(stem_in(Language::French, "horaires"), stem_in(Language::French, "horaire"));
        assert_eq!(stem_in(Language::Other, "opening"), "opening");
    }

    #[test]
    fn a_long_word_is_cut_at_a_letter() {
        assert_eq!(stem(&"é".repeat(4000)).chars().count(), MAX_WORD_CHARS);
        assert!(grams(&"a".repeat(4000)).len() < 10);
    }

    #[test]
    fn a_long_text_is_read_from_its_beginning() {
        let long = "word ".repeat(MAX_WORDS + 1);
        assert_eq!(words(&long).count(), MAX_WORDS);
        assert_eq!(normalize_message(&long), "word ".repeat(MAX_MESSAGE_WORDS));
        assert_eq!(normalize_message("Hi there?"), "hi there?");
        assert_eq!(normalize_message(&"字".repeat(4000)), "字".repeat(MAX_MESSAGE_WORDS));
    }

    #[test]
    fn question_words_are_function_words_and_topics_are_not() {
        let is_function = |word| Language::English.lexicon().is_function_stem(&stem(word));
        assert!(["what", "how", "your", "yes"].iter().all(|word| is_function(word)));
        assert!(["hours", "price", "open"].iter().all(|word| !is_function(word)));
    }
}

//! What is known of the words of a language: which carry no topic, which ask for what, which deny, and which
//! say in what state something is. General words of the language, none of any business.

mod dutch;
mod english;
mod french;
mod german;
mod italian;
mod portuguese;
mod spanish;

use crate::language::Language;
use crate::text;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What a question word asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Asking {
    Who,
    What,
    Where,
    When,
    Why,
    How,
    HowMuch,
    HowLong,
    /// Yes or no.
    Whether,
}

impl Asking {
    /// Whether an answer to this can hardly answer anything else.
    pub(crate) const fn is_narrow(self) -> bool {
        matches!(self, Self::Who | Self::Where | Self::When | Self::Why | Self::HowMuch | Self::HowLong)
    }
}

/// The words of a language as they are written down here: separated by spaces, phrases by commas.
pub(crate) struct Words {
    /// Words that say how something is said, not what about.
    function: &'static str,
    /// Phrases of one or two words that ask for something.
    asks: &'static [(Asking, &'static str)],
    /// Words with which a question begins that wants yes or no.
    whether: &'static str,
    negations: &'static str,
    states: &'static str,
}

const NONE: Words = Words { function: "", asks: &[], whether: "", negations: "", states: "" };

/// The words of a language, ready to be looked up.
#[derive(Default)]
pub(crate) struct Lexicon {
    function: HashSet<String>,
    function_stems: HashSet<String>,
    asks: HashMap<(String, String), Asking>,
    /// The same without accents, for the word with which a question begins: visitors leave them out.
    plain_asks: HashMap<(String, String), Asking>,
    whether: HashSet<String>,
    negations: HashSet<String>,
    state_stems: HashSet<String>,
}

static LEXICONS: LazyLock<HashMap<Language, Lexicon>> = LazyLock::new(|| {
    let read = |language: Language| (language, Lexicon::read(language, words(language)));
    Language::KNOWN.into_iter().chain([Language::Other]).map(read).collect()
});

static EMPTY: LazyLock<Lexicon> = LazyLock::new(Lexicon::default);

const fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &english::WORDS,
        Language::German => &german::WORDS,
        Language::French => &french::WORDS,
        Language::Spanish => &spanish::WORDS,
        Language::Italian => &italian::WORDS,
        Language::Portuguese => &portuguese::WORDS,
        Language::Dutch => &dutch::WORDS,
        Language::Other => &NONE,
    }
}

impl Lexicon {
    pub(crate) fn of(language: Language) -> &'static Self {
        LEXICONS.get(&language).unwrap_or(&EMPTY)
    }

    fn read(language: Language, words: &Words) -> Self {
        let set = |list: &str| list.split_whitespace().map(text::normalize).collect::<HashSet<_>>();
        let stems = |list: &str| set(list).iter().map(|word| text::stem_in(language, word)).collect();
        let phrases = words.asks.iter().flat_map(|(asking, list)| {
            list.split(',').map(|phrase| {
                let phrase = text::normalize(phrase);
                let mut parts = phrase.split_whitespace().map(str::to_owned);
                ((parts.next().unwrap_or_default(), parts.next().unwrap_or_default()), *asking)
            })
        });
        let asks: HashMap<(String, String), Asking> = phrases.collect();
        let plain = |((first, second), asking): (&(String, String), &Asking)| {
            ((text::fold(first), text::fold(second)), *asking)
        };
        Self {
            plain_asks: asks.iter().map(plain).collect(),
            function: set(words.function),
            function_stems: stems(words.function),
            asks,
            whether: set(words.whether),
            negations: set(words.negations),
            state_stems: stems(words.states),
        }
    }

    /// Whether this word as it is written carries no topic.
    pub(crate) fn is_function(&self, word: &str) -> bool {
        self.function.contains(word)
    }

    pub(crate) fn is_function_stem(&self, stem: &str) -> bool {
        self.function_stems.contains(stem)
    }

    pub(crate) fn is_negation(&self, word: &str) -> bool {
        self.negations.contains(word)
    }

    /// Whether the stem is that of a word for a state, such as *broken*.
    pub(crate) fn is_state_stem(&self, stem: &str) -> bool {
        self.state_stems.contains(stem)
    }

    /// What these words ask for; two words that belong together, like *how much*, ask as such alone.
    pub(crate) fn asks(&self, words: &[&str]) -> HashSet<Asking> {
        let mut asked = HashSet::new();
        for (at, word) in words.iter().enumerate() {
            let next = words.get(at + 1).copied().unwrap_or_default();
            let exact = asking(&self.asks, word, next);
            asked.extend(exact.or_else(|| {
                (at == 0).then(|| asking(&self.plain_asks, &text::fold(word), &text::fold(next))).flatten()
            }));
        }
        if asked.is_empty() && words.first().is_some_and(|word| self.whether.contains(*word)) {
            asked.insert(Asking::Whether);
        }
        asked
    }
}

/// What the first word asks for, with the second or by itself.
fn asking(asks: &HashMap<(String, String), Asking>, first: &str, second: &str) -> Option<Asking> {
    let of = |second: &str| asks.get(&(first.to_owned(), second.to_owned())).copied();
    of(second).or_else(|| of(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(language: Language, question: &str) -> Vec<Asking> {
        language.asks(&text::normalize(question)).into_iter().collect()
    }

    #[test]
    fn question_words_ask_for_something() {
        assert_eq!(asked(Language::English, "How much is it?"), [Asking::HowMuch]);
        assert_eq!(asked(Language::English, "How do I pay?"), [Asking::How]);
        assert_eq!(asked(Language::English, "Can I pay?"), [Asking::Whether]);
        assert_eq!(asked(Language::English, "pay, please"), []);
        assert_eq!(asked(Language::German, "Wie lange dauert das?"), [Asking::HowLong]);
        assert_eq!(asked(Language::French, "Pourquoi est-ce cher ?"), [Asking::Why]);
        assert_eq!(asked(Language::Spanish, "¿Cuándo abren?"), [Asking::When]);
        assert_eq!(asked(Language::Spanish, "cuando abren"), [Asking::When]);
        assert_eq!(asked(Language::Italian, "Dove siete?"), [Asking::Where]);
        assert_eq!(asked(Language::Portuguese, "Quanto custa?"), [Asking::HowMuch]);
        assert_eq!(asked(Language::Dutch, "Hoeveel kost het?"), [Asking::HowMuch]);
        assert_eq!(asked(Language::Other, "How much is it?"), []);
    }

    #[test]
    fn negations_and_states_are_known() {
        assert!(Language::English.denies("i didn't get it"));
        assert!(Language::German.denies("das geht nicht"));
        assert!(!Language::English.denies("i got it"));
        let english = Language::English.lexicon();
        assert!(english.is_state_stem(&text::stem_in(Language::English, "declined")));
        assert!(!english.is_state_stem(&text::stem_in(Language::English, "parking")));
    }

    #[test]
    fn each_language_is_told_by_its_words() {
        let texts = [
            (Language::English, "What are your hours? We are open from nine to five on all days but Sunday."),
            (Language::German, "Wann haben Sie geöffnet? Wir sind von neun bis fünf für Sie da."),
            (Language::French, "Quels sont vos horaires ? Nous sommes ouverts du lundi au vendredi."),
            (
                Language::Spanish,
                "¿Cuál es el horario? Estamos abiertos de lunes a viernes, y los sábados no.",
            ),
            (Language::Italian, "Quali sono gli orari? Siamo aperti dal lunedì al venerdì, non la domenica."),
            (
                Language::Portuguese,
                "Qual é o horário? Estamos abertos de segunda a sexta, mas não aos domingos.",
            ),
            (Language::Dutch, "Wat zijn de openingstijden? Wij zijn van maandag tot en met vrijdag open."),
            (Language::Other, &"Godziny otwarcia sklepu znajdziesz tutaj poniedziałek piątek ".repeat(6)),
        ];
        for (language, text) in texts {
            assert_eq!(Language::detect([text]), language, "{text}");
        }
        assert_eq!(Language::detect([]), Language::English);
    }
}

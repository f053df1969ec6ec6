//! The language of a knowledge base and of its visitors.

use crate::languages::{Asking, Lexicon};
use crate::text;
use rust_stemmers::Algorithm;
use std::collections::HashSet;

/// So many words of the entries are looked at to find out their language.
const WORDS_LOOKED_AT: usize = 5_000;
/// A language whose function words are fewer than this share of all words is not the one.
const LEAST_SHARE: f64 = 0.12;

/// A language whose words are known here, or any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Italian.
    Italian,
    /// Portuguese.
    Portuguese,
    /// Dutch.
    Dutch,
    /// Any other: words are compared as they are written.
    Other,
}

impl Language {
    /// Those whose words are known.
    pub const KNOWN: [Self; 7] = [
        Self::English,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Italian,
        Self::Portuguese,
        Self::Dutch,
    ];

    /// The language that a BCP 47 tag (`de`, `pt-BR`, also `pt_BR`) or an English or own name (`german`,
    /// `Deutsch`) means; [`Language::Other`] for any that is not known.
    ///
    /// ```
    /// use frontdesk_knowledge::Language;
    /// assert_eq!(Language::from_tag("de-AT"), Language::German);
    /// assert_eq!(Language::from_tag("Français"), Language::French);
    /// assert_eq!(Language::from_tag("tlh"), Language::Other);
    /// ```
    pub fn from_tag(tag: &str) -> Self {
        let tag = tag.trim().to_lowercase();
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        match primary {
            "en" | "eng" | "english" => Self::English,
            "de" | "deu" | "ger" | "german" | "deutsch" => Self::German,
            "fr" | "fra" | "fre" | "french" | "français" | "francais" => Self::French,
            "es" | "spa" | "spanish" | "español" | "espanol" => Self::Spanish,
            "it" | "ita" | "italian" | "italiano" => Self::Italian,
            "pt" | "por" | "portuguese" | "português" | "portugues" => Self::Portuguese,
            "nl" | "nld" | "dut" | "dutch" | "nederlands" => Self::Dutch,
            _ => Self::Other,
        }
    }

    /// The language in which `texts` are written, by their function words; English where there is nothing to
    /// read, [`Language::Other`] where none of the known ones fits.
    ///
    /// ```
    /// use frontdesk_knowledge::Language;
    /// let hours = ["Wann haben Sie geöffnet?", "Wir sind von neun bis fünf für Sie da."];
    /// assert_eq!(Language::detect(hours), Language::German);
    /// ```
    pub fn detect<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut found = [0_u32; Self::KNOWN.len()];
        let mut all = 0_u32;
        'texts: for text in texts {
            for word in text::words(&text::normalize(text)) {
                if all as usize >= WORDS_LOOKED_AT {
                    break 'texts;
                }
                all += 1;
                for (count, language) in found.iter_mut().zip(Self::KNOWN) {
                    *count += u32::from(language.lexicon().is_function(word));
                }
            }
        }
        // The first of equals: English.
        let best = (0..found.len()).rev().max_by_key(|&at| found[at]).unwrap_or_default();
        let share = f64::from(found[best]) / f64::from(all.max(1));
        if all == 0 || share >= LEAST_SHARE { Self::KNOWN[best] } else { Self::fallback(all) }
    }

    /// A few words are too few to rule English out.
    fn fallback(words: u32) -> Self {
        const FEW: u32 = 30;
        if words < FEW { Self::English } else { Self::Other }
    }

    pub(crate) const fn stemmer(self) -> Option<Algorithm> {
        match self {
            Self::English => Some(Algorithm::English),
            Self::German => Some(Algorithm::German),
            Self::French => Some(Algorithm::French),
            Self::Spanish => Some(Algorithm::Spanish),
            Self::Italian => Some(Algorithm::Italian),
            Self::Portuguese => Some(Algorithm::Portuguese),
            Self::Dutch => Some(Algorithm::Dutch),
            Self::Other => None,
        }
    }

    pub(crate) fn lexicon(self) -> &'static Lexicon {
        Lexicon::of(self)
    }

    /// What a normalized question asks for: nothing where it has no question word that is known.
    pub(crate) fn asks(self, normalized: &str) -> HashSet<Asking> {
        let words: Vec<&str> = text::words(normalized).collect();
        self.lexicon().asks(&words)
    }

    /// Whether a normalized text denies something.
    pub(crate) fn denies(self, normalized: &str) -> bool {
        text::words(normalized).any(|word| self.lexicon().is_negation(word))
    }
}

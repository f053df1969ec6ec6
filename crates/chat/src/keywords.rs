//! Words and phrases that a widget does not want to answer.

use unicode_normalization::UnicodeNormalization;

/// Whether one of the keywords is in the text, as a word or words of its own: in any case, in any of Unicode's ways to
/// write the same letters, with any white space between its words. A keyword is no pattern.
pub(crate) fn are_in(text: &str, keywords: &[String]) -> bool {
    if keywords.is_empty() {
        return false;
    }
    let text = plain(text);
    keywords.iter().map(|keyword| plain(keyword)).any(|keyword| is_in(&text, &keyword))
}

fn is_in(text: &str, keyword: &str) -> bool {
    let mut begin = 0;
    while let Some(found) =
        text.get(begin..).filter(|_| !keyword.is_empty()).and_then(|rest| rest.find(keyword))
    {
        let start = begin + found;
        let end = start + keyword.len();
        if is_between_words(text, start) && is_between_words(text, end) {
            return true;
        }
        begin = start + text[start..].chars().next().map_or(1, char::len_utf8);
    }
    false
}

/// Whether a word may end or begin at this place.
fn is_between_words(text: &str, place: usize) -> bool {
    let (before, after) = text.split_at(place);
    let joins = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() && !is_unspaced(char));
    !(joins(before.chars().next_back()) && joins(after.chars().next()))
}

/// Letters of scripts that put no space between words: Thai, Lao, Burmese, Khmer, Japanese and Chinese.
fn is_unspaced(char: char) -> bool {
    matches!(char, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The same letters written the same way, and one space wherever there is white space. Characters that nobody sees are
/// left out: they are put into words so that these are not found.
fn plain(text: &str) -> String {
    let is_seen = |char: &char| !matches!(char, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    let lower: String = text.nfkc().filter(is_seen).flat_map(char::to_lowercase).nfkc().collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocked(text: &str, keyword: &str) -> bool {
        are_in(text, &[keyword.to_owned()])
    }

    #[test]
    fn a_keyword_is_found_as_a_word_of_its_own() {
        for (text, keyword) in [
            ("casino", "casino"),
            ("The best CASINO!", "casino"),
            ("casino's", "Casino"),
            ("see casino.example.com", "casino"),
            ("see www.casino.example", "casino.example"),
            ("win_casino", "casino"),
            ("free \n\t money now", "free money"),
            ("ｆｒｅｅ money", "free money"),
            ("cafe\u{301} closed", "café"),
            ("ca\u{200b}si\u{ad}no", "casino"),
            ("xno no no", "no no"),
            ("costs $$$$", "$$$"),
            ("c++ and more", "C++"),
            ("我要去赌场玩", "赌场"),
            ("ΌΧΙ", "όχι"),
            ("купить ВИАГРУ здесь", "виагру"),
        ] {
            assert!(blocked(text, keyword), "{keyword} in {text}");
        }
    }

    #[test]
    fn a_keyword_within_a_word_is_none() {
        for (text, keyword) in [
            ("assess the class", "ass"),
            ("casinos", "casino"),
            ("Scunthorpe", "thorpe"),
            ("freemoney", "free money"),
            ("no", "no no"),
            ("anything", ""),
            ("anything", "  "),
            ("anything", "\u{200b}"),
            ("a.b", "a*b"),
            ("anything", ".*"),
            ("größer", "groß"),
        ] {
            assert!(!blocked(text, keyword), "{keyword} in {text}");
        }
        assert!(!are_in("anything", &[]));
    }
}

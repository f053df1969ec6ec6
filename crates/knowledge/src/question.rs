//! When two questions are one and the same.

use crate::text;

/// What does not make another question of it, at its beginning or end.
const SIGNS: &[char] = &['?', '!', '.', ':', '¿', '¡', '؟', '？', '！', '。'];

/// What a question has in common with those that differ from it in case, spaces, kinds of apostrophes and the signs
/// around it: two entries whose questions have the same key ask the same.
///
/// ```
/// use frontdesk_knowledge::question_key;
/// assert_eq!(question_key("What’s open?"), question_key("  what's  OPEN"));
/// assert_ne!(question_key("What is C?"), question_key("What is C++?"));
/// ```
pub fn question_key(question: &str) -> String {
    let words = text::normalize(question);
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.trim_matches(SIGNS).trim() {
        // Signs alone are all that there is to compare.
        "" => words,
        key => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::question_key;

    #[test]
    fn case_spaces_and_signs_around_it_make_no_other_question() {
        for same in
            ["Are you open?", "are you open", " Are  you\nOPEN ?!", "¿are you open?", "Are you open ?"]
        {
            assert_eq!(question_key(same), "are you open", "{same}");
        }
    }

    #[test]
    fn words_and_signs_within_do() {
        let different =
            ["Open at 9.30?", "Open at 930?", "C#", "C++", "C", "🙂", "🙁", "???", "营业时间", "营业地点"];
        for (n, one) in different.iter().enumerate() {
            for other in &different[n + 1..] {
                assert_ne!(question_key(one), question_key(other));
            }
        }
    }
}

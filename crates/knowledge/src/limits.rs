//! What an entry may hold: the one place where its fields are checked, whatever they come from.
//!
//! Characters are Unicode scalar values, as `VARCHAR(n)` counts them. Limits bound what one entry can cost an
//! index and a prompt; columns could hold more.

/// Characters of a question.
pub const MAX_QUESTION_CHARS: usize = 1_000;
/// Characters of an answer.
pub const MAX_ANSWER_CHARS: usize = 20_000;
/// Characters of a category: the width of its column.
pub const MAX_CATEGORY_CHARS: usize = 100;
/// Keywords of an entry.
pub const MAX_KEYWORDS: usize = 50;
/// Characters of a keyword.
pub const MAX_KEYWORD_CHARS: usize = 100;

/// Why a field cannot be taken. The text says what to do, as the end of a sentence about the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing but spaces.
    #[error("it is empty, write something")]
    Empty,
    /// Longer than allowed.
    #[error("it has {chars} characters, shorten it to at most {most}")]
    TooLong {
        /// Characters after trimming.
        chars: usize,
        /// Those that are allowed.
        most: usize,
    },
    /// PostgreSQL's texts hold no NUL.
    #[error("it contains a NUL character, remove it")]
    Nul,
    /// More keywords than allowed.
    #[error("there are {count}, keep at most {most}")]
    TooMany {
        /// Keywords that were given.
        count: usize,
        /// Those that are allowed.
        most: usize,
    },
    /// One of several keywords cannot be taken.
    #[error("keyword {number}: {fault}")]
    Keyword {
        /// Its place among them, from 1.
        number: usize,
        /// What is wrong with it.
        fault: Box<Fault>,
    },
}

/// A question without the spaces around it.
///
/// # Errors
/// It is empty, longer than [`MAX_QUESTION_CHARS`], or contains NUL.
pub fn question(text: &str) -> Result<String, Fault> {
    trimmed(text, MAX_QUESTION_CHARS)
}

/// An answer without the spaces around it.
///
/// # Errors
/// It is empty, longer than [`MAX_ANSWER_CHARS`], or contains NUL.
pub fn answer(text: &str) -> Result<String, Fault> {
    trimmed(text, MAX_ANSWER_CHARS)
}

/// A category without the spaces around it; an empty one is none.
///
/// # Errors
/// It is longer than [`MAX_CATEGORY_CHARS`] or contains NUL.
pub fn category(text: &str) -> Result<Option<String>, Fault> {
    match trimmed(text, MAX_CATEGORY_CHARS) {
        Ok(category) => Ok(Some(category)),
        Err(Fault::Empty) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Keywords, each without the spaces around it.
///
/// # Errors
/// There are more than [`MAX_KEYWORDS`], or one is empty, longer than [`MAX_KEYWORD_CHARS`], or contains NUL.
pub fn keywords<S: AsRef<str>>(texts: &[S]) -> Result<Vec<String>, Fault> {
    if texts.len() > MAX_KEYWORDS {
        return Err(Fault::TooMany { count: texts.len(), most: MAX_KEYWORDS });
    }
    let keyword = |(index, text): (usize, &S)| {
        trimmed(text.as_ref(), MAX_KEYWORD_CHARS)
            .map_err(|fault| Fault::Keyword { number: index + 1, fault: Box::new(fault) })
    };
    texts.iter().enumerate().map(keyword).collect()
}

/// The keywords in a text that has commas between them. What is empty between two commas is none.
///
/// # Errors
/// As [`keywords`].
pub fn keyword_list(text: &str) -> Result<Vec<String>, Fault> {
    let parts: Vec<_> = text.split(',').filter(|part| !part.trim().is_empty()).collect();
    keywords(&parts)
}

fn trimmed(text: &str, most: usize) -> Result<String, Fault> {
    let text = text.trim();
    let chars = text.chars().count();
    match text {
        "" => Err(Fault::Empty),
        _ if text.contains('\0') => Err(Fault::Nul),
        _ if chars > most => Err(Fault::TooLong { chars, most }),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_trimmed_and_measured_in_characters() {
        assert_eq!(question("  Où?\n"), Ok("Où?".into()));
        assert_eq!(question(&"é".repeat(1_000)), Ok("é".repeat(1_000)));
        assert_eq!(question(&"é".repeat(1_001)), Err(Fault::TooLong { chars: 1_001, most: 1_000 }));
        assert_eq!(question(" \u{a0}\n"), Err(Fault::Empty));
        assert_eq!(answer("a\0b"), Err(Fault::Nul));
        assert!(answer(&"x".repeat(20_000)).is_ok() && answer(&"x".repeat(20_001)).is_err());
    }

    #[test]
    fn an_empty_category_is_none() {
        assert_eq!(category("  "), Ok(None));
        assert_eq!(category(" Prices "), Ok(Some("Prices".into())));
        assert!(category(&"x".repeat(100)).is_ok() && category(&"x".repeat(101)).is_err());
    }

    #[test]
    fn a_keyword_that_cannot_be_taken_is_named() {
        assert_eq!(keywords(&[" open ", "closed"]), Ok(vec!["open".into(), "closed".into()]));
        let error = keywords(&["open", " "]).unwrap_err();
        assert_eq!(error.to_string(), "keyword 2: it is empty, write something");
        let long = "x".repeat(101);
        assert!(keywords(&[&long[1..]]).is_ok());
        let error = keywords(&[&long]).unwrap_err();
        assert_eq!(error.to_string(), "keyword 1: it has 101 characters, shorten it to at most 100");
        assert!(keywords(&["x"; 50]).is_ok());
        assert_eq!(keywords(&["x"; 51]), Err(Fault::TooMany { count: 51, most: 50 }));
    }

    #[test]
    fn keywords_may_be_a_text_with_commas() {
        assert_eq!(keyword_list("open, opening hours,,"), Ok(vec!["open".into(), "opening hours".into()]));
        assert_eq!(keyword_list(" , "), Ok(vec![]));
        assert!(keyword_list(&"x,".repeat(51)).is_err());
    }
}

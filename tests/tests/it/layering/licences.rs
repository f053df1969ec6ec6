//! Licence expressions such as `(MIT OR Apache-2.0) AND Unicode-3.0`, with the old `/` for `OR`.

/// Whether the licences in `allowed` are enough to use what is under this expression.
///
/// An expression that cannot be read is an error, not a refusal.
pub(super) fn is_allowed(expression: &str, allowed: &[String]) -> Result<bool, String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, allowed };
    let result = reader.alternatives()?;
    match reader.words.first() {
        None => Ok(result),
        Some(word) => Err(format!("{word:?} is not expected in {expression:?}")),
    }
}

struct Reader<'a> {
    words: &'a [&'a str],
    allowed: &'a [String],
}

impl Reader<'_> {
    fn alternatives(&mut self) -> Result<bool, String> {
        let mut any = self.conjunction()?;
        while self.take("OR") {
            any |= self.conjunction()?;
        }
        Ok(any)
    }

    fn conjunction(&mut self) -> Result<bool, String> {
        let mut all = self.licence()?;
        while self.take("AND") {
            all &= self.licence()?;
        }
        Ok(all)
    }

    fn licence(&mut self) -> Result<bool, String> {
        if self.take("(") {
            let inner = self.alternatives()?;
            return if self.take(")") { Ok(inner) } else { Err("a bracket is not closed".to_owned()) };
        }
        let mut name = self.word()?;
        if self.take("WITH") {
            name = format!("{name} WITH {}", self.word()?);
        }
        Ok(self.allowed.contains(&name))
    }

    fn word(&mut self) -> Result<String, String> {
        let (first, rest) = self.words.split_first().ok_or("the expression ends too early")?;
        self.words = rest;
        Ok((*first).to_owned())
    }

    fn take(&mut self, expected: &str) -> bool {
        let found = self.words.first() == Some(&expected);
        if found {
            self.words = &self.words[1..];
        }
        found
    }
}

#[test]
fn expressions_are_read_as_their_authors_mean_them() {
    let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND Apache-2.0", true),
        ("(MIT OR Apache-2.0) AND GPL-3.0", false),
        ("MIT OR GPL-3.0 AND BSD-3-Clause", true),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("GPL-3.0 WITH LLVM-exception", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), Ok(expected), "{expression}");
    }
    for broken in ["", "MIT OR", "(MIT", "MIT Apache-2.0", "MIT)"] {
        assert!(is_allowed(broken, &allowed).is_err(), "{broken:?}");
    }
}

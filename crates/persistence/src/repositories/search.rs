//! Looking for a part of a text, in any case. SQLite knows the cases of ASCII letters only.

use diesel::{PgConnection, SqliteConnection};

/// Any text with `part` in it, for a `LIKE` whose escape is `!`.
pub(crate) fn pattern(part: &str) -> String {
    let literal = part.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{literal}%")
}

/// What two databases say differently.
pub(crate) trait Search {
    /// The `LIKE` to which the case does not matter.
    const LIKE: &'static str;

    /// The beginning of a condition that one of these columns is like a [`pattern`], which has to be bound, with
    /// [`ESCAPED`] after it.
    fn one_of(columns: &[&str]) -> String {
        let texts: Vec<_> = columns.iter().map(|column| format!("COALESCE({column}, '')")).collect();
        // Between two columns is a line feed, so that nothing is found that ends in the next one.
        format!("({} {} ", texts.join(" || '\n' || "), Self::LIKE)
    }
}

/// The end of a condition of [`Search::one_of`].
pub(crate) const ESCAPED: &str = " ESCAPE '!')";

impl Search for PgConnection {
    const LIKE: &'static str = "ILIKE";
}

impl Search for SqliteConnection {
    const LIKE: &'static str = "LIKE";
}

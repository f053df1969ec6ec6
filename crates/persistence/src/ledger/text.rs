//! Texts from outside, as both databases can store them.

/// PostgreSQL has no NUL in a text and SQLite would keep it. What a provider said must be booked whatever
/// is in it, so there a NUL is left out.
pub(super) fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// The first `most` characters: what a `VARCHAR` column takes.
pub(super) fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

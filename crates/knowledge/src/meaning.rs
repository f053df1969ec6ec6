//! What words mean, as far as that shows in the words beside which they are used: a table of vectors, made by
//! `examples/vectors.rs` from public-domain ones (`data/README.md`). English alone has one.

use crate::language::Language;

/// A word's place in the table: the smaller, the more usual the word.
pub(crate) type Row = u16;

/// Numbers of a vector.
pub(crate) const DIMENSIONS: usize = 64;

/// How many words the table holds.
pub(crate) fn words() -> usize {
    table::words()
}

/// The row of a word as it is written; `None` for one that the table does not hold.
pub(crate) fn find(language: Language, word: &str) -> Option<Row> {
    if language == Language::English { table::find(word) } else { None }
}

/// Of two words' rows that of the more usual one.
pub(crate) fn more_usual(one: Option<Row>, other: Option<Row>) -> Option<Row> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// How alike two words are in meaning: 1 for the same, around 0 for unrelated ones; never below -1.
pub(crate) fn likeness(one: Row, other: Row) -> f64 {
    if one == other { 1.0 } else { f64::from(table::cosine(one, other)) }
}

/// The sum of weighted words.
#[derive(Debug, Clone)]
pub(crate) struct Gist([f32; DIMENSIONS]);

impl Gist {
    /// Of rows with their weights.
    pub(crate) fn of(words: impl IntoIterator<Item = (Row, f64)>) -> Self {
        let mut sum = [0.0; DIMENSIONS];
        for (row, weight) in words {
            table::add(row, weight, &mut sum);
        }
        Self(sum)
    }

    /// The cosine of the two, but not below 0; 0 where one has no words.
    pub(crate) fn likeness(&self, other: &Self) -> f64 {
        let dot = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum() };
        let lengths = (dot(&self.0, &self.0) * dot(&other.0, &other.0)).sqrt();
        crate::numbers::share(dot(&self.0, &other.0), lengths).clamp(0.0, 1.0)
    }
}

#[cfg(feature = "meaning")]
mod table {
    use super::{DIMENSIONS, Row};
    use std::sync::LazyLock;

    /// `words`: the number of words and each with a line end, in the order of the alphabet; then for each in the
    /// same order its row (16 bits, little-endian); then by row the vectors, a byte for each number.
    static FILE: &[u8] = include_bytes!("../data/english.vectors");

    struct Table {
        words: Vec<&'static str>,
        rows: &'static [u8],
        vectors: &'static [u8],
        /// By row, 1 over the vector's length.
        scales: Vec<f32>,
    }

    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        let (count, rest) = FILE.split_at(4);
        let count = count.iter().rev().fold(0, |sum, &byte| sum * 256 + usize::from(byte));
        let numbers = count * (2 + DIMENSIONS);
        let (words, numbers) = rest.split_at(rest.len() - numbers);
        let (rows, vectors) = numbers.split_at(count * 2);
        let words = std::str::from_utf8(words).unwrap_or_default().lines().collect();
        let scale = |vector: &[u8]| 1.0 / signed(vector).map(|number| number * number).sum::<f32>().sqrt();
        Table { words, rows, vectors, scales: vectors.chunks_exact(DIMENSIONS).map(scale).collect() }
    });

    fn signed(vector: &[u8]) -> impl Iterator<Item = f32> {
        vector.iter().map(|&byte| f32::from(i8::from_ne_bytes([byte])))
    }

    fn vector(row: Row) -> &'static [u8] {
        let start = usize::from(row) * DIMENSIONS;
        &TABLE.vectors[start..start + DIMENSIONS]
    }

    pub(super) fn words() -> usize {
        TABLE.words.len()
    }

    pub(super) fn find(word: &str) -> Option<Row> {
        let at = TABLE.words.binary_search(&word).ok()?;
        Some(Row::from_le_bytes([TABLE.rows[2 * at], TABLE.rows[2 * at + 1]]))
    }

    pub(super) fn cosine(one: Row, other: Row) -> f32 {
        let product =
            |(&a, &b): (&u8, &u8)| i32::from(i8::from_ne_bytes([a])) * i32::from(i8::from_ne_bytes([b]));
        let dot: i32 = vector(one).iter().zip(vector(other)).map(product).sum();
        #[expect(clippy::cast_precision_loss, reason = "64 products of bytes stay below 2^24")]
        let dot = dot as f32;
        dot * TABLE.scales[usize::from(one)] * TABLE.scales[usize::from(other)]
    }

    pub(super) fn add(row: Row, weight: f64, sum: &mut [f32; DIMENSIONS]) {
        #[expect(clippy::cast_possible_truncation, reason = "a weight of a few digits")]
        let weight = weight as f32 * TABLE.scales[usize::from(row)];
        sum.iter_mut().zip(signed(vector(row))).for_each(|(sum, number)| *sum += weight * number);
    }
}

#[cfg(not(feature = "meaning"))]
mod table {
    use super::{DIMENSIONS, Row};

    pub(super) fn words() -> usize {
        0
    }

    pub(super) fn find(_: &str) -> Option<Row> {
        None
    }

    pub(super) fn cosine(_: Row, _: Row) -> f32 {
        0.0
    }

    pub(super) fn add(_: Row, _: f64, _: &mut [f32; DIMENSIONS]) {}
}

#[cfg(all(test, feature = "meaning"))]
mod tests {
    use super::*;

    fn row(word: &str) -> Row {
        let row = find(Language::English, word);
        assert!(row.is_some(), "{word}");
        row.unwrap_or_default()
    }

    #[test]
    fn words_of_one_meaning_are_alike() {
        let (car, vehicle, banana) = (row("car"), row("vehicle"), row("banana"));
        assert!(likeness(car, vehicle) > 0.5, "{}", likeness(car, vehicle));
        assert!(likeness(car, banana) < 0.3, "{}", likeness(car, banana));
        assert!((likeness(car, car) - 1.0).abs() < 1e-9);
        assert!(car < banana, "the more usual comes first");
    }

    #[test]
    fn a_word_that_nobody_uses_has_no_row() {
        assert_eq!(find(Language::English, "xyzzyx"), None);
        assert_eq!(find(Language::German, "car"), None);
        assert_eq!(words(), 20_000);
    }

    #[test]
    fn gists_of_related_words_are_alike() {
        let gist = |words: &[&str]| Gist::of(words.iter().map(|word| (row(word), 1.0)));
        let (hours, time) = (gist(&["opening", "hours"]), gist(&["open", "time"]));
        assert!(hours.likeness(&time) > hours.likeness(&gist(&["chicken", "soup"])));
        assert!(gist(&[]).likeness(&hours).abs() < 1e-9);
    }
}

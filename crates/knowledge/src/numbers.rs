//! Counts as floating-point numbers and as ids, without a cast that could lie.

/// A count as a number; counts beyond `u32` are held at its end, where nothing here can tell them apart.
pub(crate) fn count(n: usize) -> f64 {
    f64::from(id(n))
}

/// A position as a compact id. No knowledge base comes near the end of `u32`.
pub(crate) fn id(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// `part / whole`, and 0 where there is no whole.
pub(crate) fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// How telling it is to find what `containing` of `total` documents hold (BM25's weight, never negative).
pub(crate) fn rarity(total: usize, containing: usize) -> f64 {
    let (total, containing) = (count(total), count(containing));
    (1.0 + (total - containing + 0.5) / (containing + 0.5)).ln()
}

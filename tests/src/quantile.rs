//! Order statistics, for benchmarks.

/// The value below which the share `of` of all values lies: 0.5 is the median, 1.0 the highest. 0 of nothing.
///
/// ```
/// assert_eq!(frontdesk_tests::quantile(&[3.0, 1.0, 2.0], 0.5), 2.0);
/// ```
pub fn quantile(values: &[f64], of: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into a list that is in memory"
    )]
    let index = (of * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(index).copied().unwrap_or_default()
}

//! From evidence to a calibrated confidence: a logistic function, because its few numbers can be read, and
//! because with a few thousand examples from a handful of knowledge bases anything richer learns the bases.
//!
//! The coefficients are printed by `examples/fit.rs`. Fit them again whenever the ranking or the evidence
//! changes, and trust the figures that it prints for the base left out, not those for the fit itself.

use crate::evidence::Evidence;

/// The log-odds when there is no evidence.
const INTERCEPT: f64 = -5.058;

/// In the order of [`Evidence::to_array`].
pub(crate) const COEFFICIENTS: [f64; Evidence::LEN] =
    [2.436, 2.017, -0.653, -0.485, -0.159, -0.153, 3.762, 5.024, -0.877, 2.973, 0.194, 0.180, 0.597, 1.527];

/// The probability that the best entry is the right one.
pub(crate) fn of(evidence: &Evidence) -> f64 {
    let weighed = evidence.to_array().into_iter().zip(COEFFICIENTS).map(|(value, weight)| value * weight);
    let log_odds = INTERCEPT + weighed.sum::<f64>();
    evidence.undisputed() / (1.0 + (-log_odds).exp())
}

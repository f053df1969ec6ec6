//! From evidence to a calibrated confidence: a logistic function, because its few numbers can be read, and
//! because with a few thousand examples from a handful of knowledge bases anything richer learns the bases.
//!
//! The coefficients are printed by `examples/fit.rs`. Fit them again whenever the ranking or the evidence
//! changes, and trust the figures that it prints for the base left out, not those for the fit itself.

use crate::evidence::Evidence;

/// A fitted logistic function.
pub(crate) struct Model {
    /// The log-odds when there is no evidence.
    pub(crate) intercept: f64,
    /// In the order of [`Evidence::to_array`].
    pub(crate) coefficients: [f64; Evidence::LEN],
}

/// Where meanings are known.
const BY_MEANING: Model = Model {
    intercept: -4.250,
    coefficients: [
        1.841, -1.045, -1.702, 2.717, 4.142, 1.706, -1.209, 1.188, 2.332, -0.486, -0.950, -0.340, -0.097,
        1.870, 1.044, 0.913, 0.157, 0.345, -1.986,
    ],
};

/// Where words can be compared by their letters alone.
const BY_LETTERS: Model = Model {
    intercept: -4.199,
    coefficients: [
        1.833, -0.877, -0.717, 3.429, 5.040, 1.580, 0.436, -0.192, 1.863, -0.502, -0.838, -0.224, -0.034,
        0.000, 0.000, 0.000, 0.000, 0.000, 0.000,
    ],
};

/// The model for evidence with or without meanings.
pub(crate) const fn model(by_meaning: bool) -> &'static Model {
    if by_meaning { &BY_MEANING } else { &BY_LETTERS }
}

/// The probability that the best entry is the right one.
pub(crate) fn of(evidence: &Evidence) -> f64 {
    let contributions = evidence.contributions();
    let log_odds =
        evidence.intercept() + contributions.iter().map(|part| part.value * part.coefficient).sum::<f64>();
    evidence.undisputed / (1.0 + (-log_odds).exp())
}

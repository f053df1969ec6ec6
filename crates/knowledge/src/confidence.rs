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
    intercept: -4.203,
    coefficients: [
        1.774, -1.035, -1.967, 2.889, 3.980, 1.768, -1.204, 0.982, 2.239, -0.513, -0.951, -0.333, -0.161,
        1.895, 1.036, 0.954, 0.278, 0.353, -1.858,
    ],
};

/// Where words can be compared by their letters alone.
const BY_LETTERS: Model = Model {
    intercept: -4.108,
    coefficients: [
        1.655, -0.845, -0.909, 3.494, 5.007, 1.757, 0.565, -0.304, 2.049, -0.498, -0.860, -0.229, -0.019,
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
